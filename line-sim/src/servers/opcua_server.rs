//! What the OPC UA servers of the simulated devices share: the server itself, and how a method gets
//! into its address space.
//!
//! Used by the camera's and the stations' servers. Security None, anonymous, loopback only. It must
//! never know what a method does.

use opcua::nodes::MethodBuilder;
use opcua::server::address_space::AddressSpace;
use opcua::server::diagnostics::NamespaceMetadata;
use opcua::server::node_manager::memory::{SimpleNodeManager, simple_node_manager};
use opcua::server::{ANONYMOUS_USER_TOKEN_ID, Server, ServerBuilder, ServerEndpoint, ServerHandle};
use opcua::types::{Argument, NodeId};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Largest picture, as a message.
const MESSAGE_BYTES_MAX: usize = 8 << 20;
/// A session that nobody uses ends after this: each cut leaves one behind.
const SESSION_MS_MAX: u64 = 5_000;
/// Sessions at a time.
const SESSIONS_MAX: usize = 256;

/// The server of `device`, to be found at `address`, with one namespace of its own.
pub(super) fn build(
    address: SocketAddr,
    device: &str,
    namespace_uri: &str,
) -> io::Result<(Server, ServerHandle)> {
    let anonymous = [ANONYMOUS_USER_TOKEN_ID.to_owned()];
    let namespace =
        NamespaceMetadata { namespace_uri: namespace_uri.to_owned(), ..Default::default() };
    let builder = ServerBuilder::new()
        .application_name(format!("line-sim {device}"))
        .application_uri(format!("urn:packline:line-sim:{device}"))
        .product_uri("urn:packline:line-sim")
        .create_sample_keypair(false)
        .host(address.ip().to_string())
        .port(address.port())
        .discovery_urls(vec![format!("opc.tcp://{address}/")])
        .add_endpoint("none", ServerEndpoint::new_none("/", &anonymous))
        .max_sessions(SESSIONS_MAX)
        .max_session_timeout_ms(SESSION_MS_MAX)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_byte_string_length(MESSAGE_BYTES_MAX)
        .with_node_manager(simple_node_manager(namespace, device));
    builder.build().map_err(io::Error::other)
}

/// The nodes of `device` and the index of its namespace.
pub(super) fn manager_of(
    handle: &ServerHandle,
    device: &str,
    namespace_uri: &str,
) -> io::Result<(Arc<SimpleNodeManager>, u16)> {
    let missing = || io::Error::other(format!("the namespace of the {device} is not there"));
    let managers = handle.node_managers();
    let manager = managers.get_by_name::<SimpleNodeManager>(device).ok_or_else(missing)?;
    let namespace = handle.get_namespace_index(namespace_uri).ok_or_else(missing)?;
    Ok((manager, namespace))
}

/// Puts a method with its inputs and outputs below the object.
pub(super) fn add_method(
    space: &mut AddressSpace,
    object: &NodeId,
    name: &str,
    (inputs, outputs): &(Vec<Argument>, Vec<Argument>),
) {
    let id = NodeId::new(object.namespace, name);
    let part = |suffix: &str| NodeId::new(object.namespace, format!("{name}.{suffix}"));
    MethodBuilder::new(&id, name, name)
        .component_of(object.clone())
        .input_args(&mut *space, &part("InputArguments"), inputs)
        .output_args(&mut *space, &part("OutputArguments"), outputs)
        .insert(space);
}
