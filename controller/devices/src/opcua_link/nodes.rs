//! Nodes of an address space that is not ours: found by identifier or path, read and written.
//!
//! Part of the link; used by the transports of foreign devices. Must never know what a node is for.

use super::{OpcuaLink, refused};
use crate::LinkError;
use crate::link::within;
use opcua::types::{
    BrowsePath, DataValue, NodeId, ObjectId, QualifiedName, ReadValueId, ReferenceTypeId,
    RelativePath, RelativePathElement, StatusCode, TimestampsToReturn, Variant, WriteValue,
};
use profiles::nodes::NodePlace;

impl OpcuaLink {
    /// The node at a place.
    pub(crate) async fn find(&self, place: &NodePlace) -> Result<NodeId, LinkError> {
        let doing = "find a node";
        match place {
            NodePlace::Id { uri, id } => {
                let parsed: Result<NodeId, StatusCode> = id.parse();
                let mut node = parsed
                    .map_err(|_| LinkError::protocol(doing, format!("{id} is no identifier")))?;
                node.namespace = self.namespace(uri).await?;
                Ok(node)
            }
            NodePlace::Path(names) => self.follow(names).await,
        }
    }

    async fn namespace(&self, uri: &str) -> Result<u16, LinkError> {
        let doing = "find a namespace";
        let index = within(doing, self.limit, self.session.get_namespace_index(uri)).await?;
        index.map_err(|error| refused(doing, &error))
    }

    /// The node at the end of a browse path below Objects.
    async fn follow(&self, names: &[(String, String)]) -> Result<NodeId, LinkError> {
        let doing = "follow a browse path";
        let mut elements = Vec::with_capacity(names.len());
        for (uri, name) in names {
            elements.push(RelativePathElement {
                reference_type_id: ReferenceTypeId::HierarchicalReferences.into(),
                is_inverse: false,
                include_subtypes: true,
                target_name: QualifiedName::new(self.namespace(uri).await?, name.as_str()),
            });
        }
        let path = BrowsePath {
            starting_node: ObjectId::ObjectsFolder.into(),
            relative_path: RelativePath { elements: Some(elements) },
        };
        let paths = [path];
        let asked = self.session.translate_browse_paths_to_node_ids(&paths);
        let found = within(doing, self.limit, asked).await?;
        let found = found.map_err(|error| refused(doing, &error))?;
        let target = found.into_iter().next().and_then(|one| one.targets).unwrap_or_default();
        let shown = || names.iter().map(|(_, name)| format!("/{name}")).collect::<String>();
        let none = || LinkError::Device { doing, what: format!("there is no {}", shown()) };
        target.into_iter().next().map(|target| target.target_id.node_id).ok_or_else(none)
    }

    /// The values of these nodes, each with a good status, in their order.
    pub(crate) async fn read_values(&self, nodes: &[NodeId]) -> Result<Vec<Variant>, LinkError> {
        let doing = "read its points";
        let wanted: Vec<_> = nodes.iter().cloned().map(ReadValueId::new_value).collect();
        let asked = self.session.read(&wanted, TimestampsToReturn::Neither, 0.0);
        let values = within(doing, self.limit, asked).await?;
        let values = values.map_err(|error| refused(doing, &error))?;
        if values.len() != nodes.len() {
            return Err(LinkError::protocol(doing, "it answers fewer values than were asked for"));
        }
        values.into_iter().zip(nodes).map(|(value, node)| good(doing, value, node)).collect()
    }

    /// Writes values, each without time and status: many devices take nothing else.
    pub(crate) async fn write_values(
        &self,
        values: Vec<(NodeId, Variant)>,
    ) -> Result<(), LinkError> {
        let doing = "write its points";
        let mut writes = Vec::with_capacity(values.len());
        for (node, value) in values {
            let value = DataValue::value_only(value);
            writes.push(WriteValue { value, ..WriteValue::value_attr(node, Variant::Empty) });
        }
        let done = within(doing, self.limit, self.session.write(&writes)).await?;
        let done = done.map_err(|error| refused(doing, &error))?;
        let bad = writes.iter().zip(&done).find(|(_, status)| !status.is_good());
        match bad {
            Some((write, status)) => {
                Err(LinkError::Device { doing, what: format!("{status} for {}", write.node_id) })
            }
            None if done.len() < writes.len() => {
                Err(LinkError::protocol(doing, "it answers for fewer values than were written"))
            }
            None => Ok(()),
        }
    }
}

fn good(doing: &'static str, value: DataValue, node: &NodeId) -> Result<Variant, LinkError> {
    let status = value.status.unwrap_or(StatusCode::Good);
    if !status.is_good() {
        return Err(LinkError::Device { doing, what: format!("{status} for {node}") });
    }
    Ok(value.value.unwrap_or(Variant::Empty))
}
