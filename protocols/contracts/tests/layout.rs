//! The layouts as `docs/device-contracts.md` gives them, offset by offset.
//!
//! Both sides of the wire use one codec, so a field that moved would be invisible between them and
//! would only show at a device of other make. Every field has a value of its own here; high halves
//! are written where a field has more than one register.

use contracts::camera::{CameraResult, InLineGrade, ReadStatus};
use contracts::labeler::opcua::{JobResult, JobState};
use contracts::labeler::{self, BatchHeader, LabelerAction, LabelerFault, PrintJob};
use contracts::line_io::{self, Channel, DeviceFault, Edge, LineIoEvent, Permit};
use contracts::registers::crc32;
use contracts::station::{
    self, Finding, StationCommand, StationFrame, StationResult, StationStatus,
};
use heapless::Vec;

/// Fails unless each offset holds its value, and registers that are not named are 0.
fn check<const N: usize>(registers: [u16; N], named: &[(usize, u16)]) {
    for (at, &found) in registers.iter().enumerate() {
        let named = named.iter().find(|(offset, _)| *offset == at);
        let expected = named.map_or(0, |(_, value)| *value);
        assert_eq!(found, expected, "register {at}: {found:#x}, documented {expected:#x}");
    }
}

fn halves(value: u32) -> [u16; 2] {
    [(value >> 16) as u16, value as u16]
}

#[test]
fn line_io_command() {
    let permit =
        |n: u64| Permit { track: 0xA_0001, from_count: n << 48 | 2, to_count: n << 32 | 3 };
    let command = line_io::LineIoCommand {
        frame: 0x11,
        epoch: 0x2_0021,
        heartbeat: 0x31,
        outputs: 0x3f,
        permit_epoch: 0x5_0051,
        read_from: 0x6_0061,
        consumed_to: 0x7_0071,
        first_trigger: 0x8_0081,
        triggers: Vec::from_slice(&[1 << 48 | 0xF1, 2, 3, 4, 0xF5]).unwrap(),
        first_permit: 0x9_0091,
        permits: Vec::from_slice(&[permit(0xB1), permit(0xB2)]).unwrap(),
    };
    let registers = command.encode();
    let mut named = vec![(0, 0x11), (1, 2), (2, 0x21), (3, 0x31), (4, 0x3f), (5, 5), (6, 0x51)];
    named.extend([(7, 6), (8, 0x61), (9, 7), (10, 0x71), (11, 8), (12, 0x81), (13, 5)]);
    named.extend([(14, 9), (15, 0x91), (16, 2), (17, 1), (20, 0xF1), (24, 2), (28, 3), (32, 4)]);
    named.extend([(36, 0xF5), (111, 0x11)]);
    for (n, from) in [(0_u32, 37), (1, 49)] {
        let bound = 0xB1 + n as u16;
        named.extend([(from, 0xA), (from + 1, 1), (from + 2, bound), (from + 5, 2)]);
        named.extend([(from + 7, bound), (from + 9, 3)]);
        let mut covered = vec![5, 0x51, 9, 0x91 + n as u16];
        covered.extend_from_slice(&registers[from..from + 10]);
        let [high, low] = halves(crc32(&covered));
        named.extend([(from + 10, high), (from + 11, low)]);
    }
    check(registers, &named);
}

#[test]
fn line_io_status() {
    let event = |seq| LineIoEvent {
        seq,
        channel: Channel::EjectConfirm,
        edge: Edge::Falling,
        ordinal: 0x2_0200 + seq,
        count: 0x3_0004_0000,
    };
    let mut status = line_io::LineIoStatus {
        frame: 0x11,
        epoch: 0x2_0021,
        encoder: 0x1_0002_0003_0004,
        inputs: 0x3ff,
        fault: DeviceFault::EncoderImplausible,
        permit_epoch: 0x5_0051,
        permits_accepted: 0x6_0061,
        triggers_accepted: 0x7_0071,
        heartbeat_echo: 0x81,
        totals: [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0x6_00A6, 0xA7, 0xA8, 0xA9, 0xAA],
        next_seq: 0x9_0091,
        ..line_io::LineIoStatus::default()
    };
    for seq in 1..=20 {
        status.events.push(event(seq)).unwrap();
    }
    let mut named = vec![(0, 0x11), (1, 2), (2, 0x21), (3, 1), (4, 2), (5, 3), (6, 4), (7, 0x3ff)];
    named.extend([(8, 5), (9, 5), (10, 0x51), (11, 6), (12, 0x61), (13, 7), (14, 0x71)]);
    named.extend([(15, 0x81), (17, 0xA0), (19, 0xA1), (21, 0xA2), (23, 0xA3), (25, 0xA4)]);
    named.extend([(27, 0xA5), (28, 6), (29, 0xA6), (31, 0xA7), (33, 0xA8), (35, 0xA9), (37, 0xAA)]);
    named.extend([(38, 9), (39, 0x91), (41, 1), (42, 20)]);
    for n in 0..20 {
        let from = 43 + 4 * n;
        named.extend([(from, 0x106), (from + 1, 0x201 + n as u16), (from + 2, 4)]);
    }
    named.push((124, 0x11));
    check(status.encode(), &named);
}

#[test]
fn labeler_header_and_status() {
    let header = BatchHeader {
        template_revision: 7,
        gtin: *b"04150037528643",
        lot: *b"LOT-2026ABCDEFGHIJKL",
        expiry: *b"281231",
        look_ahead: 16,
        symbol: (16, 48),
        national_ai: 714,
        national: *b"5440987ABCDEFGHIJKLM",
    };
    let registers = header.encode();
    let text = |at: usize, bytes: &[u8]| {
        let pair = |(i, pair): (usize, &[u8])| (at + i, u16::from_be_bytes([pair[0], pair[1]]));
        bytes.chunks(2).enumerate().map(pair).collect::<std::vec::Vec<_>>()
    };
    let [high, low] = halves(crc32(&registers[..34]));
    let mut named = vec![(0, 7), (21, 16), (22, 0x1030), (23, 714), (38, high), (39, low)];
    named.extend(text(24, b"5440987ABCDEFGHIJKLM"));
    named.extend([text(1, b"04150037528643"), text(8, b"LOT-2026ABCDEFGHIJKL")].concat());
    named.extend(text(18, b"281231"));
    check(registers, &named);

    let status = labeler::LabelerStatus {
        frame: 1,
        epoch: 2,
        heartbeat_echo: 3,
        header_hash: 0x4_0041,
        last_accepted: 5,
        last_printed: 6,
        last_applied: 7,
        printed_total: 8,
        applied_total: 9,
        action_done: 10,
        flushed_from: 11,
        flushed_to: 12,
        fault: LabelerFault::WebBreak,
    };
    let mut named = vec![(0, 1), (2, 2), (3, 3), (4, 4), (5, 0x41), (7, 5), (9, 6), (11, 7)];
    named.extend([(13, 8), (15, 9), (16, 10), (18, 11), (20, 12), (21, 5), (31, 1)]);
    check(status.encode(), &named);
}

#[test]
fn labeler_command() {
    let job = |seq| PrintJob { seq, template_revision: 7, len: 20, data: [b'A'; 20] };
    let command = labeler::LabelerCommand {
        frame: 1,
        epoch: 0x2_0021,
        heartbeat: 3,
        action: LabelerAction::Flush,
        action_seq: 5,
        jobs: Vec::from_slice(&[job(0x5_0051), job(0x5_0052)]).unwrap(),
    };
    let registers = command.encode();
    let mut named = vec![(0, 1), (1, 2), (2, 0x21), (3, 3), (4, 1), (5, 5), (6, 2), (47, 1)];
    for (from, seq) in [(7, 0x51), (23, 0x52)] {
        named.extend([(from, 5), (from + 1, seq), (from + 2, 7), (from + 3, 20)]);
        named.extend((4..14).map(|at| (from + at, 0x4141)));
        let mut covered = vec![2, 0x21];
        covered.extend_from_slice(&registers[from..from + 14]);
        let [high, low] = halves(crc32(&covered));
        named.extend([(from + 14, high), (from + 15, low)]);
    }
    check(registers, &named);
}

#[test]
fn labeler_over_opc_ua_has_the_bytes_of_the_registers() {
    let status = labeler::LabelerStatus {
        epoch: 0x0102_0304,
        last_accepted: 0x0506_0708,
        ..labeler::LabelerStatus::default()
    };
    let bytes = status.to_bytes();
    assert_eq!(
        (bytes.len(), &bytes[2..6], &bytes[12..16]),
        (64, &[1, 2, 3, 4][..], { &[5, 6, 7, 8][..] })
    );
    let header = BatchHeader { template_revision: 0x0102, symbol: (16, 48), ..Default::default() };
    let bytes = header.to_bytes();
    assert_eq!((bytes.len(), &bytes[..2], &bytes[44..46]), (80, &[1, 2][..], &[16, 48][..]));
    let job = PrintJob { seq: 0x0102_0304, template_revision: 5, len: 20, data: [b'A'; 20] };
    let mut expected = vec![1, 2, 3, 4, 0, 5, 0, 20];
    expected.extend([b'A'; 20]);
    expected.extend(job.crc(9).to_be_bytes());
    assert_eq!(job.to_bytes(9)[..], expected);
    let result = JobResult { seq: 0x0102_0304, state: JobState::Applied, strobe: 0x0506_0708 };
    assert_eq!(result.to_bytes(), [1, 2, 3, 4, 0, 2, 5, 6, 7, 8]);
    let states = [
        (JobState::Queued, 0),
        (JobState::Printed, 1),
        (JobState::Applied, 2),
        (JobState::Dropped, 3),
        (JobState::Scrapped, 4),
    ];
    for (state, number) in states {
        assert_eq!(JobResult { state, ..result }.to_bytes()[5], number);
    }
}

#[test]
fn camera_result() {
    let result = CameraResult {
        seq: 0x0102_0304_0506_0708,
        trigger: 0x1112_1314,
        recipe_hash: 0x2122_2324,
        status: ReadStatus::Error,
        flags: 2,
        grade: InLineGrade { overall: 9, parameters: [31, 32, 33, 34, 35, 36, 37] },
        content: Vec::from_slice(b"]d2x").unwrap(),
    };
    let documented: [u8; 32] = [
        1, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24, 9, 31, 32,
        33, 34, 35, 36, 37, 4, b']', b'd', b'2', b'x',
    ];
    assert_eq!(result.encode().as_slice(), documented);
}

#[test]
fn the_checksum_is_the_usual_one() {
    assert_eq!(crc32(&[0x3132, 0x3334, 0x3536, 0x3738]), 0x9ae0_daaf, "CRC-32 of \"12345678\"");
}

#[test]
fn station_command() {
    let command =
        StationCommand { frame: 0x11, heartbeat: 0x21, recipe_hash: 0x3_0031, read_from: 0x4_0041 };
    check(
        command.encode(),
        &[(0, 0x11), (1, 0x21), (2, 3), (3, 0x31), (4, 4), (5, 0x41), (7, 0x11)],
    );
}

#[test]
fn station_status() {
    let result = |seq: u32| StationResult {
        seq: 0xA_0000 + seq,
        trigger: 0xB_0000 + seq,
        recipe_hash: 0xC_0000 + seq,
        finding: Finding::Error,
        flags: 3,
        value: 0xD_0000 + seq as i32,
        content: Vec::from_slice(&[b'A'; station::CONTENT_MAX]).unwrap(),
    };
    let frame = StationFrame {
        frame: 0x11,
        heartbeat_echo: 0x21,
        status: StationStatus {
            epoch: 0x3_0031,
            recipe_hash: 0x4_0041,
            last_seq: 0x5_0051,
            triggers: 0x6_0061,
        },
        results: Vec::from_slice(&[result(1), result(2)]).unwrap(),
    };
    let mut named = vec![(0, 0x11), (1, 0x21), (2, 3), (3, 0x31), (4, 4), (5, 0x41), (6, 5)];
    named.extend([(7, 0x51), (8, 6), (9, 0x61), (10, 2), (109, 0x11)]);
    for (n, from) in [(1, 11), (2, 57)] {
        named.extend([(from, 0xA), (from + 1, n), (from + 2, 0xB), (from + 3, n)]);
        named.extend([(from + 4, 0xC), (from + 5, n), (from + 6, 0x0203), (from + 7, 0xD)]);
        named.extend([(from + 8, n), (from + 9, 72)]);
        named.extend((from + 10..from + 46).map(|at| (at, 0x4141)));
    }
    check(frame.encode(), &named);
}

#[test]
fn station_result() {
    let result = StationResult {
        seq: 0x0102_0304,
        trigger: 0x1112_1314,
        recipe_hash: 0x2122_2324,
        finding: Finding::Nothing,
        flags: 2,
        value: -2,
        content: Vec::from_slice(b"A\nB").unwrap(),
    };
    let documented: [u8; 23] = [
        1, 1, 2, 1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24, 0xff, 0xff, 0xff,
        0xfe, 3, b'A', b'\n', b'B',
    ];
    assert_eq!(result.encode().as_slice(), documented);
}
