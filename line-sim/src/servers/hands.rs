//! The hands socket: one JSON request a line, one JSON answer a line, over loopback TCP.
//!
//! Started by the runner; each connection has a thread, their number and the length of a line are
//! bounded. It must never interpret a request: the handler does.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// People at the line at a time.
const CONNECTIONS_MAX: usize = 8;
/// Longest request in bytes.
const LINE_BYTES_MAX: u64 = 4_096;

type Handler = Arc<Mutex<dyn FnMut(&str) -> String + Send>>;

/// The running server; dropping it ends it.
pub struct HandsServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl HandsServer {
    /// Serves `handler` on a free port of 127.0.0.1: it gets a line and answers one, both without
    /// line end.
    ///
    /// # Errors
    /// When the port or the thread is refused.
    pub fn start(handler: impl FnMut(&str) -> String + Send + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, handler) = (stop.clone(), Arc::new(Mutex::new(handler)));
        let thread = std::thread::Builder::new()
            .name("sim-hands".to_owned())
            .spawn(move || accept(&listener, &(handler as Handler), &stopped))?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HandsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address); // Wakes the accept.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, handler: &Handler, stop: &AtomicBool) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if stop.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if open.load(Ordering::Acquire) >= CONNECTIONS_MAX {
            continue;
        }
        open.fetch_add(1, Ordering::AcqRel);
        let (handler, counter) = (handler.clone(), open.clone());
        let serve = move || {
            let _ = serve(stream, &handler);
            counter.fetch_sub(1, Ordering::AcqRel);
        };
        if std::thread::Builder::new().name("sim-hand".to_owned()).spawn(serve).is_err() {
            open.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn serve(mut stream: TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)?;
        if read == 0 || !line.ends_with('\n') {
            return Ok(()); // The end, or a line beyond the bound.
        }
        let mut answer = {
            let mut handler = handler.lock().unwrap_or_else(PoisonError::into_inner);
            handler(line.trim_end())
        };
        answer.push('\n');
        stream.write_all(answer.as_bytes())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_line() {
        let server = HandsServer::start(|line| format!("<{line}>")).unwrap();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"one\ntwo\n").unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "<one>");
        assert_eq!(lines.next().unwrap().unwrap(), "<two>");
    }

    #[test]
    fn an_endless_line_ends_the_connection() {
        let server = HandsServer::start(str::to_owned).unwrap();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(&vec![b'x'; LINE_BYTES_MAX as usize]).unwrap();
        let mut rest = Vec::new();
        assert_eq!(stream.read_to_end(&mut rest).unwrap(), 0);
    }
}
