//! One Modbus TCP connection: exchange, read, write, each within the timeout.
//!
//! Used by the Modbus transports. After any error the connection must be dropped: its answers may
//! be out of step, and the library tells the end of the stream only as some I/O error.

use crate::link::{LinkError, within};
use crate::plain_endpoint::{PlainEndpoint, open_plain};
use crate::points::{Cells, RegisterWrite, Span};
use profiles::registers::Table;
use std::time::Duration;
use tokio_modbus::client::{Context, Reader, Writer, tcp};
use tokio_modbus::{Error, ExceptionCode, Slave};

/// An open connection.
pub(crate) struct ModbusLink {
    context: Context,
    limit: Duration,
}

impl ModbusLink {
    /// Connects to the device.
    pub(crate) async fn connect(
        endpoint: &PlainEndpoint,
        unit_id: u8,
        limit: Duration,
    ) -> Result<Self, LinkError> {
        let stream = open_plain(endpoint, limit).await?;
        Ok(Self { context: tcp::attach_slave(stream, Slave(unit_id)), limit })
    }

    /// FC23: writes, then reads `registers` registers.
    pub(crate) async fn exchange(
        &mut self,
        write_address: u16,
        words: &[u16],
        read_address: u16,
        registers: usize,
    ) -> Result<Vec<u16>, LinkError> {
        let doing = "exchange frames";
        let context = &mut self.context;
        let call = context.read_write_multiple_registers(
            read_address,
            registers as u16,
            write_address,
            words,
        );
        flatten(doing, within(doing, self.limit, call).await?)
    }

    /// FC3: reads `registers` registers.
    pub(crate) async fn read(
        &mut self,
        address: u16,
        registers: usize,
    ) -> Result<Vec<u16>, LinkError> {
        let doing = "read the status";
        let call = self.context.read_holding_registers(address, registers as u16);
        flatten(doing, within(doing, self.limit, call).await?)
    }

    /// FC16: writes.
    pub(crate) async fn write(&mut self, address: u16, words: &[u16]) -> Result<(), LinkError> {
        let doing = "write the batch header";
        let call = self.context.write_multiple_registers(address, words);
        flatten(doing, within(doing, self.limit, call).await?)
    }

    /// FC1 to FC4: reads a span.
    pub(crate) async fn read_span(&mut self, span: &Span) -> Result<Cells, LinkError> {
        let doing = "read its points";
        let Span { table, address, count } = *span;
        let (context, limit) = (&mut self.context, self.limit);
        let bits = match table {
            Table::Holding => {
                let call = context.read_holding_registers(address, count);
                return flatten(doing, within(doing, limit, call).await?).map(Cells::Words);
            }
            Table::Input => {
                let call = context.read_input_registers(address, count);
                return flatten(doing, within(doing, limit, call).await?).map(Cells::Words);
            }
            Table::Coil => within(doing, limit, context.read_coils(address, count)).await?,
            Table::Discrete => {
                within(doing, limit, context.read_discrete_inputs(address, count)).await?
            }
        };
        flatten(doing, bits).map(Cells::Bits)
    }

    /// FC15, FC16: writes what follows each other.
    pub(crate) async fn put(&mut self, write: &RegisterWrite) -> Result<(), LinkError> {
        let doing = "write its points";
        let (context, limit) = (&mut self.context, self.limit);
        let done = match write {
            RegisterWrite::Words(address, words) => {
                within(doing, limit, context.write_multiple_registers(*address, words)).await?
            }
            RegisterWrite::Bits(address, bits) => {
                within(doing, limit, context.write_multiple_coils(*address, bits)).await?
            }
        };
        flatten(doing, done)
    }
}

fn flatten<T>(
    doing: &'static str,
    answer: Result<Result<T, ExceptionCode>, Error>,
) -> Result<T, LinkError> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(exception)) => Err(LinkError::Device { doing, what: exception.to_string() }),
        Err(Error::Protocol(error)) => Err(LinkError::protocol(doing, error)),
        Err(Error::Transport(source)) => Err(LinkError::Transport { doing, source }),
    }
}
