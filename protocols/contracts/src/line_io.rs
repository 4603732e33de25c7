//! The line-I/O contract over Modbus TCP: one FC23 a cycle writes a [`LineIoCommand`] and reads a
//! [`LineIoStatus`] (the device handles the write first).
//!
//! The device is the real-time end: it latches edges with the encoder count into an epoch-numbered
//! event FIFO, fires the camera trigger at commanded counts, executes pass permits, owns the run
//! permit and lets it die with the controller's heartbeat (domain.md section 1). Used by the
//! controller's line-I/O driver and by the simulated device. Must never interpret an event.

use crate::registers::{FrameError, RegisterReader, RegisterWriter, crc32};
use heapless::Vec;

mod signals;
pub use signals::{Channel, DeviceFault, Edge, inputs, outputs};

/// Registers of a command frame, written from the profile's command address.
pub const COMMAND_REGISTERS: usize = 112;
/// Registers of a status frame, read from the profile's status address.
pub const STATUS_REGISTERS: usize = 125;
/// Camera triggers in one command.
pub const TRIGGERS_PER_FRAME: usize = 5;
/// Permits in one command.
pub const PERMITS_PER_FRAME: usize = 6;
/// FIFO events in one status.
pub const EVENTS_PER_FRAME: usize = 20;
/// Input channels of the device.
pub const CHANNELS: usize = 11;

/// One latched edge. On the wire `ordinal` and `count` travel as their low 16 and 32 bits and are
/// completed from the frame's totals and encoder count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineIoEvent {
    /// Number in the FIFO, from 1 within the device's epoch.
    pub seq: u32,
    /// The input.
    pub channel: Channel,
    /// Which end of the pack.
    pub edge: Edge,
    /// n-th rising edge of this channel since the device's epoch began; a falling edge carries
    /// the ordinal of its rising one.
    pub ordinal: u32,
    /// Encoder count latched at the edge.
    pub count: u64,
}

/// A pass permit for one pack: the gate may open when the pack of the gate eye's edge lies in
/// `from_count..=to_count`. `from_count == to_count == 0` revokes an earlier permit of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The pack's track index, for the record.
    pub track: u32,
    /// First encoder count at the gate eye.
    pub from_count: u64,
    /// Last encoder count at the gate eye.
    pub to_count: u64,
}

impl Permit {
    /// The entry that takes back the permit of `track`.
    #[must_use]
    pub const fn revoke(track: u32) -> Self {
        Self { track, from_count: 0, to_count: 0 }
    }

    /// True when this entry takes a permit back.
    #[must_use]
    pub const fn is_revoke(&self) -> bool {
        self.from_count == 0 && self.to_count == 0
    }
}

/// What the controller writes every cycle.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LineIoCommand {
    /// Frame sequence, at head and tail.
    pub frame: u16,
    /// Device epoch that the controller is in step with; in another epoch the device ignores
    /// outputs, triggers, permits and `consumed_to` (but not the FIFO read position).
    pub epoch: u32,
    /// Counter made by the line thread; its change is the heartbeat.
    pub heartbeat: u16,
    /// Bits of [`outputs`].
    pub outputs: u16,
    /// Permit epoch. Higher than the device's: the device adopts it and drops every permit.
    /// Lower: the permits of this frame are ignored.
    pub permit_epoch: u32,
    /// First FIFO event wanted in the answer.
    pub read_from: u32,
    /// Events up to here are durable at the controller and may leave the FIFO.
    pub consumed_to: u32,
    /// Sequence of the first trigger below, counted from 1 within the device epoch; the device
    /// accepts `last accepted + 1` only and ignores what it has.
    pub first_trigger: u32,
    /// Encoder counts at which to fire the camera trigger.
    pub triggers: Vec<u64, TRIGGERS_PER_FRAME>,
    /// Sequence of the first permit below, counted from 1 within the permit epoch.
    pub first_permit: u32,
    /// Permits and revocations.
    pub permits: Vec<Permit, PERMITS_PER_FRAME>,
}

/// What the device answers every cycle.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LineIoStatus {
    /// Frame sequence of the command, at head and tail.
    pub frame: u16,
    /// Changes when the device restarts; FIFO, totals and encoder begin anew then.
    pub epoch: u32,
    /// Encoder count now.
    pub encoder: u64,
    /// Bits of [`inputs`].
    pub inputs: u16,
    /// Latched fault.
    pub fault: DeviceFault,
    /// Permit epoch: raised by the device at heartbeat loss and restart.
    pub permit_epoch: u32,
    /// Last permit accepted in this permit epoch.
    pub permits_accepted: u32,
    /// Last trigger accepted in this device epoch.
    pub triggers_accepted: u32,
    /// Heartbeat as received.
    pub heartbeat_echo: u16,
    /// Rising edges by channel since the epoch began; they survive the controller's restart.
    pub totals: [u32; CHANNELS],
    /// Sequence that the next event will get.
    pub next_seq: u32,
    /// Events from the first one that is still there at or after `read_from`.
    pub events: Vec<LineIoEvent, EVENTS_PER_FRAME>,
}

fn permit_crc(permit_epoch: u32, seq: u32, permit: &Permit) -> u32 {
    let mut words = [0u16; 14];
    let mut w = RegisterWriter::new(&mut words);
    w.u32(permit_epoch);
    w.u32(seq);
    w.u32(permit.track);
    w.u64(permit.from_count);
    w.u64(permit.to_count);
    crc32(&words)
}

impl LineIoCommand {
    /// Lays the command out as registers.
    #[must_use]
    pub fn encode(&self) -> [u16; COMMAND_REGISTERS] {
        let mut registers = [0; COMMAND_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u16(self.frame);
        w.u32(self.epoch);
        w.u16(self.heartbeat);
        w.u16(self.outputs);
        w.u32(self.permit_epoch);
        w.u32(self.read_from);
        w.u32(self.consumed_to);
        w.u32(self.first_trigger);
        w.u16(self.triggers.len() as u16);
        w.u32(self.first_permit);
        w.u16(self.permits.len() as u16);
        for i in 0..TRIGGERS_PER_FRAME {
            w.u64(self.triggers.get(i).copied().unwrap_or(0));
        }
        for (i, permit) in self.permits.iter().enumerate() {
            w.u32(permit.track);
            w.u64(permit.from_count);
            w.u64(permit.to_count);
            // A device may have acknowledged any number: the sequence wraps as its reader's does.
            let seq = self.first_permit.wrapping_add(i as u32);
            w.u32(permit_crc(self.permit_epoch, seq, permit));
        }
        registers[COMMAND_REGISTERS - 1] = self.frame;
        registers
    }

    /// Reads a command from registers.
    ///
    /// # Errors
    /// [`FrameError`] for a short or torn frame, a count out of bounds, a permit with a wrong crc.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, COMMAND_REGISTERS)?;
        let mut command = Self { frame: r.u16(), epoch: r.u32(), ..Self::default() };
        if registers[COMMAND_REGISTERS - 1] != command.frame {
            return Err(FrameError::Torn);
        }
        command.heartbeat = r.u16();
        command.outputs = r.u16();
        command.permit_epoch = r.u32();
        command.read_from = r.u32();
        command.consumed_to = r.u32();
        command.first_trigger = r.u32();
        let triggers = bounded(r.u16(), TRIGGERS_PER_FRAME, "trigger count")?;
        command.first_permit = r.u32();
        let permits = bounded(r.u16(), PERMITS_PER_FRAME, "permit count")?;
        for i in 0..TRIGGERS_PER_FRAME {
            let at = r.u64();
            if i < triggers {
                let _ = command.triggers.push(at);
            }
        }
        for i in 0..permits {
            let permit = Permit { track: r.u32(), from_count: r.u64(), to_count: r.u64() };
            let seq = command.first_permit.wrapping_add(i as u32);
            if r.u32() != permit_crc(command.permit_epoch, seq, &permit) {
                return Err(FrameError::Crc { field: "permit" });
            }
            let _ = command.permits.push(permit);
        }
        Ok(command)
    }
}

impl LineIoStatus {
    /// Lays the status out as registers.
    #[must_use]
    pub fn encode(&self) -> [u16; STATUS_REGISTERS] {
        let mut registers = [0; STATUS_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u16(self.frame);
        w.u32(self.epoch);
        w.u64(self.encoder);
        w.u16(self.inputs);
        w.u16(self.fault as u16);
        w.u32(self.permit_epoch);
        w.u32(self.permits_accepted);
        w.u32(self.triggers_accepted);
        w.u16(self.heartbeat_echo);
        for total in self.totals {
            w.u32(total);
        }
        w.u32(self.next_seq);
        w.u32(self.events.first().map_or(self.next_seq, |e| e.seq));
        w.u16(self.events.len() as u16);
        for event in &self.events {
            w.u16(u16::from(event.channel as u8) | (u16::from(event.edge as u8) << 8));
            w.u16((event.ordinal & 0xffff) as u16);
            w.u32((event.count & 0xffff_ffff) as u32);
        }
        registers[STATUS_REGISTERS - 1] = self.frame;
        registers
    }

    /// Reads a status from registers and completes the events' ordinals and counts.
    ///
    /// # Errors
    /// [`FrameError`] for a short or torn frame or a number outside its range.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, STATUS_REGISTERS)?;
        let mut status = Self { frame: r.u16(), epoch: r.u32(), ..Self::default() };
        if registers[STATUS_REGISTERS - 1] != status.frame {
            return Err(FrameError::Torn);
        }
        status.encoder = r.u64();
        status.inputs = r.u16();
        status.fault = DeviceFault::from_number(r.u16())?;
        status.permit_epoch = r.u32();
        status.permits_accepted = r.u32();
        status.triggers_accepted = r.u32();
        status.heartbeat_echo = r.u16();
        for total in &mut status.totals {
            *total = r.u32();
        }
        status.next_seq = r.u32();
        let first_seq = r.u32();
        let events = bounded(r.u16(), EVENTS_PER_FRAME, "event count")?;
        for i in 0..events {
            let event = decode_event(&mut r, &status, first_seq.wrapping_add(i as u32))?;
            let _ = status.events.push(event);
        }
        Ok(status)
    }
}

fn decode_event(
    r: &mut RegisterReader<'_>,
    status: &LineIoStatus,
    seq: u32,
) -> Result<LineIoEvent, FrameError> {
    let kind = r.u16();
    let channel = usize::from(kind & 0xff);
    let found = u32::from(kind);
    let channel = Channel::ALL.get(channel).copied();
    let channel = channel.ok_or(FrameError::Value { field: "event channel", found })?;
    let edge = match kind >> 8 {
        0 => Edge::Rising,
        1 => Edge::Falling,
        _ => return Err(FrameError::Value { field: "event edge", found }),
    };
    let low_ordinal = u32::from(r.u16());
    let low_count = u64::from(r.u32());
    let total = status.totals[channel.index()];
    let behind = total.wrapping_sub(low_ordinal) & 0xffff;
    let counts_behind = status.encoder.wrapping_sub(low_count) & 0xffff_ffff;
    Ok(LineIoEvent {
        seq,
        channel,
        edge,
        ordinal: total.wrapping_sub(behind),
        count: status.encoder.wrapping_sub(counts_behind),
    })
}

pub(crate) fn bounded(n: u16, max: usize, field: &'static str) -> Result<usize, FrameError> {
    if usize::from(n) > max {
        return Err(FrameError::Value { field, found: u32::from(n) });
    }
    Ok(usize::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> LineIoCommand {
        let permit = Permit { track: 7, from_count: 123_456_789_012, to_count: 123_456_789_999 };
        LineIoCommand {
            frame: 65_535,
            epoch: 3,
            heartbeat: 9,
            outputs: outputs::RUN | outputs::GREEN,
            permit_epoch: 4,
            read_from: 11,
            consumed_to: 10,
            first_trigger: 5,
            triggers: Vec::from_slice(&[1, u64::MAX]).unwrap(),
            first_permit: 8,
            permits: Vec::from_slice(&[permit, Permit::revoke(6)]).unwrap(),
        }
    }

    #[test]
    fn command_round_trip() {
        assert_eq!(LineIoCommand::decode(&command().encode()), Ok(command()));
    }

    #[test]
    fn full_command_fits() {
        let mut full = command();
        while full.triggers.push(77).is_ok() {}
        while full.permits.push(Permit { track: 1, from_count: 2, to_count: 3 }).is_ok() {}
        assert_eq!(LineIoCommand::decode(&full.encode()), Ok(full));
    }

    /// Found by fuzzing: a device that acknowledged permits it was never sent stopped the adapter.
    #[test]
    fn permits_are_numbered_across_the_wrap() {
        let mut last = LineIoCommand { first_permit: u32::MAX, ..LineIoCommand::default() };
        while last.permits.push(Permit { track: 1, from_count: 2, to_count: 3 }).is_ok() {}
        assert_eq!(LineIoCommand::decode(&last.encode()), Ok(last));
    }

    #[test]
    fn any_changed_register_of_a_permit_is_found() {
        let good = command().encode();
        for at in 43..55 {
            let mut bad = good;
            bad[at] ^= 0x0100;
            let found = LineIoCommand::decode(&bad);
            assert_eq!(found, Err(FrameError::Crc { field: "permit" }), "register {at}");
        }
    }

    #[test]
    fn status_round_trip_across_the_wraps() {
        let mut status = LineIoStatus {
            frame: 2,
            epoch: 1,
            encoder: 0x1_0000_0010,
            totals: [70_000, 65_536, 5, 5, 4, 3, 1, 0, 0, 0, 2],
            next_seq: 900,
            fault: DeviceFault::EjectNotConfirmed,
            ..LineIoStatus::default()
        };
        for i in 0..EVENTS_PER_FRAME as u32 {
            let event = LineIoEvent {
                seq: 800 + i,
                channel: Channel::Infeed,
                edge: if i % 2 == 0 { Edge::Rising } else { Edge::Falling },
                ordinal: 69_990,
                count: 0xffff_fff0 + u64::from(i),
            };
            status.events.push(event).unwrap();
        }
        assert_eq!(LineIoStatus::decode(&status.encode()), Ok(status));
    }

    #[test]
    fn torn_and_short_frames_are_refused() {
        let mut torn = command().encode();
        torn[0] ^= 1;
        assert_eq!(LineIoCommand::decode(&torn), Err(FrameError::Torn));
        let short = LineIoStatus::decode(&[0; 7]);
        assert_eq!(short, Err(FrameError::Short { expected: STATUS_REGISTERS, found: 7 }));
    }
}
