//! Connections from other hosts: each is handed on when its TLS handshake is done.
//!
//! Served beside the loopback listener. Handshakes are bounded in number and time, so that callers
//! who never finish one keep nobody out for long. Must never hand on a connection in clear text.

use crate::tls::{Current, Tls, TlsError};
use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Handshakes under way; further callers wait in the operating system's queue.
const HANDSHAKES_MAX: usize = 32;
/// What takes longer is no browser on this site's network.
const HANDSHAKE_WAIT_MAX: Duration = Duration::from_secs(5);
/// The certificate's files are looked at this often.
const RENEW_EVERY: Duration = Duration::from_secs(30);
/// After a failed accept (no file descriptor left) the next try waits.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

type Secured = (TlsStream<TcpStream>, SocketAddr);

/// A socket for TLS, before anybody is served.
#[derive(Debug)]
pub(crate) struct TlsBound {
    listener: std::net::TcpListener,
    pub(crate) addr: SocketAddr,
    pub(crate) names: Vec<String>,
    current: Arc<Current>,
}

impl TlsBound {
    /// Listens with the certificate and key of `tls`.
    ///
    /// # Errors
    /// [`TlsError`]; or the address cannot be had.
    pub(crate) fn bind(tls: &Tls) -> Result<io::Result<Self>, TlsError> {
        let current = Current::read(tls)?;
        let listen = || {
            let listener = std::net::TcpListener::bind(tls.listen)?;
            listener.set_nonblocking(true)?;
            let (addr, names) = (listener.local_addr()?, tls.names.clone());
            Ok(Self { listener, addr, names, current })
        };
        Ok(listen())
    }

    /// Begins to take connections; must be called within a tokio runtime.
    ///
    /// # Errors
    /// The socket, or the library's own parts.
    pub(crate) fn listen(self) -> io::Result<TlsListener> {
        let listener = TcpListener::from_std(self.listener)?;
        let config = self.current.config().map_err(io::Error::other)?;
        let (hand_on, secured) = mpsc::channel(HANDSHAKES_MAX);
        tokio::spawn(accept(listener, TlsAcceptor::from(config), hand_on.clone()));
        tokio::spawn(renew(self.current, hand_on));
        Ok(TlsListener { secured, addr: self.addr })
    }
}

/// Takes connections whose handshake is done.
pub(crate) struct TlsListener {
    secured: mpsc::Receiver<Secured>,
    addr: SocketAddr,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Secured {
        match self.secured.recv().await {
            Some(secured) => secured,
            // Both tasks live as long as this does.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, hand_on: mpsc::Sender<Secured>) {
    let room = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    while !hand_on.is_closed() {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = hand_on.closed() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (acceptor, hand_on) = (acceptor.clone(), hand_on.clone());
        tokio::spawn(async move {
            let shaken = tokio::time::timeout(HANDSHAKE_WAIT_MAX, acceptor.accept(stream)).await;
            drop(place);
            match shaken {
                Ok(Ok(stream)) => drop(hand_on.send((stream, peer)).await),
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
            }
        });
    }
}

async fn renew(current: Arc<Current>, hand_on: mpsc::Sender<Secured>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RENEW_EVERY) => current.renew(),
            () = hand_on.closed() => return,
        }
    }
}
