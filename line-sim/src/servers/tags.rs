//! An OPC UA server for a device as its maker builds it: tags in folders that are read and written,
//! methods beside them, on loopback only.
//!
//! Used by the foreign devices. Callbacks are synchronous and run on the connection's task. It must
//! never know what a tag means.

use super::opcua::{Answer, argument, build, while_up};
use super::opcua_security::Offer;
use super::{ServerThread, Shared, listen, relay};
use crate::world::Device;
use opcua::nodes::{MethodBuilder, ObjectBuilder, VariableBuilder};
use opcua::server::ServerHandle;
use opcua::server::address_space::AddressSpace;
use opcua::server::node_manager::memory::SimpleNodeManager;
use opcua::types::{DataTypeId, DataValue, NodeId, ObjectId, QualifiedName, StatusCode, Variant};
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A variable: its string identifier is its path, `Printer.Job.Serial`.
pub(super) struct Tag {
    /// Its path, names joined by dots.
    pub(super) path: &'static str,
    /// Type of its value.
    pub(super) data_type: DataTypeId,
    /// A client may write it.
    pub(super) writable: bool,
}

/// A method of the object that its path begins with.
pub(super) struct Deed {
    /// Its path, names joined by dots.
    pub(super) path: &'static str,
    /// What it takes.
    pub(super) inputs: &'static [(&'static str, DataTypeId)],
    /// What it answers.
    pub(super) outputs: &'static [(&'static str, DataTypeId)],
}

/// A device behind its tags.
pub(super) trait Space: Send + Sync + 'static {
    /// Name of server and thread.
    fn name(&self) -> &'static str;
    /// Namespace of its nodes.
    fn namespace_uri(&self) -> &'static str;
    /// Its tags.
    fn tags(&self) -> Vec<Tag>;
    /// Its methods.
    fn deeds(&self) -> Vec<Deed>;
    /// The value of a tag.
    fn read(&self, path: &str) -> Variant;
    /// Takes a value.
    fn write(&self, path: &str, value: &Variant) -> Result<(), StatusCode>;
    /// Does what a method says.
    fn call(&self, path: &str, arguments: &[Variant]) -> Answer;
}

/// Starts the server of a device and the relay in front of it.
pub(super) fn start(
    device: Device,
    devices: &Shared,
    offer: &Offer,
    space: Arc<dyn Space>,
) -> io::Result<ServerThread> {
    let (public, address) = listen()?;
    let (inner, inner_address) = listen()?;
    let (devices, offer) = (devices.clone(), offer.clone());
    ServerThread::start(space.name(), address, move || async move {
        let public = TcpListener::from_std(public)?;
        let inner = TcpListener::from_std(inner)?;
        let (server, handle) = build(address, &offer, space.name(), space.namespace_uri())?;
        insert(&handle, device, &devices, &space)?;
        let serve = async { server.run_with(inner).await.map_err(io::Error::other) };
        tokio::try_join!(serve, relay::run(public, inner_address, devices.clone(), device))?;
        Ok(())
    })
}

fn insert(
    handle: &ServerHandle,
    device: Device,
    devices: &Shared,
    space: &Arc<dyn Space>,
) -> io::Result<()> {
    let missing = || io::Error::other("the device's namespace is not there");
    let managers = handle.node_managers();
    let manager = managers.get_by_name::<SimpleNodeManager>(space.name()).ok_or_else(missing)?;
    let namespace = handle.get_namespace_index(space.namespace_uri()).ok_or_else(missing)?;
    let (tags, deeds) = (space.tags(), space.deeds());
    {
        let nodes = manager.address_space();
        let mut nodes = nodes.write();
        tags.iter().for_each(|tag| insert_tag(&mut nodes, namespace, tag, space.read(tag.path)));
        deeds.iter().for_each(|deed| insert_deed(&mut nodes, namespace, deed));
    }
    for tag in tags {
        let id = NodeId::new(namespace, tag.path);
        let (from, line) = (space.clone(), devices.clone());
        let value = move || Ok(DataValue::new_now(from.read(tag.path)));
        let read = move |_: &_, _, _| while_up(&line, device, &value);
        manager.inner().add_read_callback(id.clone(), read);
        let (to, line) = (space.clone(), devices.clone());
        let write = move |value: DataValue, _: &_| {
            let value = value.value.unwrap_or(Variant::Empty);
            let taken = while_up(&line, device, || to.write(tag.path, &value));
            taken.err().unwrap_or(StatusCode::Good)
        };
        manager.inner().add_write_callback(id, write);
    }
    for deed in deeds {
        let (of, line) = (space.clone(), devices.clone());
        let call =
            move |arguments: &[Variant]| while_up(&line, device, || of.call(deed.path, arguments));
        manager.inner().add_method_callback(NodeId::new(namespace, deed.path), call);
    }
    Ok(())
}

fn insert_tag(nodes: &mut AddressSpace, namespace: u16, tag: &Tag, value: Variant) {
    let (folder, name) = folder(nodes, namespace, tag.path);
    let variable =
        VariableBuilder::new(&NodeId::new(namespace, tag.path), named(namespace, name), name)
            .data_type(tag.data_type)
            .value(value)
            .component_of(folder);
    if tag.writable { variable.writable() } else { variable }.insert(nodes);
}

fn insert_deed(nodes: &mut AddressSpace, namespace: u16, deed: &Deed) {
    let (folder, name) = folder(nodes, namespace, deed.path);
    let part = |suffix: &str| NodeId::new(namespace, format!("{}.{suffix}", deed.path));
    let arguments = |of: &[(&str, DataTypeId)]| -> Vec<_> {
        of.iter().map(|(name, data_type)| argument(name, *data_type)).collect()
    };
    MethodBuilder::new(&NodeId::new(namespace, deed.path), named(namespace, name), name)
        .component_of(folder)
        .input_args(nodes, &part("InputArguments"), &arguments(deed.inputs))
        .output_args(nodes, &part("OutputArguments"), &arguments(deed.outputs))
        .insert(nodes);
}

/// A browse name of this namespace.
fn named(namespace: u16, name: &str) -> QualifiedName {
    QualifiedName::new(namespace, name)
}

/// The object that holds a path's last name, made with those above it when it is not there; and
/// that name.
fn folder<'a>(nodes: &mut AddressSpace, namespace: u16, path: &'a str) -> (NodeId, &'a str) {
    let Some((above, name)) = path.rsplit_once('.') else {
        return (ObjectId::ObjectsFolder.into(), path);
    };
    let id = NodeId::new(namespace, above);
    if !nodes.node_exists(&id) {
        let (parent, own) = folder(nodes, namespace, above);
        ObjectBuilder::new(&id, named(namespace, own), own).component_of(parent).insert(nodes);
    }
    (id, name)
}
