//! A TCP server for a device that talks in texts, on loopback only.
//!
//! Used by the foreign devices; each connection is a task. It must never know what a text means.

use super::{ServerThread, Shared, listen, lock, relay};
use crate::world::Device;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A device that is told things and answers.
pub(super) trait Texts: Send + Sync + 'static {
    /// Takes what is whole out of `come`, and answers it; bytes that are not whole stay.
    fn answer(&self, come: &mut Vec<u8>) -> Vec<u8>;
}

/// Most that is kept of what never becomes whole.
const BYTES_MAX: usize = 64 << 10;

/// Starts the server of a device and the relay in front of it.
pub(super) fn start(
    name: &'static str,
    device: Device,
    devices: &Shared,
    texts: Arc<dyn Texts>,
) -> io::Result<ServerThread> {
    let (public, address) = listen()?;
    let (inner, inner_address) = listen()?;
    let devices = devices.clone();
    ServerThread::start(name, address, move || async move {
        let public = TcpListener::from_std(public)?;
        let inner = TcpListener::from_std(inner)?;
        let relay = relay::run(public, inner_address, devices.clone(), device);
        tokio::try_join!(accept(&inner, device, &devices, &texts), relay)?;
        Ok(())
    })
}

async fn accept(
    listener: &TcpListener,
    device: Device,
    devices: &Shared,
    texts: &Arc<dyn Texts>,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, device, devices.clone(), texts.clone()));
    }
}

async fn serve(
    mut stream: TcpStream,
    device: Device,
    devices: Shared,
    texts: Arc<dyn Texts>,
) -> io::Result<()> {
    let mut come = Vec::new();
    loop {
        if stream.read_buf(&mut come).await? == 0 || come.len() > BYTES_MAX {
            return Ok(());
        }
        if !lock(&devices).link_is_up(device) {
            return Ok(());
        }
        let answer = texts.answer(&mut come);
        stream.write_all(&answer).await?;
    }
}

/// Takes the text before `end` out of what came.
pub(super) fn line(come: &mut Vec<u8>, end: u8) -> Option<String> {
    let at = come.iter().position(|&byte| byte == end)?;
    let text = come.drain(..=at).take(at).map(char::from).collect();
    Some(text)
}
