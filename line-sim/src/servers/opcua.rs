//! An OPC UA server for one device: an object with methods and variables, on loopback only.
//!
//! Used by the camera's and the labeler's server, which say what the methods do. Method callbacks
//! are synchronous and run on the connection's task: they ask the line and answer. It must never
//! know what an argument means to the line.

use super::opcua_security::Offer;
use super::{ServerThread, Shared, listen, lock, relay};
use crate::world::Device;
use opcua::nodes::{MethodBuilder, ObjectBuilder, VariableBuilder};
use opcua::server::address_space::AddressSpace;
use opcua::server::diagnostics::NamespaceMetadata;
use opcua::server::node_manager::memory::{SimpleNodeManager, simple_node_manager};
use opcua::server::{Server, ServerBuilder, ServerHandle};
use opcua::types::{Argument, DataTypeId, DataValue, NodeId, ObjectId, StatusCode, Variant};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Largest picture, as a message.
const MESSAGE_BYTES_MAX: usize = 8 << 20;
/// A session that nobody uses ends after this: each cut leaves one behind.
const SESSION_MS_MAX: u64 = 5_000;
/// Sessions at a time.
const SESSIONS_MAX: usize = 256;
/// How often the variables are brought up to date.
const VARIABLES: Duration = Duration::from_millis(50);

/// What a method answers.
pub(super) type Answer = Result<Vec<Variant>, StatusCode>;

/// A method of the device's object.
pub(super) struct Method {
    /// Its name, also of its node.
    pub(super) name: String,
    /// What it takes.
    pub(super) inputs: Vec<Argument>,
    /// What it answers.
    pub(super) outputs: Vec<Argument>,
    /// What it does.
    pub(super) call: fn(&Shared, &[Variant]) -> Answer,
}

/// A variable of the device's object, for people and foreign clients.
pub(super) struct Variable {
    /// Its name, also of its node.
    pub(super) name: String,
    /// Type of its value.
    pub(super) data_type: DataTypeId,
    /// Its value now.
    pub(super) value: fn(&Shared) -> Variant,
}

/// A device as an object with methods and variables.
pub(super) struct Object {
    /// Name of the server and its thread.
    pub(super) server: &'static str,
    /// The device whose link decides whether it answers.
    pub(super) device: Device,
    /// Namespace of the nodes.
    pub(super) namespace_uri: String,
    /// Name of the object, also of its node.
    pub(super) name: String,
    /// Its methods.
    pub(super) methods: Vec<Method>,
    /// Its variables.
    pub(super) variables: Vec<Variable>,
}

/// A named argument of a plain type.
pub(super) fn argument(name: &str, data_type: DataTypeId) -> Argument {
    Argument::from((name, data_type))
}

/// A named argument that is an array.
pub(super) fn array(name: &str, data_type: DataTypeId) -> Argument {
    Argument { value_rank: 1, ..argument(name, data_type) }
}

/// Starts the server of a device and the relay in front of it.
pub(super) fn start(devices: &Shared, offer: &Offer, object: Object) -> io::Result<ServerThread> {
    let (public, address) = listen()?;
    let (inner, inner_address) = listen()?;
    let (devices, offer) = (devices.clone(), offer.clone());
    ServerThread::start(object.server, address, move || async move {
        let public = TcpListener::from_std(public)?;
        let inner = TcpListener::from_std(inner)?;
        let (server, handle) = build(address, &offer, object.server, &object.namespace_uri)?;
        let nodes = Nodes::insert(&handle, &object, &devices)?;
        let serve = async { server.run_with(inner).await.map_err(io::Error::other) };
        tokio::try_join!(
            serve,
            nodes.follow(&handle, &object, &devices),
            relay::run(public, inner_address, devices.clone(), object.device)
        )?;
        Ok(())
    })
}

/// A server with one namespace of its own.
pub(super) fn build(
    address: SocketAddr,
    offer: &Offer,
    name: &'static str,
    namespace_uri: &str,
) -> io::Result<(Server, ServerHandle)> {
    let namespace =
        NamespaceMetadata { namespace_uri: namespace_uri.to_owned(), ..Default::default() };
    let builder = ServerBuilder::new()
        .application_name(format!("line-sim {name}"))
        .product_uri("urn:packline:line-sim")
        .host(address.ip().to_string())
        .port(address.port())
        .discovery_urls(vec![format!("opc.tcp://{address}/")])
        .max_sessions(SESSIONS_MAX)
        .max_session_timeout_ms(SESSION_MS_MAX)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_byte_string_length(MESSAGE_BYTES_MAX)
        .with_node_manager(simple_node_manager(namespace, name));
    offer.apply(builder, name).build().map_err(io::Error::other)
}

struct Nodes {
    manager: Arc<SimpleNodeManager>,
    namespace: u16,
}

impl Nodes {
    fn insert(handle: &ServerHandle, object: &Object, devices: &Shared) -> io::Result<Self> {
        let missing = || io::Error::other("the device's namespace is not there");
        let managers = handle.node_managers();
        let manager =
            managers.get_by_name::<SimpleNodeManager>(object.server).ok_or_else(missing)?;
        let namespace = handle.get_namespace_index(&object.namespace_uri).ok_or_else(missing)?;
        let id = NodeId::new(namespace, object.name.as_str());
        {
            let space = manager.address_space();
            let mut space = space.write();
            let name = object.name.as_str();
            ObjectBuilder::new(&id, name, name)
                .organized_by(ObjectId::ObjectsFolder)
                .insert(&mut *space);
            object.methods.iter().for_each(|method| method.insert(&mut space, &id));
            for variable in &object.variables {
                let name = variable.name.as_str();
                VariableBuilder::new(&NodeId::new(namespace, name), name, name)
                    .data_type(variable.data_type)
                    .value((variable.value)(devices))
                    .component_of(id.clone())
                    .insert(&mut *space);
            }
        }
        for method in &object.methods {
            let (devices, device, call) = (devices.clone(), object.device, method.call);
            let id = NodeId::new(namespace, method.name.as_str());
            let answer = move |arguments: &[Variant]| answer(&devices, device, call, arguments);
            manager.inner().add_method_callback(id, answer);
        }
        Ok(Self { manager, namespace })
    }

    /// Keeps the variables up to date.
    async fn follow(
        &self,
        handle: &ServerHandle,
        object: &Object,
        devices: &Shared,
    ) -> io::Result<()> {
        loop {
            for variable in &object.variables {
                let id = NodeId::new(self.namespace, variable.name.as_str());
                let value = DataValue::new_now((variable.value)(devices));
                let _ = self.manager.set_value(handle.subscriptions(), &id, None, value);
            }
            tokio::time::sleep(VARIABLES).await;
        }
    }
}

/// A method's answer; none when the link went while it was at work, for the line may have obeyed
/// and the caller must not be told that it has not.
fn answer(
    devices: &Shared,
    device: Device,
    call: fn(&Shared, &[Variant]) -> Answer,
    arguments: &[Variant],
) -> Answer {
    while_up(devices, device, || call(devices, arguments))
}

/// What `act` answers; none when the link went meanwhile.
pub(super) fn while_up<T>(
    devices: &Shared,
    device: Device,
    act: impl FnOnce() -> Result<T, StatusCode>,
) -> Result<T, StatusCode> {
    let link = || {
        let devices = lock(devices);
        devices.link_is_up(device).then(|| devices.connection_epoch(device))
    };
    let begun = link().ok_or(StatusCode::BadNotConnected)?;
    let answer = act();
    if link() == Some(begun) { answer } else { Err(StatusCode::BadNotConnected) }
}

impl Method {
    fn insert(&self, space: &mut AddressSpace, object: &NodeId) {
        let name = self.name.as_str();
        let id = NodeId::new(object.namespace, name);
        let part = |suffix: &str| NodeId::new(object.namespace, format!("{name}.{suffix}"));
        MethodBuilder::new(&id, name, name)
            .component_of(object.clone())
            .input_args(&mut *space, &part("InputArguments"), &self.inputs)
            .output_args(&mut *space, &part("OutputArguments"), &self.outputs)
            .insert(space);
    }
}
