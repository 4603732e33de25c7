//! Points and methods of a device's own OPC UA address space.
//!
//! Part of the profiles of devices that do not keep our contracts over OPC UA. Must never say what
//! a point is for: that is the dialect's.

use crate::ProfileError;
use crate::dialect::{Places, Writes, takes_exactly};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Namespace of OPC UA itself, known by the name `ua`.
pub const UA_NAMESPACE: &str = "http://opcfoundation.org/UA/";

/// Where a node is: `s=Label.Serial` or `i=1001` in the profile's namespace, `di:i=15001` in
/// another one, `nsu=URI;s=Label.Serial`, or a browse path below Objects: `/Printer/Job/di:Serial`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct NodeAddress(pub String);

/// A [`NodeAddress`] with its namespaces by URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodePlace {
    /// Identifier with its type letter, as in `s=Label.Serial`.
    Id {
        /// Namespace.
        uri: String,
        /// `i=`, `s=`, `g=` or `b=` and the identifier.
        id: String,
    },
    /// Browse names below the Objects folder, each with its namespace.
    Path(Vec<(String, String)>),
}

/// What a node's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeType {
    /// Boolean.
    Bool,
    /// Byte.
    Byte,
    /// Int16.
    Int16,
    /// `UInt16`.
    Uint16,
    /// Int32, also enumerations.
    Int32,
    /// `UInt32`.
    Uint32,
    /// Int64.
    Int64,
    /// `UInt64`.
    Uint64,
    /// String.
    Text,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodePoint {
    /// Where it is.
    pub node: NodeAddress,
    /// What it holds.
    #[serde(rename = "as")]
    pub encoding: NodeType,
}

/// A method.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeMethod {
    /// The object that it is called on.
    pub object: NodeAddress,
    /// The method's node.
    pub node: NodeAddress,
    /// What it takes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<NodeArgument>,
    /// Names of what it answers, in order; `_` for what is of no interest. Points, when the method
    /// is one of `polls`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// Answers that mean that it has obeyed, by output; any other is a refusal. Without it every
    /// answer with a good status code is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub good: BTreeMap<String, Vec<String>>,
}

/// What a method takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeArgument {
    /// The name that an action writes it by.
    pub name: String,
    /// Its type.
    #[serde(rename = "as")]
    pub encoding: NodeType,
}

/// The address space of a device, as far as it is used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nodes {
    /// Namespace of addresses that name none.
    pub namespace_uri: String,
    /// Other namespaces, by the name that addresses call them; `ua` is OPC UA's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub namespaces: BTreeMap<String, String>,
    /// Variables by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub points: BTreeMap<String, NodePoint>,
    /// Methods by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub methods: BTreeMap<String, NodeMethod>,
    /// Methods without arguments that are called each cycle: their outputs are points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polls: Vec<String>,
}

impl NodeType {
    /// How many numbers it can tell apart: a counter begins anew after them. 0 for a text.
    #[must_use]
    pub fn modulus(self) -> u64 {
        match self {
            Self::Bool => 2,
            Self::Byte => 1 << 8,
            Self::Int16 => 1 << 15,
            Self::Uint16 => 1 << 16,
            Self::Int32 => 1 << 31,
            Self::Uint32 => 1 << 32,
            Self::Int64 | Self::Uint64 => 1 << 63,
            Self::Text => 0,
        }
    }
}

impl Nodes {
    /// Where an address lies.
    ///
    /// # Errors
    /// [`ProfileError::Node`] when it is none, or names a namespace that there is not.
    pub fn place(&self, address: &NodeAddress) -> Result<NodePlace, ProfileError> {
        let text = address.0.as_str();
        let wrong = |why| ProfileError::Node { address: text.to_owned(), why };
        if let Some(path) = text.strip_prefix('/') {
            let names = path.split('/').map(|name| self.qualified(name));
            let names: Vec<_> = names.collect();
            let empty = names.iter().any(|(_, name)| name.is_empty());
            let none = || wrong("a browse path has a name between its slashes");
            return (!empty).then_some(NodePlace::Path(names)).ok_or_else(none);
        }
        let full = text.strip_prefix("nsu=").and_then(|rest| rest.split_once(';'));
        let (uri, id) = match full {
            Some((uri, id)) => (uri.to_owned(), id.to_owned()),
            None => self.qualified(text),
        };
        let is_id =
            ["i=", "s=", "g=", "b="].iter().any(|kind| id.len() > 2 && id.starts_with(kind));
        let none = || {
            wrong(
                "use s=NAME, i=NUMBER, g= or b=, a namespace's name and a colon before it, or \
                   a browse path that begins with /",
            )
        };
        is_id.then_some(NodePlace::Id { uri, id }).ok_or_else(none)
    }

    /// A name with the namespace that stands before its colon.
    fn qualified(&self, name: &str) -> (String, String) {
        let own = || (self.namespace_uri.clone(), name.to_owned());
        let Some((alias, rest)) = name.split_once(':') else { return own() };
        match self.namespaces.get(alias) {
            Some(uri) => (uri.clone(), rest.to_owned()),
            None if alias == "ua" => (UA_NAMESPACE.to_owned(), rest.to_owned()),
            None => own(),
        }
    }

    /// Names of what the polls answer.
    pub fn polled(&self) -> impl Iterator<Item = &str> {
        let methods = self.polls.iter().filter_map(|name| self.methods.get(name));
        let outputs = methods.flat_map(|method| &method.outputs);
        outputs.map(String::as_str).filter(|name| *name != "_")
    }

    /// Everything that can be told without the dialect.
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        if self.namespace_uri.is_empty() {
            return Err(ProfileError::Empty { key: "namespace_uri" });
        }
        for point in self.points.values() {
            self.place(&point.node)?;
        }
        for (name, method) in &self.methods {
            self.place(&method.object)?;
            self.place(&method.node)?;
            if let Some(output) = method.good.keys().find(|&key| !method.outputs.contains(key)) {
                let (method, name) = (name.clone(), output.clone());
                let why = "it is named in good, and is no output";
                return Err(ProfileError::Argument { method, name, why });
            }
        }
        for name in &self.polls {
            let missing = || ProfileError::MethodMissing { name: name.clone(), table: "methods" };
            let method = self.methods.get(name).ok_or_else(missing)?;
            if let Some(argument) = method.arguments.first() {
                let (method, name) = (name.clone(), argument.name.clone());
                let why = "a method that is polled takes nothing";
                return Err(ProfileError::Argument { method, name, why });
            }
        }
        Ok(())
    }
}

impl Places for Nodes {
    fn writes(&self, name: &str) -> Result<(), ProfileError> {
        let missing = || ProfileError::PointMissing { name: name.to_owned() };
        self.points.get(name).map(|_| ()).ok_or_else(missing)
    }

    fn reads(&self, name: &str) -> Result<(), ProfileError> {
        if self.polled().any(|polled| polled == name) { Ok(()) } else { self.writes(name) }
    }

    fn counts(&self, name: &str) -> Result<(), ProfileError> {
        let why = "it is read as a number, and is a text: give its words numbers in \
                   [labeler.meanings]";
        let text = self.points.get(name).is_some_and(|point| point.encoding == NodeType::Text);
        if text {
            return Err(ProfileError::Point { name: name.to_owned(), why });
        }
        self.reads(name)
    }

    fn takes(&self, method: &str, values: &Writes) -> Result<(), ProfileError> {
        let missing = || ProfileError::MethodMissing { name: method.to_owned(), table: "methods" };
        let found = self.methods.get(method).ok_or_else(missing)?;
        takes_exactly(method, found.arguments.iter().map(|a| a.name.as_str()), values)
    }
}
