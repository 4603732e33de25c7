//! An input as a row of numbers, and a row as an input: the part of the format that knows what an
//! input is made of.
//!
//! Used by `codec.rs`, which knows nothing but numbers. Every `match` here is whole: a new input or
//! field does not compile before it is recorded. Must never accept a number that its field cannot
//! hold.

mod back;
pub(crate) use back::from_row;

use crate::closed::Closed;
use contracts::camera::InLineGrade;
use contracts::line_io::CHANNELS;
use contracts::station::Station;
use line_core::event::{
    CameraReading, Command, CountBases, Input, LabelerReport, RecoveredPack, StationReading,
};
use line_core::record::{LineCounts, ReadContent};

/// Most columns of a row.
pub(crate) const COLUMNS: usize = 18;
/// Kinds of rows; kinds of stations have one for each station.
pub(crate) const KINDS: usize = 35;

/// Numbers of the kinds, the format's own.
mod kind {
    pub const TICK: u8 = 0;
    pub const LINE_IO_UP: u8 = 1;
    pub const LINE_IO_DOWN: u8 = 2;
    pub const LINE_IO_EVENT: u8 = 3;
    pub const LINE_IO_SAMPLE: u8 = 4;
    pub const LABELER_UP: u8 = 5;
    pub const LABELER_STATUS: u8 = 6;
    pub const LABELER_DOWN: u8 = 7;
    pub const CAMERA_UP: u8 = 8;
    pub const CAMERA_RESULT: u8 = 9;
    pub const CAMERA_SAMPLE: u8 = 10;
    pub const CAMERA_DOWN: u8 = 11;
    pub const WATERMARK: u8 = 12;
    pub const LEDGER_FAULT: u8 = 13;
    pub const COMMAND: u8 = 14;
    pub const RECOVERED_SERIAL: u8 = 15;
    pub const RECOVERED_PACK: u8 = 16;
    pub const RECOVERY_END: u8 = 17;
    pub const STATION_UP: u8 = 18;
    pub const STATION_RESULT: u8 = 22;
    pub const STATION_SAMPLE: u8 = 26;
    pub const STATION_DOWN: u8 = 30;
    /// As 17, and the edges in the chute that are on record.
    pub const RECOVERY_END_CHUTE: u8 = 34;
}

/// An input in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub kind: u8,
    pub values: [u64; COLUMNS],
    pub content: Option<ReadContent>,
}

/// Columns of a kind, and whether it has content; none for a number that is no kind.
pub(crate) const fn shape(kind: u8) -> Option<(usize, bool)> {
    Some(match kind {
        kind::TICK
        | kind::LINE_IO_DOWN
        | kind::LABELER_DOWN
        | kind::CAMERA_DOWN
        | kind::LEDGER_FAULT
        | 30..=33 => (0, false),
        kind::LINE_IO_UP => (4 + CHANNELS, false),
        kind::LINE_IO_EVENT => (5, false),
        kind::LINE_IO_SAMPLE => (6 + CHANNELS, false),
        kind::LABELER_UP | kind::LABELER_STATUS => (11, false),
        kind::CAMERA_UP => (3, false),
        kind::CAMERA_RESULT => (14, true),
        kind::CAMERA_SAMPLE => (2, false),
        kind::WATERMARK => (1, false),
        kind::COMMAND => (3, false),
        kind::RECOVERED_SERIAL => (5, false),
        kind::RECOVERED_PACK => (10, false),
        kind::RECOVERY_END => (17, false),
        kind::RECOVERY_END_CHUTE => (18, false),
        18..=21 => (3, false),
        22..=25 => (7, true),
        26..=29 => (2, false),
        _ => return None,
    })
}

fn row<const N: usize>(kind: u8, columns: [u64; N]) -> Row {
    let mut values = [0; COLUMNS];
    values[..N].copy_from_slice(&columns);
    Row { kind, values, content: None }
}

/// The first columns and one for each channel behind them.
fn with_totals<const N: usize>(kind: u8, columns: [u64; N], totals: [u32; CHANNELS]) -> Row {
    let mut row = row(kind, columns);
    for (value, total) in row.values[N..].iter_mut().zip(totals) {
        *value = u64::from(total);
    }
    row
}

const fn of_station(kind: u8, station: Station) -> u8 {
    kind + station.index() as u8
}

/// None is 0, a value is one more than itself.
fn option(value: Option<u64>) -> u64 {
    value.map_or(0, |value| value + 1)
}

/// The row of an input. What changes most often stands first.
pub(crate) fn to_row(input: &Input) -> Row {
    match *input {
        Input::Tick => row(kind::TICK, []),
        Input::LineIoUp { epoch, encoder, first_seq, permit_epoch, totals } => {
            let first = [epoch.0.into(), encoder.0, first_seq.0.into(), permit_epoch.into()];
            with_totals(kind::LINE_IO_UP, first, totals)
        }
        Input::LineIoDown => row(kind::LINE_IO_DOWN, []),
        Input::LineIoEvent { seq, channel, edge, ordinal, count } => {
            let (channel, edge) = (channel.number(), edge.number());
            row(kind::LINE_IO_EVENT, [seq.0.into(), count.0, channel, edge, ordinal.into()])
        }
        Input::LineIoSample {
            encoder,
            inputs,
            fault,
            permit_epoch,
            permits_accepted,
            next_seq,
            totals,
        } => {
            let (next, permits) = (next_seq.0.into(), permits_accepted.into());
            let rest = [inputs.into(), permit_epoch.into(), fault.number()];
            let first = [encoder.0, next, permits, rest[0], rest[1], rest[2]];
            with_totals(kind::LINE_IO_SAMPLE, first, totals)
        }
        Input::LabelerUp(report) => labeler_row(kind::LABELER_UP, &report),
        Input::LabelerStatus(report) => labeler_row(kind::LABELER_STATUS, &report),
        Input::LabelerDown => row(kind::LABELER_DOWN, []),
        Input::CameraUp { epoch, recipe_ok, triggers } => {
            row(kind::CAMERA_UP, [epoch.0.into(), recipe_ok.into(), triggers.into()])
        }
        Input::CameraResult(reading) => camera_row(&reading),
        Input::CameraSample { triggers, last_seq } => {
            row(kind::CAMERA_SAMPLE, [triggers.into(), last_seq])
        }
        Input::CameraDown => row(kind::CAMERA_DOWN, []),
        Input::StationUp { station, epoch, recipe_ok, triggers } => {
            let kind = of_station(kind::STATION_UP, station);
            row(kind, [epoch.0.into(), recipe_ok.into(), triggers.into()])
        }
        Input::StationResult(reading) => station_row(&reading),
        Input::StationSample { station, triggers, last_seq } => {
            let kind = of_station(kind::STATION_SAMPLE, station);
            row(kind, [triggers.into(), last_seq.into()])
        }
        Input::StationDown { station } => row(of_station(kind::STATION_DOWN, station), []),
        Input::Watermark(seq) => row(kind::WATERMARK, [seq.0]),
        Input::LedgerFault => row(kind::LEDGER_FAULT, []),
        Input::Command(command) => command_row(command),
        Input::RecoveredSerial { serial, state, job, track } => {
            let (epoch, seq) = job.map_or((None, None), |(e, j)| (Some(e.0), Some(j.0)));
            let job = [option(epoch.map(u64::from)), option(seq.map(u64::from))];
            let track = option(track.map(|track| track.0.into()));
            row(kind::RECOVERED_SERIAL, [serial.0.into(), job[1], track, state.number(), job[0]])
        }
        Input::RecoveredPack(pack) => pack_row(&pack),
        Input::RecoveryEnd { .. } => end_row(input),
    }
}

fn labeler_row(kind: u8, report: &LabelerReport) -> Row {
    let LabelerReport {
        epoch,
        header_ok,
        last_accepted,
        last_printed,
        last_applied,
        printed_total,
        applied_total,
        flush_done,
        flushed_from,
        flushed_to,
        fault,
    } = *report;
    let counters = [last_accepted.0, last_printed.0, last_applied.0, printed_total, applied_total];
    let [a, b, c, d, e] = counters.map(u64::from);
    let (from, to) = (flushed_from.0.into(), flushed_to.0.into());
    let (flush, ok) = (flush_done.into(), header_ok.into());
    row(kind, [a, b, c, d, e, fault.number(), epoch.0.into(), ok, flush, from, to])
}

fn camera_row(reading: &CameraReading) -> Row {
    let CameraReading { epoch, seq, trigger, status, flags, recipe_ok, grade, content } = *reading;
    let InLineGrade { overall, parameters } = grade;
    let mut row = row(kind::CAMERA_RESULT, [seq, trigger.into(), overall.into()]);
    for (value, parameter) in row.values[3..].iter_mut().zip(parameters) {
        *value = parameter.into();
    }
    let rest = [status.number(), flags.into(), recipe_ok.into(), epoch.0.into()];
    row.values[10..14].copy_from_slice(&rest);
    row.content = Some(content);
    row
}

fn station_row(reading: &StationReading) -> Row {
    let StationReading { station, epoch, seq, trigger, finding, flags, recipe_ok, value, content } =
        *reading;
    let kind = of_station(kind::STATION_RESULT, station);
    let value = u64::from(value.cast_unsigned());
    let (flags, ok) = (flags.into(), recipe_ok.into());
    let columns = [seq.into(), trigger.into(), value, finding.number(), flags, ok, epoch.0.into()];
    Row { content: Some(content), ..row(kind, columns) }
}

fn command_row(command: Command) -> Row {
    let plain = |number| row(kind::COMMAND, [number, 0, 0]);
    match command {
        Command::Start => plain(0),
        Command::Hold => plain(1),
        Command::Unhold => plain(2),
        Command::Stop => plain(3),
        Command::Abort => plain(4),
        Command::Resolve { track, resolution } => {
            row(kind::COMMAND, [5, track.0.into(), resolution.number()])
        }
        Command::Shutdown => plain(6),
        Command::ApproveFirstPack => plain(7),
    }
}

fn pack_row(pack: &RecoveredPack) -> Row {
    let RecoveredPack {
        track,
        infeed,
        io_epoch,
        serial,
        verdict,
        reason,
        fate,
        fate_count,
        exit_seen,
    } = *pack;
    let columns = [
        track.0.into(),
        infeed.0,
        option(serial.map(|serial| serial.0.into())),
        fate_count.map_or(0, |count| count.0),
        fate.number(),
        option(verdict.map(Closed::number)),
        option(reason.map(Closed::number)),
        exit_seen.into(),
        io_epoch.0.into(),
        fate_count.is_some().into(),
    ];
    row(kind::RECOVERED_PACK, columns)
}

fn end_row(input: &Input) -> Row {
    let Input::RecoveryEnd {
        io_epoch,
        io_seq,
        bases,
        counts,
        line_commissioned,
        exits_accounted,
        ejects_accounted,
        labels_accounted,
        order_state,
        held,
    } = *input
    else {
        return row(kind::TICK, []);
    };
    let CountBases { io_epoch: of, infeed, exit, eject, labeler_epoch, printed } = bases;
    let all = [io_epoch.0, io_seq.0, line_commissioned, exits_accounted].map(u64::from);
    let base = [of.0, infeed, exit, eject, labeler_epoch.0, printed].map(u64::from);
    let LineCounts { infeed, exit, eject_confirm, printed } = counts;
    let state = [labels_accounted, order_state.number(), held.into()];
    let mut row = row(kind::RECOVERY_END, all);
    row.values[4..10].copy_from_slice(&base);
    row.values[10..14].copy_from_slice(&[infeed, exit, eject_confirm, printed]);
    row.values[14..17].copy_from_slice(&state);
    if let Some(ejects) = ejects_accounted {
        row.kind = kind::RECOVERY_END_CHUTE;
        row.values[17] = ejects.into();
    }
    row
}
