//! The input of a row of numbers.
//!
//! Part of `row`. Must never accept a number that its field cannot hold.

use super::{Row, kind};
use crate::closed::Closed;
use crate::varint::{Bad, Read};
use contracts::camera::InLineGrade;
use contracts::line_io::CHANNELS;
use contracts::station::Station;
use line_core::event::{
    CameraReading, Command, CountBases, Input, LabelerReport, RecoveredPack, StationReading,
};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, RecordSeq, SerialIndex, TrackIndex};
use line_core::record::{LineCounts, ReadContent};

/// Reads the columns of a row as what its fields can hold.
struct Columns<'a> {
    row: &'a Row,
}

impl Columns<'_> {
    fn bad(&self) -> Bad {
        Bad { at: 0, what: "a number is none that its field can hold" }
    }

    fn wide(&self, at: usize) -> u64 {
        self.row.values[at]
    }

    fn narrow<T: TryFrom<u64>>(&self, at: usize) -> Read<T> {
        self.wide(at).try_into().map_err(|_| self.bad())
    }

    fn flag(&self, at: usize) -> Read<bool> {
        match self.wide(at) {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.bad()),
        }
    }

    fn closed<T: Closed>(&self, at: usize) -> Read<T> {
        T::of(self.wide(at)).ok_or(self.bad())
    }

    fn option<T: TryFrom<u64>>(&self, at: usize) -> Read<Option<T>> {
        let value = self.wide(at).checked_sub(1);
        value.map(|value| value.try_into().map_err(|_| self.bad())).transpose()
    }

    fn closed_option<T: Closed>(&self, at: usize) -> Read<Option<T>> {
        let value = self.wide(at).checked_sub(1);
        value.map(|value| T::of(value).ok_or(self.bad())).transpose()
    }

    fn totals(&self, from: usize) -> Read<[u32; CHANNELS]> {
        let mut totals = [0; CHANNELS];
        for (channel, total) in totals.iter_mut().enumerate() {
            *total = self.narrow(from + channel)?;
        }
        Ok(totals)
    }

    fn content(&self) -> Read<ReadContent> {
        self.row.content.ok_or(self.bad())
    }

    fn station(&self, kind: u8) -> Read<Station> {
        let index = usize::from(self.row.kind.wrapping_sub(kind));
        Station::ALL.get(index).copied().ok_or(self.bad())
    }
}

/// The input of a row.
pub(crate) fn from_row(row: &Row) -> Read<Input> {
    let c = Columns { row };
    Ok(match row.kind {
        kind::TICK => Input::Tick,
        kind::LINE_IO_UP => Input::LineIoUp {
            epoch: Epoch(c.narrow(0)?),
            encoder: EncoderCount(c.wide(1)),
            first_seq: IoSeq(c.narrow(2)?),
            permit_epoch: c.narrow(3)?,
            totals: c.totals(4)?,
        },
        kind::LINE_IO_DOWN => Input::LineIoDown,
        kind::LINE_IO_EVENT => Input::LineIoEvent {
            seq: IoSeq(c.narrow(0)?),
            count: EncoderCount(c.wide(1)),
            channel: c.closed(2)?,
            edge: c.closed(3)?,
            ordinal: c.narrow(4)?,
        },
        kind::LINE_IO_SAMPLE => sample(&c)?,
        kind::LABELER_UP => Input::LabelerUp(labeler(&c)?),
        kind::LABELER_STATUS => Input::LabelerStatus(labeler(&c)?),
        kind::LABELER_DOWN => Input::LabelerDown,
        kind::CAMERA_UP => {
            let (recipe_ok, triggers) = (c.flag(1)?, c.narrow(2)?);
            Input::CameraUp { epoch: Epoch(c.narrow(0)?), recipe_ok, triggers }
        }
        kind::CAMERA_RESULT => Input::CameraResult(camera(&c)?),
        kind::CAMERA_SAMPLE => Input::CameraSample { triggers: c.narrow(0)?, last_seq: c.wide(1) },
        kind::CAMERA_DOWN => Input::CameraDown,
        kind::WATERMARK => Input::Watermark(RecordSeq(c.wide(0))),
        kind::LEDGER_FAULT => Input::LedgerFault,
        kind::COMMAND => Input::Command(command(&c)?),
        kind::RECOVERED_SERIAL => recovered_serial(&c)?,
        kind::RECOVERED_PACK => Input::RecoveredPack(pack(&c)?),
        kind::RECOVERY_END => recovery_end(&c, None)?,
        kind::RECOVERY_END_CHUTE => recovery_end(&c, Some(c.narrow(17)?))?,
        18..=21 => Input::StationUp {
            station: c.station(kind::STATION_UP)?,
            epoch: Epoch(c.narrow(0)?),
            recipe_ok: c.flag(1)?,
            triggers: c.narrow(2)?,
        },
        22..=25 => Input::StationResult(station(&c)?),
        26..=29 => Input::StationSample {
            station: c.station(kind::STATION_SAMPLE)?,
            triggers: c.narrow(0)?,
            last_seq: c.narrow(1)?,
        },
        30..=33 => Input::StationDown { station: c.station(kind::STATION_DOWN)? },
        _ => return Err(Bad { at: 0, what: "a kind of input that this version does not know" }),
    })
}

fn sample(c: &Columns<'_>) -> Read<Input> {
    Ok(Input::LineIoSample {
        encoder: EncoderCount(c.wide(0)),
        next_seq: IoSeq(c.narrow(1)?),
        permits_accepted: c.narrow(2)?,
        inputs: c.narrow(3)?,
        permit_epoch: c.narrow(4)?,
        fault: c.closed(5)?,
        totals: c.totals(6)?,
    })
}

fn labeler(c: &Columns<'_>) -> Read<LabelerReport> {
    Ok(LabelerReport {
        last_accepted: JobSeq(c.narrow(0)?),
        last_printed: JobSeq(c.narrow(1)?),
        last_applied: JobSeq(c.narrow(2)?),
        printed_total: c.narrow(3)?,
        applied_total: c.narrow(4)?,
        fault: c.closed(5)?,
        epoch: Epoch(c.narrow(6)?),
        header_ok: c.flag(7)?,
        flush_done: c.narrow(8)?,
        flushed_from: JobSeq(c.narrow(9)?),
        flushed_to: JobSeq(c.narrow(10)?),
    })
}

fn camera(c: &Columns<'_>) -> Read<CameraReading> {
    let mut parameters = [0; 7];
    for (at, parameter) in parameters.iter_mut().enumerate() {
        *parameter = c.narrow(3 + at)?;
    }
    Ok(CameraReading {
        seq: c.wide(0),
        trigger: c.narrow(1)?,
        grade: InLineGrade { overall: c.narrow(2)?, parameters },
        status: c.closed(10)?,
        flags: c.narrow(11)?,
        recipe_ok: c.flag(12)?,
        epoch: Epoch(c.narrow(13)?),
        content: c.content()?,
    })
}

fn station(c: &Columns<'_>) -> Read<StationReading> {
    Ok(StationReading {
        station: c.station(kind::STATION_RESULT)?,
        seq: c.narrow(0)?,
        trigger: c.narrow(1)?,
        value: c.narrow::<u32>(2)?.cast_signed(),
        finding: c.closed(3)?,
        flags: c.narrow(4)?,
        recipe_ok: c.flag(5)?,
        epoch: Epoch(c.narrow(6)?),
        content: c.content()?,
    })
}

fn command(c: &Columns<'_>) -> Read<Command> {
    let resolve = c.wide(0) == 5;
    if !resolve && (c.wide(1), c.wide(2)) != (0, 0) {
        return Err(c.bad());
    }
    Ok(match c.wide(0) {
        0 => Command::Start,
        1 => Command::Hold,
        2 => Command::Unhold,
        3 => Command::Stop,
        4 => Command::Abort,
        5 => Command::Resolve { track: TrackIndex(c.narrow(1)?), resolution: c.closed(2)? },
        6 => Command::Shutdown,
        7 => Command::ApproveFirstPack,
        _ => return Err(c.bad()),
    })
}

fn recovered_serial(c: &Columns<'_>) -> Read<Input> {
    let (seq, epoch) = (c.option(1)?.map(JobSeq), c.option(4)?.map(Epoch));
    let job = match (epoch, seq) {
        (Some(epoch), Some(seq)) => Some((epoch, seq)),
        (None, None) => None,
        _ => return Err(c.bad()),
    };
    let (serial, track) = (SerialIndex(c.narrow(0)?), c.option(2)?.map(TrackIndex));
    Ok(Input::RecoveredSerial { serial, state: c.closed(3)?, job, track })
}

fn pack(c: &Columns<'_>) -> Read<RecoveredPack> {
    let fate_count = c.flag(9)?.then_some(EncoderCount(c.wide(3)));
    if fate_count.is_none() && c.wide(3) != 0 {
        return Err(c.bad());
    }
    Ok(RecoveredPack {
        track: TrackIndex(c.narrow(0)?),
        infeed: EncoderCount(c.wide(1)),
        serial: c.option(2)?.map(SerialIndex),
        fate_count,
        fate: c.closed(4)?,
        verdict: c.closed_option(5)?,
        reason: c.closed_option(6)?,
        exit_seen: c.flag(7)?,
        io_epoch: Epoch(c.narrow(8)?),
    })
}

fn recovery_end(c: &Columns<'_>, ejects_accounted: Option<u32>) -> Read<Input> {
    Ok(Input::RecoveryEnd {
        io_epoch: Epoch(c.narrow(0)?),
        io_seq: IoSeq(c.narrow(1)?),
        line_commissioned: c.narrow(2)?,
        exits_accounted: c.narrow(3)?,
        bases: CountBases {
            io_epoch: Epoch(c.narrow(4)?),
            infeed: c.narrow(5)?,
            exit: c.narrow(6)?,
            eject: c.narrow(7)?,
            labeler_epoch: Epoch(c.narrow(8)?),
            printed: c.narrow(9)?,
        },
        counts: LineCounts {
            infeed: c.wide(10),
            exit: c.wide(11),
            eject_confirm: c.wide(12),
            printed: c.wide(13),
        },
        ejects_accounted,
        labels_accounted: c.wide(14),
        order_state: c.closed(15)?,
        held: c.flag(16)?,
    })
}
