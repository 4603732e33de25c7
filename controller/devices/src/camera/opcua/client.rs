//! One OPC UA session with the camera: the calls of the camera contract.
//!
//! Used by the transport only; a session that failed is closed and replaced. Heads up: the library
//! must not retry by itself, for it would resend after a timeout, and its own reconnect leaves
//! calls failing within microseconds meanwhile.

use super::CameraConfig;
use crate::LinkError;
use crate::link::{open, within};
use contracts::camera::{CameraResult, CameraStatus, RESULTS_PER_CALL};
use opcua::client::transport::{StreamConnection, StreamConnector};
use opcua::client::{ClientBuilder, ConnectionSource, IdentityToken, Session, SessionBuilder};
use opcua::core::comms::tcp_codec::TcpCodec;
use opcua::core::comms::url::hostname_port_from_url;
use opcua::core::sync::RwLock;
use opcua::crypto::{CertificateStore, SecurityPolicy};
use opcua::types::{
    ByteString, DecodingOptions, EndpointDescription, Error, MessageSecurityMode, NodeId,
    StatusCode, UserTokenPolicy, Variant,
};
use profiles::CameraOpcua;
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

/// An open session with a device: channel, session, and the object whose methods are called.
pub(crate) struct OpcuaLink {
    session: Arc<Session>,
    events: JoinHandle<StatusCode>,
    object: NodeId,
    limit: Duration,
}

/// An open session with the camera.
pub(super) struct CameraClient {
    link: OpcuaLink,
    nodes: Nodes,
}

struct Nodes {
    get_results: NodeId,
    get_image: NodeId,
    set_recipe: NodeId,
}

impl Nodes {
    fn new(namespace: u16, profile: &CameraOpcua) -> Self {
        let node = |name: &String| NodeId::new(namespace, name.as_str());
        Self {
            get_results: node(&profile.methods.get_results),
            get_image: node(&profile.methods.get_image),
            set_recipe: node(&profile.methods.set_recipe),
        }
    }
}

impl OpcuaLink {
    /// Opens channel and session at `endpoint` and finds the index of the namespace `uri`.
    pub(crate) async fn connect(
        endpoint: &str,
        uri: &str,
        object: &str,
        timeout_ms: u64,
        connect_ms: u64,
    ) -> Result<(Self, u16), LinkError> {
        let doing = "open a session";
        let (session, events) =
            build(endpoint, timeout_ms).map_err(|error| refused(doing, &error))?;
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
            let namespace = session.get_namespace_index(uri).await;
            namespace.map_err(|error| refused("find the device's namespace", &error))
        };
        match within(doing, Duration::from_millis(connect_ms), ready).await.flatten() {
            Ok(namespace) => {
                let object = NodeId::new(namespace, object);
                let limit = Duration::from_millis(timeout_ms);
                Ok((Self { session, events, object, limit }, namespace))
            }
            Err(error) => {
                events.abort();
                Err(error)
            }
        }
    }

    /// Calls a method of the object.
    pub(crate) async fn call(
        &self,
        doing: &'static str,
        method: &NodeId,
        arguments: Vec<Variant>,
    ) -> Result<Vec<Variant>, LinkError> {
        let call = self.session.call_one((self.object.clone(), method.clone(), Some(arguments)));
        let result = within(doing, self.limit, call).await?;
        let result = result.map_err(|error| refused(doing, &error))?;
        if !result.status_code.is_good() {
            return Err(LinkError::Device { doing, what: result.status_code.to_string() });
        }
        Ok(result.output_arguments.unwrap_or_default())
    }

    /// Ends the session, politely when the device still answers.
    pub(crate) async fn close(self, politely: bool) {
        if politely {
            let _ = tokio::time::timeout(self.limit, self.session.disconnect()).await;
        }
        self.events.abort();
    }
}

impl CameraClient {
    /// Opens channel and session and finds the camera's namespace.
    pub(super) async fn connect(config: &CameraConfig) -> Result<Self, LinkError> {
        let CameraConfig { endpoint, profile, timeout_ms, connect_ms, .. } = config;
        let uri = profile.namespace_uri.as_str();
        let (link, namespace) =
            OpcuaLink::connect(endpoint, uri, &profile.object, *timeout_ms, *connect_ms).await?;
        Ok(Self { link, nodes: Nodes::new(namespace, profile) })
    }

    /// `GetResults`: the camera's status and its results from `from` on.
    pub(super) async fn results(
        &self,
        from: u64,
    ) -> Result<(CameraStatus, Vec<CameraResult>), LinkError> {
        let doing = "get results";
        let max = RESULTS_PER_CALL as u32;
        let arguments = vec![Variant::UInt64(from), Variant::UInt32(max)];
        let outputs = self.link.call(doing, &self.nodes.get_results, arguments).await?;
        decode_results(outputs).map_err(|what| LinkError::Protocol { doing, what })
    }

    /// `GetImage`: the picture behind a result, as PNG.
    pub(super) async fn image(&self, seq: u64) -> Result<Vec<u8>, LinkError> {
        let doing = "get a picture";
        let arguments = vec![Variant::UInt64(seq)];
        let outputs = self.link.call(doing, &self.nodes.get_image, arguments).await?;
        match outputs.into_iter().next() {
            Some(Variant::ByteString(ByteString { value: Some(png) })) => Ok(png),
            _ => Err(LinkError::Device { doing, what: "there is none".to_owned() }),
        }
    }

    /// `SetRecipe`: asks the camera for a recipe; the next results tell whether it took it.
    pub(super) async fn set_recipe(&self, hash: u32) -> Result<(), LinkError> {
        let arguments = vec![Variant::UInt32(hash)];
        self.link.call("set the recipe", &self.nodes.set_recipe, arguments).await.map(|_| ())
    }

    /// Ends the session, politely when the camera still answers.
    pub(super) async fn close(self, politely: bool) {
        self.link.close(politely).await;
    }
}

fn refused(doing: &'static str, error: &Error) -> LinkError {
    LinkError::Transport { doing, source: std::io::Error::other(error.to_string()) }
}

fn decode_results(outputs: Vec<Variant>) -> Result<(CameraStatus, Vec<CameraResult>), String> {
    let found: Result<[Variant; 5], _> = outputs.try_into();
    let Ok(
        [
            Variant::UInt32(epoch),
            Variant::UInt32(recipe_hash),
            Variant::UInt64(last_seq),
            Variant::UInt32(triggers),
            results,
        ],
    ) = found
    else {
        return Err("GetResults has other outputs than its contract".to_owned());
    };
    let mut decoded = Vec::new();
    if let Variant::Array(array) = results {
        for value in array.values {
            let Variant::ByteString(ByteString { value: Some(bytes) }) = value else {
                return Err("a result is no byte string".to_owned());
            };
            decoded.push(CameraResult::decode(&bytes).map_err(|error| error.to_string())?);
        }
    }
    Ok((CameraStatus { epoch, recipe_hash, last_seq, triggers }, decoded))
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
        let endpoint = format!("{host}:{port}");
        let stream = open(&endpoint, Duration::from_secs(1)).await.map_err(failed)?;
        let (reader, writer) = tokio::io::split(stream);
        let reader = FramedRead::new(reader, TcpCodec::new(options));
        Ok(StreamConnection::new(reader, writer, url))
    })
}

fn build(endpoint: &str, timeout_ms: u64) -> Result<(Arc<Session>, EventLoop), Error> {
    let request_limit = Duration::from_millis((5 * timeout_ms / 2).clamp(250, 500));
    let client = ClientBuilder::new()
        .application_name("packline")
        .application_uri("urn:packline")
        .product_uri("urn:packline")
        .session_retry_limit(0)
        .keep_alive_interval(Duration::from_secs(1))
        .max_failed_keep_alive_count(2)
        .request_timeout(request_limit)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_byte_string_length(MESSAGE_BYTES_MAX)
        .into_config();
    let endpoint: EndpointDescription = (
        endpoint,
        SecurityPolicy::None.to_str(),
        MessageSecurityMode::None,
        UserTokenPolicy::anonymous(),
    )
        .into();
    // Without security nothing is read from or written to the certificate store.
    let store = Arc::new(RwLock::new(CertificateStore::new(Path::new("pki"))));
    SessionBuilder::new(&client)
        .with_connector(NoDelay)
        .user_identity_token(IdentityToken::Anonymous)
        .connect_to_endpoint_directly(endpoint)?
        .build(store)
}
