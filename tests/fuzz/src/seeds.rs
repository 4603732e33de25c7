//! The seeds that are made and not written by hand: files of `config/`, frames as our own devices
//! send them, records as the ledger keeps them.
//!
//! Written by `tests/fuzz/run seeds`. Must never hold what a run of the fuzzer found: that goes
//! into a unit test of what it broke.

use crate::TARGETS;
use crate::rig::Rig;
use contracts::camera::{CameraResult, InLineGrade, ReadStatus};
use contracts::labeler::opcua::JobResult;
use contracts::labeler::{BatchHeader, LabelerCommand, LabelerStatus, PrintJob};
use contracts::line_io::{Channel, Edge, LineIoCommand, LineIoEvent, LineIoStatus, Permit};
use contracts::station::{Finding, StationCommand, StationFrame, StationResult};
use recording::{End, PREAMBLE, Writer};
use std::io;
use std::path::Path;

/// Directories of files that are seeds as they stand, from the repository's root.
const FILES: [(&str, &str); 6] = [
    ("device_profile", "config/devices"),
    ("line_file", "config/line.toml"),
    ("order_file", "config/orders"),
    ("product_file", "config/products"),
    ("scenario_file", "config/scenarios"),
    ("stored_body", "tests/fuzz/seeds/stored_body"),
];

/// Writes the seeds of every target into its directory below `dir`; existing ones stay. Must be
/// started in the repository's root.
///
/// # Errors
/// Reading `config/` or writing failed.
pub fn write(dir: &Path) -> io::Result<()> {
    for (target, _) in TARGETS {
        std::fs::create_dir_all(dir.join(target))?;
    }
    for (target, from) in FILES {
        copy(Path::new(from), &dir.join(target))?;
    }
    for (index, script) in scripts().into_iter().enumerate() {
        put(&dir.join("line_devices"), index, &script)?;
    }
    for (index, block) in recorded().into_iter().enumerate() {
        put(&dir.join("recording"), index, &block)?;
    }
    for (index, frame) in modbus_frames().into_iter().enumerate() {
        let made: Vec<u8> = frame.iter().flat_map(|register| register.to_be_bytes()).collect();
        put(&dir.join("frame_modbus"), index, &[&[2 * index as u8], &made[..]].concat())?;
    }
    for (index, made) in opcua_frames().into_iter().enumerate() {
        put(&dir.join("frame_opcua"), index, &[&[2 * index as u8], &made[..]].concat())?;
    }
    Ok(())
}

fn put(dir: &Path, index: usize, content: &[u8]) -> io::Result<()> {
    std::fs::write(dir.join(format!("made-{index}")), content)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let files = match from.is_dir() {
        true => std::fs::read_dir(from)?.map(|entry| entry.map(|e| e.path())).collect(),
        false => io::Result::Ok(vec![from.to_owned()]),
    };
    for file in files? {
        let Some(name) = file.file_name() else { continue };
        if file.parent() != Some(to) {
            std::fs::copy(&file, to.join(name))?;
        }
    }
    Ok(())
}

/// A line that runs, one with packs, one that loses each device, one whose numbers go mad.
///
/// # Panics
/// When the line of the scripts does not run: a target that never gets so far proves nothing.
fn scripts() -> Vec<Vec<u8>> {
    let mut rig = Rig::new();
    rig.start();
    (0..3).for_each(|_| rig.good_pack());
    assert_eq!(rig.accepted(), 3, "the line of the scripts does not run");
    let lost =
        (0..4).flat_map(|device| [11, device, 1, 2, 3, 4, 12, device, 1, 2, 3, 4, 10, 2, 15]);
    let mad = (0..28).flat_map(|which| [13, which, 0, 0, 0, 0, 255, 255, 255, 254, 0, 1, 2, 3, 4]);
    vec![
        vec![0],
        vec![6],
        [&[2][..], &lost.collect::<Vec<u8>>()].concat(),
        [&[2][..], &mad.collect::<Vec<u8>>()].concat(),
    ]
}

/// The recording of a line that runs: the file, and each of its blocks alone.
fn recorded() -> Vec<Vec<u8>> {
    let mut rig = Rig::new();
    rig.start();
    rig.good_pack();
    let (mut writer, mut file) = (Writer::new(), crate::targets::recordings::preamble());
    rig.given().iter().take(200).for_each(|timed| writer.push(timed, &mut file));
    writer.end(End::Clean, &mut file);
    let mut seeds = vec![[&[0], &file[..]].concat()];
    let mut at = PREAMBLE;
    while let Some(head) = file.get(at..at + 16) {
        let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
        seeds.push([&[head[0]], &file[at + 16..at + 16 + length]].concat());
        at += 16 + length + 4;
    }
    seeds
}

fn job() -> PrintJob {
    PrintJob { seq: 9, template_revision: 3, len: 12, data: *b"ABC123DEF456\0\0\0\0\0\0\0\0" }
}

fn header() -> BatchHeader {
    BatchHeader {
        look_ahead: 16,
        gtin: *b"04150037528643",
        symbol: (8, 32),
        ..BatchHeader::default()
    }
}

fn station_result() -> StationResult {
    StationResult {
        seq: 7,
        trigger: 8,
        finding: Finding::Measured,
        content: heapless::Vec::from_slice(b"04150037528643\nABC").unwrap_or_default(),
        ..StationResult::default()
    }
}

fn modbus_frames() -> Vec<Vec<u16>> {
    let mut to_io = LineIoCommand { frame: 5, epoch: 1, read_from: 3, ..LineIoCommand::default() };
    let _ = to_io.triggers.push(123_400);
    let _ = to_io.permits.push(Permit { track: 4, from_count: 130_000, to_count: 130_200 });
    let mut from_io =
        LineIoStatus { frame: 5, epoch: 1, encoder: 4_000, ..LineIoStatus::default() };
    (from_io.totals[0], from_io.next_seq) = (1, 2);
    let _ = from_io.events.push(LineIoEvent {
        seq: 1,
        channel: Channel::ALL[0],
        edge: Edge::Rising,
        ordinal: 1,
        count: 3_900,
    });
    let mut to_labeler = LabelerCommand { frame: 2, epoch: 7, ..LabelerCommand::default() };
    let _ = to_labeler.jobs.push(job());
    let mut from_station = StationFrame::default();
    let _ = from_station.results.push(station_result());
    vec![
        to_io.encode().to_vec(),
        from_io.encode().to_vec(),
        header().encode().to_vec(),
        to_labeler.encode().to_vec(),
        LabelerStatus { epoch: 7, last_applied: 9, ..LabelerStatus::default() }.encode().to_vec(),
        StationCommand { frame: 3, read_from: 7, ..StationCommand::default() }.encode().to_vec(),
        from_station.encode().to_vec(),
    ]
}

fn opcua_frames() -> Vec<Vec<u8>> {
    let camera = CameraResult {
        seq: 7,
        trigger: 8,
        status: ReadStatus::Decoded,
        grade: InLineGrade { overall: 35, parameters: [35; 7] },
        content: heapless::Vec::from_slice(b"]d20104150037528643").unwrap_or_default(),
        ..CameraResult::default()
    };
    vec![
        camera.encode().to_vec(),
        station_result().encode().to_vec(),
        JobResult { seq: 9, ..JobResult::default() }.to_bytes().to_vec(),
        header().to_bytes().to_vec(),
        job().to_bytes(7).to_vec(),
        LabelerStatus { epoch: 7, ..LabelerStatus::default() }.to_bytes().to_vec(),
    ]
}
