//! Eyes and hands at the simulated line, through its socket.
//!
//! Used by the demo's scripted person and by trial runs on a simulated line. Must never be needed
//! on a real one: there a person has hands.

use line_sim::hands::{HandsRequest, HandsResponse};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

const HANDS_WAIT: Duration = Duration::from_secs(5);

/// A connection that is made at the first use.
pub struct Hands {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Hands {
    /// At `HOST:PORT`.
    #[must_use]
    pub const fn at(address: String) -> Self {
        Self { address, stream: None }
    }

    /// Does one thing.
    ///
    /// # Errors
    /// In words.
    pub fn request(&mut self, request: &HandsRequest) -> Result<HandsResponse, String> {
        let failed = |e: std::io::Error| format!("failed to use the hands: {e}");
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).map_err(failed)?;
            stream.set_read_timeout(Some(HANDS_WAIT)).map_err(failed)?;
            stream.set_nodelay(true).map_err(failed)?;
            self.stream = Some(BufReader::new(stream));
        }
        let Some(stream) = self.stream.as_mut() else { return Err("no hands".into()) };
        let mut text = serde_json::to_string(request).map_err(|e| e.to_string())?;
        text.push('\n');
        stream.get_mut().write_all(text.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_line(&mut answer).map_err(failed)?;
        serde_json::from_str(&answer).map_err(|e| format!("hands answered {answer:?}: {e}"))
    }
}
