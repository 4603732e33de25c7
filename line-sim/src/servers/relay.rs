//! A TCP relay in front of a server: forwards while the link is up, drops every connection when it
//! is cut or the device restarts, and closes new ones at once until it is back.
//!
//! One for each device, because neither the Modbus nor the OPC UA server can drop its connections.
//! It must never change or look at what it forwards.

use super::{Shared, lock};
use crate::world::Device;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How often the line is asked for the state of the link.
const POLL: Duration = Duration::from_millis(2);

/// State of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Link {
    up: bool,
    epoch: u64,
}

impl Link {
    fn of(devices: &Shared, device: Device) -> Self {
        let devices = lock(devices);
        Self { up: devices.link_is_up(device), epoch: devices.connection_epoch(device) }
    }
}

/// Forwards connections of `public` to `inner` until the listener fails.
pub(super) async fn run(
    public: TcpListener,
    inner: SocketAddr,
    devices: Shared,
    device: Device,
) -> io::Result<()> {
    let (state, watched) = watch::channel(Link::of(&devices, device));
    let accept = async {
        loop {
            let (client, _) = public.accept().await?;
            tokio::spawn(forward(client, inner, watched.clone()));
        }
    };
    let watch = async {
        loop {
            tokio::time::sleep(POLL).await;
            let link = Link::of(&devices, device);
            state.send_if_modified(|known| {
                let changed = *known != link;
                *known = link;
                changed
            });
        }
    };
    tokio::select! {
        result = accept => result,
        () = watch => Ok(()),
    }
}

async fn forward(mut client: TcpStream, inner: SocketAddr, mut link: watch::Receiver<Link>) {
    let begun = *link.borrow_and_update();
    if !begun.up {
        return;
    }
    let Ok(mut server) = TcpStream::connect(inner).await else { return };
    let _ = server.set_nodelay(true);
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _ = link.wait_for(|now| *now != begun) => {}
    }
}
