//! A labeler that talks in texts over TCP: messages that are polled tell how it is, others give it
//! headers and jobs.
//!
//! `run` is called by the binary on a thread of its own. Must never send a second message before
//! the replies to the first have come.

use super::foreign::{self, Connect, Foreign, Look};
use super::session::LabelerSession;
use crate::points::{Facts, PointLink, Value, Writes};
use crate::text_link::{TextLink, TextPort};
use crate::{DeviceIo, LinkError, PlainEndpoint};
use profiles::LabelerText;
use profiles::messages::Messages;
use std::collections::BTreeMap;
use std::time::Duration;

/// Where the labeler is, and its profile.
#[derive(Clone, Debug)]
pub struct LabelerConfig {
    /// `host:port` of the device, or of ours when the device connects.
    pub endpoint: PlainEndpoint,
    /// Its profile.
    pub profile: Box<LabelerText>,
}

/// Numbers that a counter in a text can tell apart: as many as digits are written.
const MODULUS: u64 = 1 << 63;

/// Talks to the labeler until `io` says stop.
///
/// # Errors
/// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged and retried.
pub fn run(
    config: &LabelerConfig,
    session: &mut LabelerSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    let profile = &config.profile;
    let moduli: BTreeMap<String, u64> =
        profile.text.polled().map(|name| (name.to_owned(), MODULUS)).collect();
    let foreign = Foreign::new(session, io, &profile.labeler, moduli);
    foreign.run(&mut Texts::of(config))
}

/// Reads its points once; tries for `limit`.
pub(super) fn look(config: &LabelerConfig, limit: Duration) -> Result<Look, LinkError> {
    foreign::look(&mut Texts::of(config), &config.profile.labeler, limit)
}

struct Texts<'a> {
    port: TextPort,
    messages: &'a Messages,
}

impl<'a> Texts<'a> {
    fn of(config: &'a LabelerConfig) -> Self {
        let LabelerConfig { endpoint, profile } = config;
        let limit = foreign::timeout(&profile.labeler);
        let port = TextPort::new(endpoint.clone(), profile.text.role, limit);
        Self { port, messages: &profile.text }
    }
}

impl<'a> Connect for Texts<'a> {
    type Link = Talk<'a>;

    async fn connect(&mut self) -> Result<Talk<'a>, LinkError> {
        Ok(Talk { link: self.port.connect().await?, messages: self.messages })
    }

    async fn close(&mut self, link: Talk<'a>, _clean: bool) {
        drop(link);
    }
}

struct Talk<'a> {
    link: TextLink,
    messages: &'a Messages,
}

impl PointLink for Talk<'_> {
    async fn read(&mut self) -> Result<Facts, LinkError> {
        let mut facts = Facts::new();
        for poll in &self.messages.polls {
            let Some(message) = self.messages.messages.get(poll) else { continue };
            let held = self.link.ask(self.messages, message, |_| String::new()).await?;
            facts.extend(held.into_iter().map(|(name, text)| (name, Value::Text(text))));
        }
        Ok(facts)
    }

    async fn write(&mut self, writes: &Writes) -> Result<(), LinkError> {
        let Some((name, _)) = &writes.sign else { return Ok(()) };
        let Some(message) = self.messages.messages.get(name) else { return Ok(()) };
        let value = |place: &str| {
            let found = writes.values.iter().find(|(name, _)| name == place);
            found.map(|(_, value)| value.to_string()).unwrap_or_default()
        };
        self.link.ask(self.messages, message, value).await.map(|_| ())
    }
}
