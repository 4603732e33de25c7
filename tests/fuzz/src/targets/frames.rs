//! The frames of the device contracts, as they come over Modbus TCP and OPC UA.
//!
//! The first byte chooses the layout and the way: the bytes as they are, or values from them laid
//! out by us and then damaged, which gets behind checksums.

use crate::script::Script;
use contracts::camera::{CameraResult, InLineGrade, ReadStatus};
use contracts::labeler::opcua::{JobResult, JobState};
use contracts::labeler::{
    BatchHeader, LabelerAction, LabelerCommand, LabelerFault, LabelerStatus, PrintJob,
};
use contracts::line_io::{
    Channel, DeviceFault, Edge, LineIoCommand, LineIoEvent, LineIoStatus, Permit,
};
use contracts::station::{Finding, StationCommand, StationFrame, StationResult, StationStatus};
use std::fmt::{Debug, Display};

/// Longest message of a refused frame.
const MESSAGE_MAX: usize = 120;

/// Frames over Modbus TCP.
pub fn modbus(data: &[u8]) {
    let mut script = Script::new(data);
    let choice = script.u8();
    let made = choice & 1 == 1;
    let s = &mut script;
    match (choice >> 1) % 7 {
        0 => words(s, made.then_some(line_io_command), LineIoCommand::decode, |x| {
            x.encode().to_vec()
        }),
        1 => {
            words(s, made.then_some(line_io_status), LineIoStatus::decode, |x| x.encode().to_vec())
        }
        2 => words(s, made.then_some(header), BatchHeader::decode, |x| x.encode().to_vec()),
        3 => words(s, made.then_some(command), LabelerCommand::decode, |x| x.encode().to_vec()),
        4 => words(s, made.then_some(status), LabelerStatus::decode, |x| x.encode().to_vec()),
        5 => words(s, made.then_some(station_command), StationCommand::decode, |x| {
            x.encode().to_vec()
        }),
        _ => words(s, made.then_some(station_frame), StationFrame::decode, |x| x.encode().to_vec()),
    }
}

/// Byte strings in the outputs of OPC UA methods.
pub fn opcua(data: &[u8]) {
    let mut script = Script::new(data);
    let choice = script.u8();
    let made = choice & 1 == 1;
    let s = &mut script;
    let epoch = 7;
    match (choice >> 1) % 6 {
        0 => bytes(s, made.then_some(camera_result), CameraResult::decode, |x| x.encode().to_vec()),
        1 => {
            bytes(s, made.then_some(station_result), StationResult::decode, |x| x.encode().to_vec())
        }
        2 => bytes(s, made.then_some(job_result), JobResult::from_bytes, |x| x.to_bytes().to_vec()),
        3 => bytes(s, made.then_some(header), BatchHeader::from_bytes, |x| x.to_bytes().to_vec()),
        4 => bytes(
            s,
            made.then_some(job),
            |b| PrintJob::from_bytes(b, epoch),
            |x| x.to_bytes(epoch).to_vec(),
        ),
        _ => bytes(s, made.then_some(status), LabelerStatus::from_bytes, |x| x.to_bytes().to_vec()),
    }
}

/// What is laid out is read back; what is read is laid out and read back; nothing panics.
fn words<T: PartialEq + Debug, E: Display + Debug>(
    script: &mut Script<'_>,
    make: Option<impl Fn(&mut Script<'_>) -> T>,
    decode: impl Fn(&[u16]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u16>,
) {
    let registers = match make {
        None => script.registers(),
        Some(make) => {
            let made = make(script);
            let mut registers = encode(&made);
            assert_eq!(decode(&registers).expect("ours"), made);
            while !script.is_empty() {
                let at = usize::from(script.u8()) % registers.len();
                registers[at] = script.u16();
            }
            registers
        }
    };
    judge(decode(&registers), |read| decode(&encode(read)));
}

fn bytes<T: PartialEq + Debug, E: Display + Debug>(
    script: &mut Script<'_>,
    make: Option<impl Fn(&mut Script<'_>) -> T>,
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    let raw = match make {
        None => script.rest().to_vec(),
        Some(make) => {
            let made = make(script);
            let mut raw = encode(&made);
            assert_eq!(decode(&raw).expect("ours"), made);
            while !script.is_empty() {
                let at = usize::from(script.u8()) % raw.len();
                raw[at] = script.u8();
            }
            raw
        }
    };
    judge(decode(&raw), |read| decode(&encode(read)));
}

fn judge<T: PartialEq + Debug, E: Display + Debug>(
    read: Result<T, E>,
    again: impl Fn(&T) -> Result<T, E>,
) {
    match read {
        Ok(read) => assert_eq!(again(&read).expect("what was read can be written"), read),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() <= MESSAGE_MAX, "{text}");
        }
    }
}

fn permit(s: &mut Script<'_>) -> Permit {
    Permit { track: s.u32(), from_count: s.u64(), to_count: s.u64() }
}

fn line_io_command(s: &mut Script<'_>) -> LineIoCommand {
    let mut made = LineIoCommand {
        frame: s.u16(),
        epoch: s.u32(),
        heartbeat: s.u16(),
        outputs: s.u16(),
        permit_epoch: s.u32(),
        read_from: s.u32(),
        consumed_to: s.u32(),
        first_trigger: s.u32(),
        first_permit: s.u32(),
        ..LineIoCommand::default()
    };
    for _ in 0..s.u8() % 6 {
        let _ = made.triggers.push(s.u64());
    }
    for _ in 0..s.u8() % 7 {
        let _ = made.permits.push(permit(s));
    }
    made
}

/// Events as a device has them: below its totals and its encoder by what a frame can say.
fn line_io_status(s: &mut Script<'_>) -> LineIoStatus {
    let mut made = LineIoStatus {
        frame: s.u16(),
        epoch: s.u32(),
        encoder: s.u64(),
        inputs: s.u16(),
        fault: s.one_of(&[DeviceFault::None, DeviceFault::HeartbeatLost]),
        permit_epoch: s.u32(),
        permits_accepted: s.u32(),
        triggers_accepted: s.u32(),
        heartbeat_echo: s.u16(),
        ..LineIoStatus::default()
    };
    for total in &mut made.totals {
        *total = s.u32();
    }
    made.next_seq = s.u32();
    let (first, events) = (s.u32(), s.u8() % 21);
    for n in 0..u32::from(events) {
        let channel = s.one_of(&Channel::ALL);
        let _ = made.events.push(LineIoEvent {
            seq: first.wrapping_add(n),
            channel,
            edge: s.one_of(&[Edge::Rising, Edge::Falling]),
            ordinal: made.totals[channel.index()].wrapping_sub(u32::from(s.u16())),
            count: made.encoder.wrapping_sub(u64::from(s.u32())),
        });
    }
    made
}

fn header(s: &mut Script<'_>) -> BatchHeader {
    BatchHeader {
        template_revision: s.u16(),
        gtin: s.bytes(),
        lot: s.bytes(),
        expiry: s.bytes(),
        look_ahead: s.u16(),
        symbol: (s.u8(), s.u8()),
        national_ai: s.u16(),
        national: s.bytes(),
    }
}

fn job(s: &mut Script<'_>) -> PrintJob {
    PrintJob {
        seq: s.u32(),
        template_revision: s.u16(),
        len: u16::from(s.u8() % 21),
        data: s.bytes(),
    }
}

fn command(s: &mut Script<'_>) -> LabelerCommand {
    let mut made = LabelerCommand {
        frame: s.u16(),
        epoch: s.u32(),
        heartbeat: s.u16(),
        action: s.one_of(&[LabelerAction::None, LabelerAction::Flush]),
        action_seq: s.u16(),
        ..LabelerCommand::default()
    };
    for _ in 0..s.u8() % 3 {
        let _ = made.jobs.push(job(s));
    }
    made
}

fn status(s: &mut Script<'_>) -> LabelerStatus {
    LabelerStatus {
        frame: s.u16(),
        epoch: s.u32(),
        heartbeat_echo: s.u16(),
        header_hash: s.u32(),
        last_accepted: s.u32(),
        last_printed: s.u32(),
        last_applied: s.u32(),
        printed_total: s.u32(),
        applied_total: s.u32(),
        action_done: s.u16(),
        flushed_from: s.u32(),
        flushed_to: s.u32(),
        fault: s.one_of(&[LabelerFault::None, LabelerFault::Conflict, LabelerFault::WebBreak]),
    }
}

fn job_result(s: &mut Script<'_>) -> JobResult {
    let states = [
        JobState::Queued,
        JobState::Printed,
        JobState::Applied,
        JobState::Dropped,
        JobState::Scrapped,
    ];
    JobResult { seq: s.u32(), state: s.one_of(&states), strobe: s.u32() }
}

fn camera_result(s: &mut Script<'_>) -> CameraResult {
    let statuses =
        [ReadStatus::Decoded, ReadStatus::NoRead, ReadStatus::Multiple, ReadStatus::Error];
    CameraResult {
        seq: s.u64(),
        trigger: s.u32(),
        recipe_hash: s.u32(),
        status: s.one_of(&statuses),
        flags: s.u8(),
        grade: InLineGrade { overall: s.u8(), parameters: s.bytes() },
        content: content(s),
    }
}

fn station_result(s: &mut Script<'_>) -> StationResult {
    StationResult {
        seq: s.u32(),
        trigger: s.u32(),
        recipe_hash: s.u32(),
        finding: s.one_of(&[Finding::Measured, Finding::Nothing, Finding::Error]),
        flags: s.u8(),
        value: s.u32() as i32,
        content: content(s),
    }
}

/// As many bytes as the field holds, or fewer.
fn content<const N: usize>(s: &mut Script<'_>) -> heapless::Vec<u8, N> {
    let length = usize::from(s.u8()) % (N + 1);
    heapless::Vec::from_slice(s.take(length)).unwrap_or_default()
}

fn station_command(s: &mut Script<'_>) -> StationCommand {
    StationCommand { frame: s.u16(), heartbeat: s.u16(), recipe_hash: s.u32(), read_from: s.u32() }
}

fn station_frame(s: &mut Script<'_>) -> StationFrame {
    let status = StationStatus {
        epoch: s.u32(),
        recipe_hash: s.u32(),
        last_seq: s.u32(),
        triggers: s.u32(),
    };
    let mut made =
        StationFrame { frame: s.u16(), heartbeat_echo: s.u16(), status, ..StationFrame::default() };
    for _ in 0..s.u8() % 3 {
        let _ = made.results.push(station_result(s));
    }
    made
}
