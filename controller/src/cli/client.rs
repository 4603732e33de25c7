//! Commands to a running service over its loopback API.
//!
//! Called by `packline order ..` and `serial trace` when `DIR/api.json` is there. Must never retry
//! a command: it may have been done.

use super::api_file::ApiFile;
use super::exit::Exit;
use hmi::OrderPool;
use serde_json::{Value, json};
use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;

/// A little longer than the service takes to give up.
const CALL_WAIT_MAX: Duration = Duration::from_secs(35);
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(2);

/// Why a call brought no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens where the file says.
    #[error("failed to reach the service at {addr}: {what}; start `packline run`")]
    Unreachable {
        /// From `api.json`.
        addr: String,
        /// What the transport said.
        what: String,
    },
    /// The service refused.
    #[error("{}", refusal(detail, place, remedy))]
    Refused {
        /// HTTP status.
        status: u16,
        /// Name for programs.
        code: String,
        /// What is wrong.
        detail: String,
        /// Where.
        place: String,
        /// What to do.
        remedy: String,
    },
    /// `api.json` cannot be used.
    #[error("failed to use {path}: {source}; restart the service to write it anew")]
    ApiFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Place and remedy follow, unless what is wrong says them itself: a file's errors do.
fn refusal(detail: &str, place: &str, remedy: &str) -> String {
    let mut said = detail.to_owned();
    if !detail.contains(place) {
        said = format!("{said} ({place})");
    }
    if !detail.contains(remedy) {
        said = format!("{said}; {remedy}");
    }
    said
}

impl ClientError {
    /// The command's exit code: 4 when nobody answers or the service is too busy, 2 otherwise.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Unreachable { .. } => Exit::Unreachable,
            Self::Refused { status, .. } if *status >= 500 => Exit::Unreachable,
            Self::Refused { .. } | Self::ApiFile { .. } => Exit::Refused,
        }
    }

    /// For `--json`: `{ok: false, error: {code, message}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let code = match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { code, .. } => code.as_str(),
            Self::ApiFile { .. } => "api_file",
        };
        json!({ "ok": false, "error": { "code": code, "message": self.to_string() } })
    }
}

/// What the transport brought.
type Outcome = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// A connection to the service of one data directory.
pub struct Client {
    agent: Agent,
    api: ApiFile,
    session: Option<Session>,
}

/// Of a person who has logged in: the cookie, and the token of its forms.
struct Session {
    cookie: String,
    csrf: String,
}

impl Client {
    /// The service of `dir`; `None` when none has written its address there, or when nobody
    /// listens at that address any more: a service that was killed leaves its file behind.
    ///
    /// # Errors
    /// [`ClientError::ApiFile`].
    pub fn find(dir: &Path) -> Result<Option<Self>, ClientError> {
        match ApiFile::read(dir) {
            Ok(api) => Ok(is_listening(&api).then(|| Self::new(api))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ClientError::ApiFile { path: ApiFile::path(dir), source }),
        }
    }

    fn new(api: ApiFile) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(CALL_WAIT_MAX))
            .timeout_connect(Some(CONNECT_WAIT_MAX))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build();
        Self { agent: config.into(), api, session: None }
    }

    /// State of the line.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn status(&self) -> Result<Value, ClientError> {
        self.get("/status")
    }

    /// Every order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn orders(&self) -> Result<Value, ClientError> {
        self.get("/orders")
    }

    /// A page of a batch's packs: tracks greater than `after`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn packs(&self, batch: &str, after: u32, limit: u16) -> Result<Value, ClientError> {
        self.get(&format!("/orders/{}/packs?after={after}&limit={limit}", segment(batch)))
    }

    /// History of a serial.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn serial(&self, gtin: &str, serial: &str) -> Result<Value, ClientError> {
        self.get(&format!("/serials/{}/{}", segment(gtin), segment(serial)))
    }

    /// Loads an order file, which messages call `file`; `pool` says where its serials come from
    /// when they are not drawn.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn load_order(
        &self,
        (file, text): (&str, &str),
        pool: Option<&OrderPool>,
    ) -> Result<Value, ClientError> {
        let mut query = format!("?file={}", segment(file));
        match pool {
            None => {}
            Some(OrderPool::Kept) => query.push_str("&from_returned=true"),
            Some(OrderPool::File { name, provider, claim }) => {
                query.push_str(&format!("&pool={}", segment(name)));
                for (key, value) in [("provider", provider), ("claim", claim)] {
                    if let Some(value) = value {
                        query.push_str(&format!("&{key}={}", segment(value)));
                    }
                }
            }
        }
        self.post(&format!("/orders{query}"), text)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1{path}", self.api.addr)
    }

    /// Logs in: what follows is done as this person.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn login(&mut self, user: &str, password: &str) -> Result<(), ClientError> {
        let body = json!({ "user": user, "password": password }).to_string();
        let mut outcome = self.agent.post(self.url("/session")).send(&body);
        let cookie = outcome.as_mut().ok().and_then(|response| {
            let set = response.headers().get("set-cookie")?.to_str().ok()?;
            set.split(';').next().map(str::to_owned)
        });
        let told = self.answer(outcome)?;
        let csrf = told["csrf"].as_str().unwrap_or_default().to_owned();
        self.session = Some(Session { cookie: cookie.unwrap_or_default(), csrf });
        Ok(())
    }

    /// The session, or the service's token where nobody has logged in.
    fn as_caller<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.session {
            Some(s) => request.header("cookie", &s.cookie).header("x-csrf-token", &s.csrf),
            None => request.header("authorization", format!("Bearer {}", self.api.token)),
        }
    }

    pub(super) fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.answer(self.as_caller(self.agent.get(self.url(path))).call())
    }

    /// Sends a command.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn post(&self, path: &str, body: &str) -> Result<Value, ClientError> {
        self.answer(self.as_caller(self.agent.post(self.url(path))).send(body))
    }

    /// Ends something.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn delete(&self, path: &str) -> Result<Value, ClientError> {
        self.answer(self.as_caller(self.agent.delete(self.url(path))).call())
    }

    fn answer(&self, outcome: Outcome) -> Result<Value, ClientError> {
        let unreachable =
            |what: String| ClientError::Unreachable { addr: self.api.addr.to_string(), what };
        let mut response = outcome.map_err(|error| unreachable(error.to_string()))?;
        let status = response.status().as_u16();
        let text =
            response.body_mut().read_to_string().map_err(|error| unreachable(error.to_string()))?;
        let value: Value = serde_json::from_str(&text)
            .map_err(|_| unreachable(format!("it answered {status} without JSON")))?;
        if status < 400 {
            return Ok(value);
        }
        let member = |name: &str| value[name].as_str().unwrap_or("not said").to_owned();
        Err(ClientError::Refused {
            status,
            code: member("code"),
            detail: member("detail"),
            place: member("where"),
            remedy: member("remedy"),
        })
    }
}

/// False only when the connection is refused: a service that hangs is still one.
fn is_listening(api: &ApiFile) -> bool {
    let tried = TcpStream::connect_timeout(&api.addr, CONNECT_WAIT_MAX);
    !tried.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// A path segment with everything but unreserved characters escaped (RFC 3986).
pub(super) fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
        escaped
    })
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
