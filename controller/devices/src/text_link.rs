//! One TCP connection that carries texts between marks: a message out, its replies in, within the
//! timeout.
//!
//! Used by the transports of devices that talk in texts. After any error the connection must be
//! dropped: a late reply would be taken for that of the next message.

use crate::LinkError;
use crate::link::within;
use crate::plain_endpoint::{PlainEndpoint, open_plain};
use profiles::messages::{Frame, MESSAGE_BYTES_MAX, Message, Messages, Role};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a device that connects to us is waited for before somebody looks around.
const ACCEPT_MS: u64 = 500;

/// Where connections come from.
pub(crate) struct TextPort {
    endpoint: PlainEndpoint,
    role: Role,
    limit: Duration,
    listener: Option<TcpListener>,
}

impl TextPort {
    /// A port at this endpoint: the device's address, or ours when the device connects.
    pub(crate) fn new(endpoint: PlainEndpoint, role: Role, limit: Duration) -> Self {
        Self { endpoint, role, limit, listener: None }
    }

    /// A connection.
    pub(crate) async fn connect(&mut self) -> Result<TextLink, LinkError> {
        let stream = match self.role {
            Role::Connect => {
                open_plain(&self.endpoint, self.limit.max(Duration::from_millis(500))).await?
            }
            Role::Listen => self.accept().await?,
        };
        Ok(TextLink { stream, limit: self.limit, buffer: Vec::new() })
    }

    async fn accept(&mut self) -> Result<TcpStream, LinkError> {
        let doing = "wait for the device to connect";
        let transport = |source| LinkError::Transport { doing, source };
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => TcpListener::bind(&self.endpoint.address).await.map_err(transport)?,
        };
        let listener = &*self.listener.insert(listener);
        let accepted = within(doing, Duration::from_millis(ACCEPT_MS), listener.accept()).await?;
        let (stream, from) = accepted.map_err(transport)?;
        if !self.endpoint.network.allows(from.ip()) {
            let what = format!("{} called, which is none of line_network.peers", from.ip());
            return Err(LinkError::protocol(doing, what));
        }
        stream.set_nodelay(true).map_err(transport)?;
        Ok(stream)
    }
}

/// An open connection.
pub(crate) struct TextLink {
    stream: TcpStream,
    limit: Duration,
    /// What came and is not read yet.
    buffer: Vec<u8>,
}

impl TextLink {
    /// Sends a message whose places are filled, and answers what its replies hold.
    pub(crate) async fn ask(
        &mut self,
        messages: &Messages,
        message: &Message,
        value: impl Fn(&str) -> String,
    ) -> Result<Vec<(String, String)>, LinkError> {
        let text = message.send.fill(value);
        self.send(&messages.send_frame, &text).await?;
        let mut taken = Vec::new();
        for expected in &message.replies {
            let reply = self.receive(messages).await?;
            let parts = expected.take_apart(&reply).ok_or_else(|| LinkError::Device {
                doing: "answer a message",
                what: format!("to {text:?} it says {reply:?}"),
            })?;
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            taken.extend(parts.into_iter().map(owned));
        }
        Ok(taken)
    }

    async fn send(&mut self, frame: &Frame, text: &str) -> Result<(), LinkError> {
        let doing = "send a message";
        // One byte a character, as `receive` reads them.
        let bytes: Result<Vec<u8>, _> = [&frame.begins, text, &frame.ends]
            .iter()
            .flat_map(|s| s.chars())
            .map(u8::try_from)
            .collect();
        let bytes = bytes.map_err(|_| {
            LinkError::protocol(doing, format!("{text:?} has a character beyond Latin-1"))
        })?;
        let sent = within(doing, self.limit, self.stream.write_all(&bytes)).await?;
        sent.map_err(|source| LinkError::Transport { doing, source })
    }

    /// The next message that is not one of those to be ignored.
    async fn receive(&mut self, messages: &Messages) -> Result<String, LinkError> {
        loop {
            let text = within("read a reply", self.limit, self.message(&messages.reply_frame));
            let text = text.await??;
            if !messages.ignored.iter().any(|ignored| ignored.take_apart(&text).is_some()) {
                return Ok(text);
            }
        }
    }

    async fn message(&mut self, frame: &Frame) -> Result<String, LinkError> {
        let doing = "read a reply";
        loop {
            if let Some(text) = next_message(&mut self.buffer, frame) {
                return Ok(text);
            }
            if self.buffer.len() > MESSAGE_BYTES_MAX {
                return Err(LinkError::protocol(doing, "a message does not end"));
            }
            let read = self.stream.read_buf(&mut self.buffer).await;
            if read.map_err(|source| LinkError::Transport { doing, source })? == 0 {
                return Err(LinkError::protocol(doing, "the device has closed the connection"));
            }
        }
    }
}

/// Takes the first whole message out of what came.
fn next_message(buffer: &mut Vec<u8>, frame: &Frame) -> Option<String> {
    let (begins, ends) = (frame.begins.as_bytes(), frame.ends.as_bytes());
    let from = find(buffer, begins)? + begins.len();
    let length = find(&buffer[from..], ends)?;
    let text = buffer[from..from + length].iter().map(|&byte| char::from(byte)).collect();
    buffer.drain(..from + length + ends.len());
    Some(text)
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    if mark.is_empty() {
        return Some(0);
    }
    bytes.windows(mark.len()).position(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(begins: &str, ends: &str) -> Frame {
        Frame { begins: begins.to_owned(), ends: ends.to_owned() }
    }

    #[test]
    fn messages_come_one_after_another() {
        let frame = frame("\u{2}", "\u{3}\r\n");
        let mut buffer = b"noise\x02one\x03\r\n\x02two\x03\r\n\x02thr".to_vec();
        assert_eq!(next_message(&mut buffer, &frame).as_deref(), Some("one"));
        assert_eq!(next_message(&mut buffer, &frame).as_deref(), Some("two"));
        assert_eq!(next_message(&mut buffer, &frame), None);
        buffer.extend_from_slice(b"ee\x03\r\n");
        assert_eq!(next_message(&mut buffer, &frame).as_deref(), Some("three"));
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_message_can_be_empty_and_hold_any_byte() {
        let frame = frame("", "\r");
        let mut buffer = b"\r\xe9\r".to_vec();
        assert_eq!(next_message(&mut buffer, &frame).as_deref(), Some(""));
        assert_eq!(next_message(&mut buffer, &frame).as_deref(), Some("\u{e9}"));
    }
}
