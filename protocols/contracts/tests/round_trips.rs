//! Every frame with any value comes back as it went, and one changed register or byte is never
//! taken for what was sent where a checksum covers it.

use contracts::camera::{CONTENT_MAX, CameraResult, InLineGrade, ReadStatus};
use contracts::labeler::opcua::{JobResult, JobState};
use contracts::labeler::{
    BatchHeader, LabelerAction, LabelerCommand, LabelerFault, LabelerStatus, PrintJob,
};
use contracts::line_io::{
    CHANNELS, Channel, DeviceFault, Edge, LineIoCommand, LineIoEvent, LineIoStatus, Permit,
};
use contracts::station::{Finding, StationCommand, StationFrame, StationResult, StationStatus};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Ends of the range as often as all between.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![0..300_u32, any::<u32>(), Just(u32::MAX)]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..300_u64, any::<u64>(), Just(u64::MAX), Just(u64::from(u32::MAX))]
}

fn permit() -> impl Strategy<Value = Permit> {
    (word(), count(), count()).prop_map(|(track, from_count, to_count)| Permit {
        track,
        from_count,
        to_count,
    })
}

fn line_io_command() -> impl Strategy<Value = LineIoCommand> {
    let head = (any::<[u16; 3]>(), proptest::array::uniform6(word()));
    (head, vec(count(), 0..=5), vec(permit(), 0..=6)).prop_map(
        |((short, long), triggers, permits)| LineIoCommand {
            frame: short[0],
            heartbeat: short[1],
            outputs: short[2],
            epoch: long[0],
            permit_epoch: long[1],
            read_from: long[2],
            consumed_to: long[3],
            first_trigger: long[4],
            first_permit: long[5],
            triggers: triggers.into_iter().collect(),
            permits: permits.into_iter().collect(),
        },
    )
}

/// Events within what a frame can tell: behind their totals by 16 bits, the encoder by 32.
fn line_io_status() -> impl Strategy<Value = LineIoStatus> {
    let faults = [
        DeviceFault::None,
        DeviceFault::HeartbeatLost,
        DeviceFault::ExitWithoutPermit,
        DeviceFault::EjectNotConfirmed,
        DeviceFault::FifoFull,
        DeviceFault::EncoderImplausible,
    ];
    let head =
        (any::<[u16; 3]>(), proptest::array::uniform5(word()), count(), select(faults.to_vec()));
    let edges = select(vec![Edge::Rising, Edge::Falling]);
    let event = (select(Channel::ALL.to_vec()), edges, any::<u16>(), any::<u32>());
    let totals = proptest::collection::vec(word(), CHANNELS..=CHANNELS);
    (head, totals, word(), vec(event, 0..=20)).prop_map(
        |((short, long, encoder, fault), totals, first, events)| {
            let totals: [u32; CHANNELS] = totals.try_into().expect("as many");
            let mut status = LineIoStatus {
                frame: short[0],
                inputs: short[1],
                heartbeat_echo: short[2],
                epoch: long[0],
                permit_epoch: long[1],
                permits_accepted: long[2],
                triggers_accepted: long[3],
                next_seq: long[4],
                encoder,
                fault,
                totals,
                ..LineIoStatus::default()
            };
            for (n, (channel, edge, behind, counts)) in (0..).zip(events) {
                let event = LineIoEvent {
                    seq: first.wrapping_add(n),
                    channel,
                    edge,
                    ordinal: totals[channel.index()].wrapping_sub(behind.into()),
                    count: encoder.wrapping_sub(counts.into()),
                };
                status.events.push(event).expect("room");
            }
            status
        },
    )
}

fn header() -> impl Strategy<Value = BatchHeader> {
    let numbers = (any::<[u16; 3]>(), any::<(u8, u8)>());
    (numbers, any::<[u8; 14]>(), any::<[u8; 20]>(), any::<[u8; 6]>(), any::<[u8; 20]>()).prop_map(
        |((short, symbol), gtin, lot, expiry, national)| BatchHeader {
            template_revision: short[0],
            look_ahead: short[1],
            national_ai: short[2],
            gtin,
            lot,
            expiry,
            symbol,
            national,
        },
    )
}

fn job() -> impl Strategy<Value = PrintJob> {
    (word(), any::<u16>(), 0..=20_u16, any::<[u8; 20]>()).prop_map(
        |(seq, template_revision, len, data)| PrintJob { seq, template_revision, len, data },
    )
}

fn labeler_command() -> impl Strategy<Value = LabelerCommand> {
    let actions = select(vec![LabelerAction::None, LabelerAction::Flush]);
    (any::<[u16; 3]>(), word(), actions, vec(job(), 0..=2)).prop_map(
        |(short, epoch, action, jobs)| LabelerCommand {
            frame: short[0],
            heartbeat: short[1],
            action_seq: short[2],
            epoch,
            action,
            jobs: jobs.into_iter().collect(),
        },
    )
}

fn labeler_status() -> impl Strategy<Value = LabelerStatus> {
    let faults = [
        LabelerFault::None,
        LabelerFault::Gap,
        LabelerFault::Conflict,
        LabelerFault::NoHeader,
        LabelerFault::Empty,
        LabelerFault::WebBreak,
    ];
    (any::<[u16; 3]>(), proptest::array::uniform9(word()), select(faults.to_vec())).prop_map(
        |(short, long, fault)| LabelerStatus {
            frame: short[0],
            heartbeat_echo: short[1],
            action_done: short[2],
            epoch: long[0],
            header_hash: long[1],
            last_accepted: long[2],
            last_printed: long[3],
            last_applied: long[4],
            printed_total: long[5],
            applied_total: long[6],
            flushed_from: long[7],
            flushed_to: long[8],
            fault,
        },
    )
}

fn job_result() -> impl Strategy<Value = JobResult> {
    use JobState as S;
    let states = vec![S::Queued, S::Printed, S::Applied, S::Dropped, S::Scrapped];
    (word(), select(states), word()).prop_map(|(seq, state, strobe)| JobResult {
        seq,
        state,
        strobe,
    })
}

fn camera_result() -> impl Strategy<Value = CameraResult> {
    use ReadStatus as S;
    let statuses = select(vec![S::Decoded, S::NoRead, S::Multiple, S::Error]);
    let numbers = (count(), word(), word(), statuses, any::<u8>());
    (numbers, any::<(u8, [u8; 7])>(), vec(any::<u8>(), 0..=CONTENT_MAX)).prop_map(
        |((seq, trigger, recipe_hash, status, flags), (overall, parameters), content)| {
            let grade = InLineGrade { overall, parameters };
            let content = content.into_iter().collect();
            CameraResult { seq, trigger, recipe_hash, status, flags, grade, content }
        },
    )
}

fn station_result() -> impl Strategy<Value = StationResult> {
    let findings = select(vec![Finding::Measured, Finding::Nothing, Finding::Error]);
    let numbers = (word(), word(), word(), findings, any::<u8>(), any::<i32>());
    let content = vec(any::<u8>(), 0..=contracts::station::CONTENT_MAX);
    (numbers, content).prop_map(|((seq, trigger, recipe_hash, finding, flags, value), content)| {
        StationResult {
            seq,
            trigger,
            recipe_hash,
            finding,
            flags,
            value,
            content: content.into_iter().collect(),
        }
    })
}

fn station_frame() -> impl Strategy<Value = StationFrame> {
    let results = vec(station_result(), 0..=contracts::station::RESULTS_PER_FRAME);
    (any::<[u16; 2]>(), proptest::array::uniform4(word()), results).prop_map(
        |(short, long, results)| StationFrame {
            frame: short[0],
            heartbeat_echo: short[1],
            status: StationStatus {
                epoch: long[0],
                recipe_hash: long[1],
                last_seq: long[2],
                triggers: long[3],
            },
            results: results.into_iter().collect(),
        },
    )
}

/// One register is another one.
fn damaged<const N: usize>(mut frame: [u16; N], at: prop::sample::Index, by: u16) -> [u16; N] {
    frame[at.index(N)] ^= by;
    frame
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn line_io_frames(command in line_io_command(), status in line_io_status()) {
        prop_assert_eq!(LineIoCommand::decode(&command.encode()), Ok(command));
        prop_assert_eq!(LineIoStatus::decode(&status.encode()), Ok(status));
    }

    #[test]
    fn labeler_frames(command in labeler_command(), status in labeler_status(), h in header()) {
        prop_assert_eq!(LabelerCommand::decode(&command.encode()), Ok(command));
        prop_assert_eq!(LabelerStatus::decode(&status.encode()), Ok(status));
        prop_assert_eq!(LabelerStatus::from_bytes(&status.to_bytes()), Ok(status));
        prop_assert_eq!(BatchHeader::decode(&h.encode()), Ok(h));
        prop_assert_eq!(BatchHeader::from_bytes(&h.to_bytes()), Ok(h));
    }

    #[test]
    fn station_frames(
        frame in station_frame(),
        numbers in any::<[u32; 2]>(),
        short in any::<[u16; 2]>(),
    ) {
        prop_assert_eq!(StationFrame::decode(&frame.encode()), Ok(frame));
        let [recipe_hash, read_from] = numbers;
        let [frame, heartbeat] = short;
        let command = StationCommand { frame, heartbeat, recipe_hash, read_from };
        prop_assert_eq!(StationCommand::decode(&command.encode()), Ok(command));
    }

    #[test]
    fn results_over_opc_ua(
        camera in camera_result(),
        station in station_result(),
        result in job_result(),
        job in job(),
        epoch in word(),
    ) {
        prop_assert_eq!(CameraResult::decode(&camera.encode()), Ok(camera));
        prop_assert_eq!(StationResult::decode(&station.encode()), Ok(station));
        prop_assert_eq!(JobResult::from_bytes(&result.to_bytes()), Ok(result));
        prop_assert_eq!(PrintJob::from_bytes(&job.to_bytes(epoch), epoch), Ok(job));
    }

    /// What checksums cover: a permit, a job, the batch header. A register that is another one is
    /// refused, or stands where nothing of it is.
    #[test]
    fn a_damaged_permit_job_or_header_is_never_taken(
        command in line_io_command(),
        jobs in labeler_command(),
        h in header(),
        at in any::<prop::sample::Index>(),
        by in 1..=u16::MAX,
    ) {
        if let Ok(read) = LineIoCommand::decode(&damaged(command.encode(), at, by)) {
            let given = |c: &LineIoCommand, n: usize| {
                (c.permit_epoch, c.first_permit.wrapping_add(n as u32), c.permits[n])
            };
            for n in 0..read.permits.len() {
                prop_assert!(n < command.permits.len(), "a permit out of nothing");
                prop_assert_eq!(given(&read, n), given(&command, n));
            }
        }
        if let Ok(read) = LabelerCommand::decode(&damaged(jobs.encode(), at, by)) {
            for (n, job) in read.jobs.iter().enumerate() {
                prop_assert_eq!((read.epoch, Some(job)), (jobs.epoch, jobs.jobs.get(n)));
            }
        }
        if let Ok(read) = BatchHeader::decode(&damaged(h.encode(), at, by)) {
            prop_assert_eq!(read, h);
        }
    }
}
