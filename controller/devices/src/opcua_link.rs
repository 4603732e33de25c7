//! One OPC UA session with a device: its methods are called, each within the timeout.
//!
//! Used by the OPC UA transports; a session that failed is closed and replaced. Heads up: the
//! library must not retry by itself, for it would resend after a timeout, and its own reconnect
//! leaves calls failing within microseconds meanwhile. Must never know what a method means.

mod nodes;

use crate::LinkError;
use crate::link::within;
use crate::opcua_security::{OpcuaEndpoint, OpcuaSecurity, Secured, mode_of, policy_of};
use crate::plain_endpoint::{PlainEndpoint, open_plain};
use opcua::client::transport::{StreamConnection, StreamConnector};
use opcua::client::{
    Client, ClientBuilder, ClientConfig, ConnectionSource, IdentityToken, Session, SessionBuilder,
};
use opcua::core::comms::tcp_codec::TcpCodec;
use opcua::core::comms::url::hostname_port_from_url;
use opcua::core::sync::RwLock;
use opcua::crypto::{CertificateStore, SecurityPolicy, X509};
use opcua::types::{
    ByteString, DecodingOptions, EndpointDescription, Error, MessageSecurityMode, NodeId,
    StatusCode, UserTokenPolicy, Variant,
};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::codec::FramedRead;

/// Largest picture, as a message.
const MESSAGE_BYTES_MAX: usize = 8 << 20;
/// Port of OPC UA when an endpoint names none.
const PORT: u16 = 4840;
/// Life of a channel's keys: renewing them holds the link up for some milliseconds.
const CHANNEL_MS: u32 = 3_600_000;
/// Answers missed in a row after which a link is dropped.
pub(crate) const MISSES_MAX: u32 = 3;

/// Where a device is, and how long it is waited for.
pub(crate) struct OpcuaAddress<'a> {
    /// Address and security.
    pub(crate) endpoint: &'a OpcuaEndpoint,
    /// Namespace of its nodes.
    pub(crate) namespace_uri: &'a str,
    /// Object that its methods belong to.
    pub(crate) object: &'a str,
    /// Longest wait for an answer.
    pub(crate) timeout_ms: u64,
    /// Longest wait for a session.
    pub(crate) connect_ms: u64,
}

/// An open session.
pub(crate) struct OpcuaLink {
    session: Arc<Session>,
    events: JoinHandle<StatusCode>,
    object: NodeId,
    limit: Duration,
}

impl OpcuaLink {
    /// Opens channel and session and finds the device's namespace.
    pub(crate) async fn connect(address: &OpcuaAddress<'_>) -> Result<Self, LinkError> {
        let doing = "open a session";
        let limit = Duration::from_millis(address.connect_ms);
        let (session, events) = within(doing, limit, build(address)).await.flatten()?;
        let mut events = events.spawn();
        let connected = async {
            tokio::select! {
                up = session.wait_for_connection() => up,
                _ = &mut events => false,
            }
        };
        let ready = async {
            if !connected.await {
                return Err(LinkError::protocol(doing, "the connection ended"));
            }
            let namespace = session.get_namespace_index(address.namespace_uri).await;
            namespace.map_err(|error| refused("find the device's namespace", &error))
        };
        match within(doing, limit, ready).await.flatten() {
            Ok(namespace) => {
                let object = NodeId::new(namespace, address.object);
                let limit = Duration::from_millis(address.timeout_ms);
                Ok(Self { session, events, object, limit })
            }
            Err(error) => {
                events.abort();
                Err(error)
            }
        }
    }

    /// The node of this name in the device's namespace.
    pub(crate) fn node(&self, name: &str) -> NodeId {
        NodeId::new(self.object.namespace, name)
    }

    /// Ends the session, politely when the device still answers.
    pub(crate) async fn close(self, politely: bool) {
        if politely {
            let _ = tokio::time::timeout(self.limit, self.session.disconnect()).await;
        }
        self.events.abort();
    }

    /// Calls a method of the object.
    pub(crate) async fn call(
        &self,
        doing: &'static str,
        method: &NodeId,
        arguments: Vec<Variant>,
    ) -> Result<Vec<Variant>, LinkError> {
        self.call_on(doing, &self.object, method, arguments).await
    }

    /// Calls a method of any object.
    pub(crate) async fn call_on(
        &self,
        doing: &'static str,
        object: &NodeId,
        method: &NodeId,
        arguments: Vec<Variant>,
    ) -> Result<Vec<Variant>, LinkError> {
        let call = self.session.call_one((object.clone(), method.clone(), Some(arguments)));
        let result = within(doing, self.limit, call).await?;
        let result = result.map_err(|error| refused(doing, &error))?;
        if !result.status_code.is_good() {
            return Err(LinkError::Device { doing, what: result.status_code.to_string() });
        }
        Ok(result.output_arguments.unwrap_or_default())
    }
}

/// The byte strings of an array; an empty one may come as nothing.
pub(crate) fn byte_strings(value: Variant) -> Result<Vec<Vec<u8>>, String> {
    let values = match value {
        Variant::Empty => Vec::new(),
        Variant::Array(array) => array.values.into_iter().collect(),
        _ => return Err("an array of byte strings is none".to_owned()),
    };
    let bytes = |value| match value {
        Variant::ByteString(ByteString { value: Some(bytes) }) => Ok(bytes),
        _ => Err("an element is no byte string".to_owned()),
    };
    values.into_iter().map(bytes).collect()
}

fn refused(doing: &'static str, error: &Error) -> LinkError {
    LinkError::Transport { doing, source: std::io::Error::other(error.to_string()) }
}

type Reader = ReadHalf<TcpStream>;
type Writer = WriteHalf<TcpStream>;
type Opening =
    Pin<Box<dyn Future<Output = Result<StreamConnection<Reader, Writer>, Error>> + Send + Sync>>;
type Connector = StreamConnector<Reader, Writer, fn(String, DecodingOptions) -> Opening, Opening>;
type EventLoop = opcua::client::SessionEventLoop<Connector>;

/// Connections that send small segments at once: the library itself never asks for it.
struct NoDelay;

impl ConnectionSource for NoDelay {
    type Builder = Connector;

    fn get_connector(&self, endpoint: &EndpointDescription) -> Result<Connector, Error> {
        let url = endpoint.endpoint_url.as_ref().to_owned();
        Ok(StreamConnector::new(open_stream as fn(String, DecodingOptions) -> Opening, url))
    }
}

fn open_stream(url: String, options: DecodingOptions) -> Opening {
    Box::pin(async move {
        let (host, port) = hostname_port_from_url(&url, PORT)
            .map_err(|status| Error::new(status, "the endpoint is no opc.tcp address"))?;
        let failed =
            |error: LinkError| Error::new(StatusCode::BadCommunicationError, error.to_string());
        let endpoint = PlainEndpoint::from(format!("{host}:{port}"));
        let stream = open_plain(&endpoint, Duration::from_secs(1)).await.map_err(failed)?;
        let (reader, writer) = tokio::io::split(stream);
        let reader = FramedRead::new(reader, TcpCodec::new(options));
        Ok(StreamConnection::new(reader, writer, url))
    })
}

/// A session that is not connected yet. What secures it is known after asking the device for its
/// endpoints; an answer that lies about them ends at the certificate, which must be trusted.
async fn build(address: &OpcuaAddress<'_>) -> Result<(Arc<Session>, EventLoop), LinkError> {
    let doing = "open a session";
    let url = address.endpoint.url.as_str();
    let config = config(address);
    let (endpoint, identity, store) = match &address.endpoint.security {
        OpcuaSecurity::Unsecured => {
            let policy = (SecurityPolicy::None.to_str(), MessageSecurityMode::None);
            let endpoint = (url, policy.0, policy.1, UserTokenPolicy::anonymous()).into();
            // Nothing is read from or written to the certificate store.
            (endpoint, IdentityToken::Anonymous, CertificateStore::new(Path::new("")))
        }
        OpcuaSecurity::Secured(secured) => {
            let identity = secured.identity.token();
            let identity = identity.map_err(|what| LinkError::protocol(doing, what))?;
            let endpoint = endpoint_of(url, secured, &config).await?;
            (endpoint, identity, secured.pki.store())
        }
    };
    let builder = SessionBuilder::new(&config).with_connector(NoDelay);
    let built = builder.user_identity_token(identity).connect_to_endpoint_directly(endpoint);
    built
        .and_then(|builder| builder.build(Arc::new(RwLock::new(store))))
        .map_err(|error| refused(doing, &error))
}

/// The endpoint of the device that has the wanted security, at the address that we know, with a
/// certificate that we trust.
async fn endpoint_of(
    url: &str,
    secured: &Secured,
    config: &ClientConfig,
) -> Result<EndpointDescription, LinkError> {
    let doing = "find a secure endpoint";
    let asked = Client::new(config.clone()).get_server_endpoints_from_url(url).await;
    let offered = asked.map_err(|error| refused(doing, &error))?;
    let (policy, mode) = (policy_of(secured.policy).to_uri(), mode_of(secured.mode));
    let fits = |one: &&EndpointDescription| {
        one.security_policy_uri.as_ref() == policy && one.security_mode == mode
    };
    let Some(found) = offered.iter().find(fits) else {
        let offered: Vec<String> = offered
            .iter()
            .map(|one| format!("{} {:?}", one.security_policy_uri, one.security_mode))
            .collect();
        let what = format!("the device offers {}, not {policy} {mode:?}", offered.join(", "));
        return Err(LinkError::protocol(doing, what));
    };
    let mut endpoint = found.clone();
    endpoint.endpoint_url = url.into();
    is_trusted(&endpoint, secured)?;
    Ok(endpoint)
}

/// Refuses a certificate that nobody has trusted and lays it aside, for a person to look at.
fn is_trusted(endpoint: &EndpointDescription, secured: &Secured) -> Result<(), LinkError> {
    let doing = "trust the device";
    let certificate = X509::from_byte_string(&endpoint.server_certificate)
        .map_err(|error| LinkError::protocol(doing, error))?;
    if secured.pki.trusts(&certificate) {
        return Ok(());
    }
    let _ = secured.pki.store().store_rejected_cert(&certificate);
    let thumbprint = certificate.thumbprint().as_hex_string();
    let name = certificate.subject_name();
    let what = format!(
        "its certificate {thumbprint} of {name} is not trusted; compare it with the device's own \
         display, then: packline device trust {thumbprint}"
    );
    Err(LinkError::protocol(doing, what))
}

fn config(address: &OpcuaAddress<'_>) -> ClientConfig {
    let request_limit = Duration::from_millis((5 * address.timeout_ms / 2).clamp(250, 500));
    let (uri, pki) = match &address.endpoint.security {
        OpcuaSecurity::Unsecured => ("urn:packline", Path::new("")),
        OpcuaSecurity::Secured(secured) => {
            (secured.pki.application_uri.as_str(), secured.pki.directory.as_path())
        }
    };
    ClientBuilder::new()
        .application_name("packline")
        .application_uri(uri)
        .product_uri("urn:packline")
        .pki_dir(pki)
        .channel_lifetime(CHANNEL_MS)
        .session_retry_limit(0)
        .keep_alive_interval(Duration::from_secs(1))
        .max_failed_keep_alive_count(2)
        .request_timeout(request_limit)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_byte_string_length(MESSAGE_BYTES_MAX)
        .into_config()
}
