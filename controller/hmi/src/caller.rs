//! Who calls: the person of a session, the bearer of the service's token, or nobody.
//!
//! Taken by every handler that asks for more than a look at the line. Must never log or echo a
//! token, nor decide what anybody may do: the table does.

use crate::app::App;
use crate::desk::denied;
use crate::problem::Problem;
use crate::request::By;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use people::{Action, Denied, Grant, Now, People, SessionView, Station, Token, TokenHash};
use std::net::SocketAddr;
use std::time::Duration;

/// Name of the session's cookie.
pub(crate) const COOKIE: &str = "__Host-packline";
/// Header with the token of the session's forms.
pub(crate) const CSRF: &str = "x-csrf-token";

/// Longest wait for the name of whoever stops the line.
const NAME_WAIT_MAX: Duration = Duration::from_secs(1);

/// What a request says of its sender.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The service's token was borne.
    pub(crate) console: bool,
    cookie: Option<String>,
    csrf: Option<String>,
    /// Where it comes from.
    pub(crate) station: Station,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let station = peer.map_or_else(|| "local".to_owned(), |ip| ip.to_string());
        let station = station.parse().map_err(|error: people::UserError| {
            Problem::new(400, "station", error.to_string()).at("station")
        })?;
        let csrf = parts.headers.get(CSRF).and_then(|value| value.to_str().ok());
        Ok(Self {
            console: app.token.admits(&parts.headers),
            cookie: cookie(&parts.headers).map(str::to_owned),
            csrf: csrf.map(str::to_owned),
            station,
        })
    }
}

/// The session's cookie among all.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).map(str::trim);
    pairs.find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))
}

impl Caller {
    /// The session's token, if it has the form of one.
    pub(crate) fn token(&self) -> Option<Token> {
        self.cookie.as_deref().and_then(Token::from_text)
    }

    /// What its signatures are kept under.
    pub(crate) fn session(&self) -> Option<TokenHash> {
        self.token().map(|token| token.hash())
    }

    /// Asks people's state something as this caller.
    ///
    /// # Errors
    /// The refusal, or 503.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        app: &App,
        question: impl FnOnce(&mut People, Now, people::Caller<'_>) -> Result<T, Denied>
        + Send
        + 'static,
    ) -> Result<T, Problem> {
        let me = self.clone();
        let answer = app.desk.ask(move |people, now| {
            let token = me.token();
            let caller = people::Caller {
                token: token.as_ref(),
                csrf: me.csrf.as_deref(),
                station: &me.station,
            };
            question(people, now, caller)
        });
        answer.await?.map_err(|d| denied(&d))
    }

    /// The session, for showing; none where there is none.
    ///
    /// # Errors
    /// 503.
    pub(crate) async fn view(&self, app: &App) -> Result<Option<SessionView>, Problem> {
        if self.cookie.is_none() {
            return Ok(None);
        }
        let me = self.clone();
        app.desk
            .ask(move |people, now| {
                let (token, csrf) = (me.token(), me.csrf.as_deref());
                let token = token.as_ref();
                people.view(now, people::Caller { token, csrf, station: &me.station }).ok()
            })
            .await
    }

    /// Asks whether this caller may do `action`. The bearer of the service's token may read; what
    /// it does it may do on a simulation only, under the name it gives: nobody has proven who he
    /// is.
    ///
    /// # Errors
    /// The refusal; it is on record.
    pub(crate) async fn permit(
        &self,
        app: &App,
        action: Action,
        who: Option<String>,
    ) -> Result<By, Problem> {
        if self.console {
            let harmless = action.reads() || !action.needs_session();
            if harmless || app.snapshots.borrow().simulation {
                return Ok(By::unproven(who.unwrap_or_else(|| "unnamed".to_owned())));
            }
            let nobody = Self { cookie: None, ..self.clone() };
            let refused =
                nobody.ask(app, move |people, now, caller| people.authorize(now, caller, action));
            // On record; what is told is what the program's user can do about it.
            let _ = refused.await;
            return Err(Problem::new(403, "login_needed", "this line needs a person who logs in")
                .at(action.name())
                .remedy("log in: packline .. --as USER, or at the panel"));
        }
        let granted =
            self.ask(app, move |people, now, caller| people.authorize(now, caller, action));
        let Grant { who, role, .. } = match action.needs_session() {
            true => granted.await?,
            false => self.anyone(granted).await,
        };
        Ok(By { who, role: role.to_owned(), signatures: Vec::new() })
    }

    /// Stop waits for nobody: not for a ledger that does not answer, not behind a flood.
    async fn anyone(&self, granted: impl Future<Output = Result<Grant, Problem>>) -> Grant {
        let anyone = || Grant { who: "anyone".to_owned(), role: "anyone", user: None };
        if self.cookie.is_none() {
            return anyone();
        }
        match tokio::time::timeout(NAME_WAIT_MAX, granted).await {
            Ok(Ok(grant)) => grant,
            Ok(Err(_)) | Err(_) => anyone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let found = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().expect("header"));
            }
            cookie(&headers).map(str::to_owned)
        };
        assert_eq!(found(&["a=b; __Host-packline=xyz; c=d"]).as_deref(), Some("xyz"));
        assert_eq!(found(&["a=b", "__Host-packline=1"]).as_deref(), Some("1"));
        for none in [&["packline=1"][..], &["__Host-packline2=1"], &["x=__Host-packline"], &[]] {
            assert_eq!(found(none), None, "{none:?}");
        }
    }
}
