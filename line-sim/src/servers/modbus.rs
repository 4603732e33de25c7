//! A Modbus TCP server for one device: function codes and addresses are checked here, frames are
//! handed on as blocks of registers.
//!
//! Used by the line-I/O and the labeler server. It must never know what a register means.

use super::{ServerThread, Shared, listen, lock, name, relay};
use crate::world::Device;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

/// What a device answers; `None` is no answer at all.
pub(super) type Answer = Result<Option<Vec<u16>>, ExceptionCode>;

/// A device as blocks of registers.
pub(super) trait Registers: Send + Sync + 'static {
    /// Modbus unit identifier.
    fn unit_id(&self) -> u8;
    /// FC3.
    fn read(&self, address: u16, count: u16) -> Answer;
    /// FC4.
    fn read_input(&self, _address: u16, _count: u16) -> Answer {
        Err(ExceptionCode::IllegalFunction)
    }
    /// FC16; the answer's registers are not used.
    fn write(&self, address: u16, words: &[u16]) -> Answer;
    /// FC23: the write is handled before the read.
    fn exchange(&self, write: u16, words: &[u16], read: u16, count: u16) -> Answer;
}

/// Starts the server of a device and the relay in front of it.
pub(super) fn start(
    device: Device,
    devices: &Shared,
    registers: Arc<dyn Registers>,
) -> io::Result<ServerThread> {
    let (public, address) = listen()?;
    let (inner, inner_address) = listen()?;
    let devices = devices.clone();
    ServerThread::start(name(device), address, move || async move {
        let public = TcpListener::from_std(public)?;
        let inner = TcpListener::from_std(inner)?;
        let unit = Unit { device, devices: devices.clone(), registers };
        tokio::try_join!(
            serve(inner, Arc::new(unit)),
            relay::run(public, inner_address, devices, device)
        )?;
        Ok(())
    })
}

async fn serve(listener: TcpListener, unit: Arc<Unit>) -> io::Result<()> {
    let connected = move |stream: TcpStream, address: SocketAddr| {
        let unit = unit.clone();
        async move { accept_tcp_connection(stream, address, |_| Ok(Some(unit.clone()))) }
    };
    let failed = |error| tracing::debug!("failed to serve a connection: {error}");
    Server::new(listener).serve(&connected, failed).await
}

struct Unit {
    device: Device,
    devices: Shared,
    registers: Arc<dyn Registers>,
}

impl Unit {
    fn answer(&self, request: SlaveRequest<'static>) -> Result<Option<Response>, ExceptionCode> {
        if !lock(&self.devices).link_is_up(self.device) {
            return Ok(None);
        }
        let registers = &self.registers;
        if request.slave != registers.unit_id() {
            return Err(ExceptionCode::GatewayTargetDevice);
        }
        match request.request {
            Request::ReadHoldingRegisters(address, count) => {
                let words = registers.read(address, count)?;
                Ok(words.map(Response::ReadHoldingRegisters))
            }
            Request::ReadInputRegisters(address, count) => {
                let words = registers.read_input(address, count)?;
                Ok(words.map(Response::ReadInputRegisters))
            }
            Request::WriteMultipleRegisters(address, words) => {
                let written = words.len() as u16;
                let done = registers.write(address, &words)?;
                Ok(done.map(|_| Response::WriteMultipleRegisters(address, written)))
            }
            Request::ReadWriteMultipleRegisters(read, count, write, words) => {
                let words = registers.exchange(write, &words, read, count)?;
                Ok(words.map(Response::ReadWriteMultipleRegisters))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        }
    }
}

impl Service for Unit {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Option<Response>, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        ready(self.answer(request))
    }
}

/// Registers `address..address + count` of a block that begins at `base`.
pub(super) fn part(block: &[u16], base: u16, address: u16, count: u16) -> Answer {
    let from = address.checked_sub(base).map(usize::from);
    let words = from.and_then(|from| block.get(from..from + usize::from(count)));
    words.map(|words| Some(words.to_vec())).ok_or(ExceptionCode::IllegalDataAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_block() {
        let block = [10, 11, 12];
        let outside = Err(ExceptionCode::IllegalDataAddress);
        let table = [
            (100, 3, Ok(Some(vec![10, 11, 12]))),
            (101, 1, Ok(Some(vec![11]))),
            (102, 2, outside.clone()),
            (99, 1, outside.clone()),
            (104, 1, outside),
        ];
        for (address, count, expected) in table {
            assert_eq!(part(&block, 100, address, count), expected, "{address} {count}");
        }
    }
}
