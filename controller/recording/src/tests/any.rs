//! Any input, by proptest: every variant with any number that its fields can hold.
//!
//! Used by the tests of the format. Must never leave a variant out: the last match is whole.

use crate::Timed;
use crate::closed::Closed;
use contracts::camera::InLineGrade;
use line_core::event::{
    CameraReading, Command, CountBases, Input, LabelerReport, RecoveredPack, StationReading,
};
use line_core::ids::{
    EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq, SerialIndex, TrackIndex,
};
use line_core::record::{LineCounts, ReadContent};
use proptest::prelude::*;

/// Edges of the range are as likely as all between.
fn wide() -> impl Strategy<Value = u64> {
    prop_oneof![0..300_u64, any::<u64>(), Just(u64::MAX), Just(u64::from(u32::MAX))]
}

fn narrow() -> impl Strategy<Value = u32> {
    prop_oneof![0..300_u32, any::<u32>(), Just(u32::MAX)]
}

fn closed<T: Closed + core::fmt::Debug + 'static>() -> impl Strategy<Value = T> {
    prop::sample::select(T::all())
}

fn content() -> impl Strategy<Value = ReadContent> {
    let near = "]d2010415003752864321[A-Z0-9]{0,20}\u{1d}1728123110LOT42";
    let far = prop::collection::vec(any::<u8>(), 0..=96);
    prop_oneof![near.prop_map(String::into_bytes), far].prop_map(|bytes| ReadContent::new(&bytes))
}

fn report() -> impl Strategy<Value = LabelerReport> {
    let counters = prop::array::uniform8(narrow());
    (counters, any::<bool>(), any::<u16>(), closed()).prop_map(
        |(n, header_ok, flush_done, fault)| LabelerReport {
            epoch: Epoch(n[0]),
            header_ok,
            last_accepted: JobSeq(n[1]),
            last_printed: JobSeq(n[2]),
            last_applied: JobSeq(n[3]),
            printed_total: n[4],
            applied_total: n[5],
            flush_done,
            flushed_from: JobSeq(n[6]),
            flushed_to: JobSeq(n[7]),
            fault,
        },
    )
}

fn reading() -> impl Strategy<Value = CameraReading> {
    let grade = (any::<u8>(), any::<[u8; 7]>());
    let rest = (closed(), any::<u8>(), any::<bool>());
    (narrow(), wide(), narrow(), grade, rest, content()).prop_map(
        |(epoch, seq, trigger, (overall, parameters), (status, flags, recipe_ok), content)| {
            CameraReading {
                epoch: Epoch(epoch),
                seq,
                trigger,
                status,
                flags,
                recipe_ok,
                grade: InLineGrade { overall, parameters },
                content,
            }
        },
    )
}

fn station_reading() -> impl Strategy<Value = StationReading> {
    let rest = (closed(), any::<u8>(), any::<bool>(), any::<i32>());
    (closed(), narrow(), narrow(), narrow(), rest, content()).prop_map(
        |(station, epoch, seq, trigger, (finding, flags, recipe_ok, value), content)| {
            StationReading {
                station,
                epoch: Epoch(epoch),
                seq,
                trigger,
                finding,
                flags,
                recipe_ok,
                value,
                content,
            }
        },
    )
}

fn command() -> impl Strategy<Value = Command> {
    let resolve = (narrow(), closed())
        .prop_map(|(track, resolution)| Command::Resolve { track: TrackIndex(track), resolution });
    prop_oneof![
        Just(Command::Start),
        Just(Command::Hold),
        Just(Command::Unhold),
        Just(Command::Stop),
        Just(Command::Abort),
        resolve,
        Just(Command::Shutdown),
        Just(Command::ApproveFirstPack),
    ]
}

fn pack() -> impl Strategy<Value = RecoveredPack> {
    let ids = (narrow(), wide(), narrow(), any::<Option<u32>>());
    let states = (
        prop::option::of(closed()),
        prop::option::of(closed()),
        closed(),
        prop::option::of(wide()),
        any::<bool>(),
    );
    (ids, states).prop_map(|((track, infeed, epoch, serial), states)| {
        let (verdict, reason, fate, fate_count, exit_seen) = states;
        RecoveredPack {
            track: TrackIndex(track),
            infeed: EncoderCount(infeed),
            io_epoch: Epoch(epoch),
            serial: serial.map(SerialIndex),
            verdict,
            reason,
            fate,
            fate_count: fate_count.map(EncoderCount),
            exit_seen,
        }
    })
}

fn recovery_end() -> impl Strategy<Value = Input> {
    let narrows = prop::array::uniform10(narrow());
    let ejects = prop::option::of(narrow());
    (narrows, prop::array::uniform5(wide()), closed(), any::<bool>(), ejects).prop_map(
        |(n, w, order_state, held, ejects_accounted)| Input::RecoveryEnd {
            io_epoch: Epoch(n[0]),
            io_seq: IoSeq(n[1]),
            bases: CountBases {
                io_epoch: Epoch(n[2]),
                infeed: n[3],
                exit: n[4],
                eject: n[5],
                labeler_epoch: Epoch(n[6]),
                printed: n[7],
            },
            counts: LineCounts { infeed: w[0], exit: w[1], eject_confirm: w[2], printed: w[3] },
            line_commissioned: n[8],
            exits_accounted: n[9],
            ejects_accounted,
            labels_accounted: w[4],
            order_state,
            held,
        },
    )
}

fn line_io() -> impl Strategy<Value = Input> {
    let up = (narrow(), wide(), narrow(), narrow(), any::<[u32; 11]>()).prop_map(
        |(epoch, encoder, first, permit_epoch, totals)| Input::LineIoUp {
            epoch: Epoch(epoch),
            encoder: EncoderCount(encoder),
            first_seq: IoSeq(first),
            permit_epoch,
            totals,
        },
    );
    let event = (narrow(), closed(), closed(), narrow(), wide()).prop_map(
        |(seq, channel, edge, ordinal, count)| Input::LineIoEvent {
            seq: IoSeq(seq),
            channel,
            edge,
            ordinal,
            count: EncoderCount(count),
        },
    );
    let numbers = (wide(), any::<u16>(), narrow(), narrow(), narrow());
    let sample = (numbers, closed(), any::<[u32; 11]>()).prop_map(
        |((encoder, inputs, permit_epoch, permits_accepted, next), fault, totals)| {
            Input::LineIoSample {
                encoder: EncoderCount(encoder),
                inputs,
                fault,
                permit_epoch,
                permits_accepted,
                next_seq: IoSeq(next),
                totals,
            }
        },
    );
    prop_oneof![up, Just(Input::LineIoDown), event, sample]
}

fn station() -> impl Strategy<Value = Input> {
    let up = (closed(), narrow(), any::<bool>(), narrow()).prop_map(
        |(station, epoch, recipe_ok, triggers)| Input::StationUp {
            station,
            epoch: Epoch(epoch),
            recipe_ok,
            triggers,
        },
    );
    let sample = (closed(), narrow(), narrow()).prop_map(|(station, triggers, last_seq)| {
        Input::StationSample { station, triggers, last_seq }
    });
    prop_oneof![
        up,
        station_reading().prop_map(Input::StationResult),
        sample,
        closed().prop_map(|station| Input::StationDown { station }),
    ]
}

fn camera() -> impl Strategy<Value = Input> {
    let up = (narrow(), any::<bool>(), narrow()).prop_map(|(epoch, recipe_ok, triggers)| {
        Input::CameraUp { epoch: Epoch(epoch), recipe_ok, triggers }
    });
    let sample = (narrow(), wide())
        .prop_map(|(triggers, last_seq)| Input::CameraSample { triggers, last_seq });
    prop_oneof![up, reading().prop_map(Input::CameraResult), sample, Just(Input::CameraDown)]
}

fn recovered() -> impl Strategy<Value = Input> {
    let job = prop::option::of((narrow(), narrow()));
    let serial =
        (narrow(), closed(), job, any::<Option<u32>>()).prop_map(|(serial, state, job, track)| {
            Input::RecoveredSerial {
                serial: SerialIndex(serial),
                state,
                job: job.map(|(epoch, job)| (Epoch(epoch), JobSeq(job))),
                track: track.map(TrackIndex),
            }
        });
    prop_oneof![serial, pack().prop_map(Input::RecoveredPack), recovery_end()]
}

fn any_input() -> impl Strategy<Value = Input> {
    let labeler = prop_oneof![
        report().prop_map(Input::LabelerUp),
        report().prop_map(Input::LabelerStatus),
        Just(Input::LabelerDown),
    ];
    let rest = prop_oneof![
        wide().prop_map(|seq| Input::Watermark(RecordSeq(seq))),
        Just(Input::LedgerFault),
        command().prop_map(Input::Command),
        Just(Input::Tick),
    ];
    prop_oneof![line_io(), labeler, camera(), station(), recovered(), rest]
}

/// Any input at any time; times mostly go on, but need not.
pub fn any_timed() -> impl Strategy<Value = Timed> {
    let now = prop_oneof![wide(), (0..100_000_u64).prop_map(|us| us * 1_000)];
    (now, any_input()).prop_map(|(now, input)| Timed { now: Nanos(now), input })
}

/// The number of a variant: a new one does not compile before it is generated above.
pub const fn variant(input: &Input) -> usize {
    match input {
        Input::LineIoUp { .. } => 0,
        Input::LineIoDown => 1,
        Input::LineIoEvent { .. } => 2,
        Input::LineIoSample { .. } => 3,
        Input::LabelerUp(_) => 4,
        Input::LabelerStatus(_) => 5,
        Input::LabelerDown => 6,
        Input::CameraUp { .. } => 7,
        Input::CameraResult(_) => 8,
        Input::CameraSample { .. } => 9,
        Input::CameraDown => 10,
        Input::StationUp { .. } => 11,
        Input::StationResult(_) => 12,
        Input::StationSample { .. } => 13,
        Input::StationDown { .. } => 14,
        Input::Watermark(_) => 15,
        Input::LedgerFault => 16,
        Input::Command(_) => 17,
        Input::RecoveredSerial { .. } => 18,
        Input::RecoveredPack(_) => 19,
        Input::RecoveryEnd { .. } => 20,
        Input::Tick => 21,
    }
}

#[test]
fn every_variant_is_generated() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = [false; 22];
    for _ in 0..2_000 {
        let timed = any_timed().new_tree(&mut runner).expect("an input").current();
        seen[variant(&timed.input)] = true;
    }
    assert_eq!(seen, [true; 22]);
}
