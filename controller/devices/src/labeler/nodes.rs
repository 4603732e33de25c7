//! A labeler over OPC UA with an address space of its own: variables are read and written, methods
//! are called.
//!
//! `run` is called by the binary on a thread of its own. Nothing is subscribed: every answer is the
//! heartbeat. Must never write the sign in one request with the values: a device may take them in
//! any order.

use super::foreign::{self, Connect, Foreign, Look};
use super::session::LabelerSession;
use crate::opcua_link::{OpcuaAddress, OpcuaLink};
use crate::points::{Facts, PointLink, Value, Writes, value_of, variant_of};
use crate::{DeviceIo, LinkError, OpcuaEndpoint};
use opcua::types::{NodeId, Variant};
use profiles::LabelerNodes;
use profiles::nodes::{NodeMethod, NodeType};
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest wait for a session.
const CONNECT_MS: u64 = 1_000;

/// Where the labeler is, and its profile.
#[derive(Clone, Debug)]
pub struct LabelerConfig {
    /// Address and security.
    pub endpoint: OpcuaEndpoint,
    /// Its profile.
    pub profile: Box<LabelerNodes>,
}

/// Talks to the labeler until `io` says stop.
///
/// # Errors
/// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged and retried.
pub fn run(
    config: &LabelerConfig,
    session: &mut LabelerSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    let points = config.profile.nodes.points.iter();
    let moduli = points.map(|(name, point)| (name.clone(), point.encoding.modulus())).collect();
    Foreign::new(session, io, &config.profile.labeler, moduli).run(&mut Nodes { config })
}

/// Reads its points once; tries for `limit`.
pub(super) fn look(config: &LabelerConfig, limit: Duration) -> Result<Look, LinkError> {
    foreign::look(&mut Nodes { config }, &config.profile.labeler, limit)
}

struct Nodes<'a> {
    config: &'a LabelerConfig,
}

impl<'a> Connect for Nodes<'a> {
    type Link = NodeLink<'a>;

    async fn connect(&mut self) -> Result<NodeLink<'a>, LinkError> {
        let profile = &self.config.profile;
        let link = OpcuaLink::connect(&OpcuaAddress {
            endpoint: &self.config.endpoint,
            namespace_uri: &profile.nodes.namespace_uri,
            object: "",
            timeout_ms: u64::from(profile.labeler.pace.timeout_ms),
            connect_ms: CONNECT_MS,
        })
        .await?;
        match Found::find(&link, profile).await {
            Ok(found) => Ok(NodeLink { link, found, polls: &profile.nodes.polls }),
            Err(error) => {
                link.close(false).await;
                Err(error)
            }
        }
    }

    async fn close(&mut self, link: NodeLink<'a>, clean: bool) {
        link.link.close(clean).await;
    }
}

struct Method<'a> {
    described: &'a NodeMethod,
    object: NodeId,
    node: NodeId,
}

/// The nodes of the profile in a session.
struct Found<'a> {
    points: BTreeMap<&'a str, (NodeId, NodeType)>,
    methods: BTreeMap<&'a str, Method<'a>>,
    /// Points that are read each cycle, and their nodes.
    read: (Vec<&'a str>, Vec<NodeId>),
}

struct NodeLink<'a> {
    link: OpcuaLink,
    found: Found<'a>,
    polls: &'a [String],
}

impl<'a> Found<'a> {
    async fn find(link: &OpcuaLink, profile: &'a LabelerNodes) -> Result<Self, LinkError> {
        let nodes = &profile.nodes;
        let place = |address| {
            nodes.place(address).map_err(|error| LinkError::protocol("find a node", error))
        };
        let mut points = BTreeMap::new();
        for (name, point) in &nodes.points {
            let node = link.find(&place(&point.node)?).await?;
            points.insert(name.as_str(), (node, point.encoding));
        }
        let mut methods = BTreeMap::new();
        for (name, described) in &nodes.methods {
            let object = link.find(&place(&described.object)?).await?;
            let node = link.find(&place(&described.node)?).await?;
            methods.insert(name.as_str(), Method { described, object, node });
        }
        let names = profile.labeler.read();
        let read = names.filter_map(|name| Some((name, points.get(name)?.0.clone()))).unzip();
        Ok(Self { points, methods, read })
    }
}

impl NodeLink<'_> {
    async fn call(&self, name: &str, values: &[(String, Value)]) -> Result<Facts, LinkError> {
        let doing = "call its method";
        let missing = || LinkError::protocol(doing, format!("there is no method {name}"));
        let method = self.found.methods.get(name).ok_or_else(missing)?;
        let mut arguments = Vec::with_capacity(method.described.arguments.len());
        for argument in &method.described.arguments {
            let value = values.iter().find(|(name, _)| *name == argument.name);
            let variant = value.and_then(|(_, value)| variant_of(value, argument.encoding));
            arguments.push(variant.ok_or_else(|| {
                let shown = value.map(|(_, value)| value.to_string()).unwrap_or_default();
                LinkError::protocol(doing, format!("{shown:?} does not fit {}", argument.name))
            })?);
        }
        let answer = self.link.call_on(doing, &method.object, &method.node, arguments).await?;
        let facts = outputs(method.described, &answer);
        match refusal(method.described, &facts) {
            Some(what) => Err(LinkError::Device { doing, what: format!("{name}: {what}") }),
            None => Ok(facts),
        }
    }
}

/// What a method answered, by the names of its outputs.
fn outputs(method: &NodeMethod, answer: &[Variant]) -> Facts {
    let named = method.outputs.iter().zip(answer).filter(|(name, _)| *name != "_");
    named.filter_map(|(name, variant)| Some((name.clone(), value_of(variant)?))).collect()
}

/// An answer that is not one of those that mean that it has obeyed.
fn refusal(method: &NodeMethod, facts: &Facts) -> Option<String> {
    method.good.iter().find_map(|(output, good)| {
        let shown = facts.get(output).map(ToString::to_string).unwrap_or_default();
        (!good.contains(&shown)).then(|| format!("it answers {output} = {shown:?}"))
    })
}

impl PointLink for NodeLink<'_> {
    async fn read(&mut self) -> Result<Facts, LinkError> {
        let mut facts = Facts::new();
        for poll in self.polls {
            facts.append(&mut self.call(poll, &[]).await?);
        }
        let (names, nodes) = &self.found.read;
        if nodes.is_empty() {
            return Ok(facts);
        }
        for (name, variant) in names.iter().zip(self.link.read_values(nodes).await?) {
            let strange = || LinkError::protocol("read its points", format!("{name}: {variant}"));
            facts.insert((*name).to_owned(), value_of(&variant).ok_or_else(strange)?);
        }
        Ok(facts)
    }

    async fn write(&mut self, writes: &Writes) -> Result<(), LinkError> {
        if let Some((method, _)) = &writes.sign
            && self.found.methods.contains_key(method.as_str())
        {
            return self.call(method, &writes.values).await.map(|_| ());
        }
        for values in [writes.values.as_slice(), writes.sign.as_slice()] {
            let mut written = Vec::with_capacity(values.len());
            for (name, value) in values {
                let Some((node, encoding)) = self.found.points.get(name.as_str()) else { continue };
                let fits = variant_of(value, *encoding);
                let what = || LinkError::protocol("write", format!("{value} does not fit {name}"));
                written.push((node.clone(), fits.ok_or_else(what)?));
            }
            if !written.is_empty() {
                self.link.write_values(written).await?;
            }
        }
        Ok(())
    }
}
