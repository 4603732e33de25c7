//! One connection through the proxy: two directions, each read, cut into frames, and written when
//! its faults let it.
//!
//! Runs on the proxy's runtime. What was sent before its sender went away is still delivered, late
//! as it may be: a network does that, too. It must never write half a frame but where a fault says
//! so.

use super::Shared;
use super::fault::{Direction, FaultKind};
use super::frames::Splitter;
use super::outbox::{Act, Outbox};
use super::state::Link;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

/// Read at a time.
const PIECE: usize = 16 * 1024;

/// A fault has ended the connection.
struct Ended;

/// Serves a connection of a client until it is over.
pub(super) async fn serve(mut client: TcpStream, to: SocketAddr, shared: Shared) {
    let mut resets = shared.resets();
    let _ = client.set_nodelay(true);
    let link = shared.state().link(Instant::now());
    match link {
        Link::Down(kind) => {
            shared.state().struck(kind);
            reset(&client);
        }
        Link::Dark => {
            shared.state().struck(FaultKind::Blackhole);
            tokio::select! {
                () = swallow(&mut client) => {}
                _ = resets.changed() => reset(&client),
            }
        }
        Link::Open => {
            let Ok(mut device) = TcpStream::connect(to).await else { return reset(&client) };
            let _ = device.set_nodelay(true);
            let was_reset = tokio::select! {
                () = forward(&mut client, &mut device, &shared) => false,
                _ = resets.changed() => true,
            };
            if was_reset {
                let mut state = shared.state();
                let kind = state.cut_kind(Instant::now());
                state.struck(kind);
                reset(&client);
                reset(&device);
            }
        }
    }
}

/// Dropped from now on, the connection is reset and not closed.
fn reset(stream: &TcpStream) {
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Nothing that comes is ever answered.
async fn swallow(client: &mut TcpStream) {
    let mut piece = [0; PIECE];
    while client.read(&mut piece).await.is_ok_and(|read| read > 0) {}
}

async fn forward(client: &mut TcpStream, device: &mut TcpStream, shared: &Shared) {
    let (from_client, to_client) = client.split();
    let (from_device, to_device) = device.split();
    // An error ends both directions at once.
    let _ = tokio::try_join!(
        pump(from_client, to_device, Direction::ToDevice, shared),
        pump(from_device, to_client, Direction::ToController, shared),
    );
}

async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    direction: Direction,
    shared: &Shared,
) -> Result<(), Ended> {
    let (mut splitter, mut outbox) = (Splitter::default(), Outbox::default());
    let mut piece = vec![0; PIECE];
    let (mut reading, mut last) = (true, false);
    loop {
        while let Some(frame) = outbox.due(Instant::now()) {
            if to.write_all(&frame).await.is_err() {
                return Ok(());
            }
        }
        let due = outbox.next_due();
        if last && due.is_none() {
            return Err(Ended);
        }
        if !reading && due.is_none() {
            let _ = to.shutdown().await;
            return Ok(());
        }
        tokio::select! {
            read = from.read(&mut piece), if reading => {
                let read = read.unwrap_or(0);
                splitter.push(&piece[..read]);
                reading = read > 0;
                last |= take(&mut splitter, &mut outbox, direction, shared);
                if !reading && let Some(rest) = splitter.rest() {
                    outbox.take(rest, Act::Pass, Instant::now());
                }
                reading &= !last;
            }
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now).into()),
                if due.is_some() => {}
        }
    }
}

/// Hands every whole frame on as its faults say. True: one was the last.
fn take(
    splitter: &mut Splitter,
    outbox: &mut Outbox,
    direction: Direction,
    shared: &Shared,
) -> bool {
    while let Some(frame) = splitter.next() {
        let now = Instant::now();
        shared.tap(direction, &frame);
        let act = shared.state().on_frame(direction, now);
        if !outbox.take(frame, act, now) {
            return true;
        }
    }
    false
}
