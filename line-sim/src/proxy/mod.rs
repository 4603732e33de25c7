//! A proxy between controller and device that does to a link what networks do: it loses, delays,
//! reorders, repeats and cuts off frames, swallows one direction or both, resets connections.
//!
//! Knows frames of Modbus TCP and OPC UA TCP and nothing of what is in them. Started by the command
//! `line-sim proxy` and, as a library, by tests, which give it faults while it runs and may look at
//! each frame. A thread and a runtime of its own. It must never change a byte of a frame, nor make
//! up one.

pub mod cli;
mod connection;
mod fault;
mod frames;
mod outbox;
mod script;
mod state;

pub use fault::{Direction, Fault, FaultKind};
pub use script::{Scheduled, Script, ScriptError};
pub use state::Counts;

use state::State;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often script and cuts are looked at.
const TICK: Duration = Duration::from_millis(5);

/// Looks at a frame as it comes, before a fault strikes it.
pub type Tap = Box<dyn FnMut(Direction, &[u8]) + Send>;

/// What the connections of a proxy share.
#[derive(Clone)]
struct Shared {
    state: Arc<Mutex<State>>,
    resets: watch::Sender<u64>,
    tap: Arc<Mutex<Option<Tap>>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn resets(&self) -> watch::Receiver<u64> {
        self.resets.subscribe()
    }

    fn tap(&self, direction: Direction, frame: &[u8]) {
        if let Some(tap) = &mut *self.tap.lock().unwrap_or_else(PoisonError::into_inner) {
            tap(direction, frame);
        }
    }

    fn tick(&self) {
        if self.state().tick(Instant::now()) {
            self.resets.send_modify(|resets| *resets += 1);
        }
    }
}

/// A running proxy; dropping it ends it and its connections.
pub struct Proxy {
    address: SocketAddr,
    shared: Shared,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens at `listen` (port 0: any) and passes each connection on to `to`, with the faults of
    /// `script`; `tap` sees each frame.
    ///
    /// # Errors
    /// When the port, the thread or its runtime is refused.
    pub fn start(
        listen: SocketAddr,
        to: SocketAddr,
        script: Script,
        tap: Option<Tap>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Shared {
            state: Arc::new(Mutex::new(State::new(Instant::now(), script))),
            resets: watch::Sender::new(0),
            tap: Arc::new(Mutex::new(tap)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, mut stopped) = watch::channel(false);
        let ours = shared.clone();
        let body = move || {
            runtime.block_on(async {
                tokio::select! {
                    result = serve(listener, to, ours) => {
                        if let Err(error) = result {
                            tracing::error!("failed to listen for connections: {error}");
                        }
                    }
                    _ = stopped.wait_for(|stop| *stop) => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("sim-proxy".to_owned()).spawn(body)?;
        Ok(Self { address, shared, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins a fault now.
    pub fn inject(&self, fault: Fault) {
        self.shared.state().begin(fault, Instant::now());
        self.shared.tick();
    }

    /// No fault is under way and none waits for a frame; what the script will bring counts not.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.shared.state().is_quiet(Instant::now())
    }

    /// What has been done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.state().counts.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, to: SocketAddr, shared: Shared) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let accept = async {
        loop {
            let (client, _) = listener.accept().await?;
            shared.state().counts.connections += 1;
            tokio::spawn(connection::serve(client, to, shared.clone()));
        }
    };
    let clock = async {
        loop {
            tokio::time::sleep(TICK).await;
            shared.tick();
        }
    };
    tokio::select! {
        result = accept => result,
        () = clock => Ok(()),
    }
}

#[cfg(test)]
mod tests;
