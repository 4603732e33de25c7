//! Messages of a device that talks in texts over TCP: framing, requests, what their replies hold.
//!
//! Part of the profiles of such devices. Must never say what a place is for: that is the dialect's.

use crate::ProfileError;
use crate::dialect::{Pattern, Places, Writes, takes_exactly};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest message, in bytes, between its frame's marks.
pub const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// Who opens the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// We connect to the device: the endpoint is its address.
    #[default]
    Connect,
    /// The device connects to us: the endpoint is our address.
    Listen,
}

/// The marks around a message.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Before it; whatever comes before this mark is dropped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub begins: String,
    /// Behind it.
    pub ends: String,
}

/// A message and its replies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// What is sent; its places are filled by an action.
    pub send: Pattern,
    /// What must come back, message by message; none for a device that does not answer this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Pattern>,
}

/// What a device understands and says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// Who connects.
    #[serde(default)]
    pub role: Role,
    /// Marks of what we send.
    pub send_frame: Frame,
    /// Marks of what comes.
    pub reply_frame: Frame,
    /// Messages by name.
    pub messages: BTreeMap<String, Message>,
    /// Messages without places that are sent each cycle: the places of their replies are points.
    pub polls: Vec<String>,
    /// What the device says of its own accord, and nobody needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Pattern>,
}

impl Messages {
    /// Names of what the polls' replies hold.
    pub fn polled(&self) -> impl Iterator<Item = &str> {
        let polls = self.polls.iter().filter_map(|name| self.messages.get(name));
        polls.flat_map(|message| message.replies.iter().flat_map(Pattern::places))
    }

    /// Everything that can be told without the dialect.
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        for (key, frame) in
            [("send_frame.ends", &self.send_frame), ("reply_frame.ends", &self.reply_frame)]
        {
            if frame.ends.is_empty() {
                return Err(ProfileError::Empty { key });
            }
        }
        for name in &self.polls {
            let message = self.messages.get(name).ok_or_else(|| missing(name))?;
            if let Some(place) = message.send.places().next() {
                let (method, name) = (name.clone(), place.to_owned());
                let why = "a message that is polled has no places";
                return Err(ProfileError::Argument { method, name, why });
            }
            if message.replies.is_empty() {
                let (method, name) = (name.clone(), "replies".to_owned());
                let why = "a message that is polled has replies";
                return Err(ProfileError::Argument { method, name, why });
            }
        }
        Ok(())
    }
}

fn missing(name: &str) -> ProfileError {
    ProfileError::MethodMissing { name: name.to_owned(), table: "messages" }
}

impl Places for Messages {
    fn writes(&self, name: &str) -> Result<(), ProfileError> {
        let why = "a device that talks in texts gets values in messages: use the handshake call";
        Err(ProfileError::Point { name: name.to_owned(), why })
    }

    fn reads(&self, name: &str) -> Result<(), ProfileError> {
        let why = "no reply to a message of polls has this place";
        let none = || ProfileError::Point { name: name.to_owned(), why };
        self.polled().any(|polled| polled == name).then_some(()).ok_or_else(none)
    }

    fn counts(&self, name: &str) -> Result<(), ProfileError> {
        self.reads(name)
    }

    fn takes(&self, method: &str, values: &Writes) -> Result<(), ProfileError> {
        let message = self.messages.get(method).ok_or_else(|| missing(method))?;
        let places: Vec<&str> = message.send.places().collect();
        takes_exactly(method, places.into_iter(), values)
    }
}
