//! Scenarios as tables: steps on the left, what the core is told and what the device holds on the
//! right. The device is a model of the contract, a few lines long.

use super::*;
use contracts::line_io::{CHANNELS, Channel, Edge, LineIoEvent};
use line_core::ids::TrackIndex;

struct Device {
    epoch: u32,
    permit_epoch: u32,
    permits: Vec<Permit>,
    triggers: Vec<u64>,
    events: u32,
    oldest: u32,
    outputs: u16,
}

impl Device {
    fn new(epoch: u32) -> Self {
        let (permits, triggers) = (Vec::new(), Vec::new());
        Self { epoch, permit_epoch: 1, permits, triggers, events: 0, oldest: 1, outputs: 0 }
    }

    fn exchange(&mut self, command: &LineIoCommand) -> LineIoStatus {
        if command.epoch == self.epoch {
            self.take(command);
        }
        let mut status = LineIoStatus {
            frame: command.frame,
            epoch: self.epoch,
            encoder: 1000,
            permit_epoch: self.permit_epoch,
            permits_accepted: self.permits.len() as u32,
            triggers_accepted: self.triggers.len() as u32,
            next_seq: self.events + 1,
            totals: [0; CHANNELS],
            fault: DeviceFault::None,
            ..LineIoStatus::default()
        };
        for seq in command.read_from.max(self.oldest)..=self.events {
            let (channel, edge) = (Channel::Infeed, Edge::Rising);
            let event = LineIoEvent { seq, channel, edge, ordinal: seq, count: 10 };
            let _ = status.events.push(event);
        }
        status
    }

    fn take(&mut self, command: &LineIoCommand) {
        self.outputs = command.outputs;
        self.oldest = self.oldest.max(command.consumed_to + 1);
        if command.permit_epoch > self.permit_epoch {
            self.permit_epoch = command.permit_epoch;
            self.permits.clear();
        }
        for (i, &at) in command.triggers.iter().enumerate() {
            if command.first_trigger as usize + i == self.triggers.len() + 1 {
                self.triggers.push(at);
            }
        }
        for (i, &permit) in command.permits.iter().enumerate() {
            let seq = command.first_permit as usize + i;
            if command.permit_epoch == self.permit_epoch && seq == self.permits.len() + 1 {
                self.permits.push(permit);
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// This many exchanges.
    Cycles(u32),
    /// The device gets the command, its answer is lost with the connection.
    LostAnswer,
    Cut,
    Restart(u32),
    /// The device raises its permit epoch by itself.
    Raise,
    /// This many edges.
    Edges(u32),
    /// The device drops events up to here, unconsumed.
    Overrun(u32),
    /// The core says so.
    Says(Output),
    /// The input ring takes this many more.
    Room(usize),
    ReadFrom(u32, u32),
}

fn say(input: Input) -> Option<String> {
    Some(match input {
        Input::LineIoUp { epoch, first_seq, permit_epoch, .. } => {
            format!("up e{epoch} s{first_seq} p{permit_epoch}")
        }
        Input::LineIoDown => "down".into(),
        Input::LineIoEvent { seq, .. } => format!("{seq}"),
        Input::LineIoSample { .. } => return None,
        other => format!("{other:?}"),
    })
}

fn run(steps: &[Step]) -> (String, Device, LineIoSession) {
    let (mut device, mut session) = (Device::new(1), LineIoSession::new());
    let (mut said, mut room) = (Vec::new(), usize::MAX);
    for step in steps {
        let mut push = |input| {
            let Some(text) = say(input) else { return true };
            if room > 0 {
                room -= 1;
                said.push(text);
                return true;
            }
            false
        };
        match *step {
            Step::Cycles(n) => {
                for _ in 0..n {
                    let status = device.exchange(&session.command(7));
                    session.on_status(&status, &mut push);
                }
            }
            Step::LostAnswer => {
                let _ = device.exchange(&session.command(7));
                session.on_disconnected(&mut push);
            }
            Step::Cut => session.on_disconnected(&mut push),
            Step::Restart(epoch) => device = Device::new(epoch),
            Step::Raise => {
                device.permit_epoch += 1;
                device.permits.clear();
            }
            Step::Edges(n) => device.events += n,
            Step::Overrun(seq) => device.oldest = seq + 1,
            Step::Says(output) => session.apply(&output),
            Step::Room(n) => room = n,
            Step::ReadFrom(epoch, seq) => session.read_from(Epoch(epoch), IoSeq(seq)),
        }
    }
    (said.join(", "), device, session)
}

fn permit(permit_epoch: u32, track: u32) -> Step {
    let (from, to) = (EncoderCount(1), EncoderCount(2));
    Step::Says(Output::Permit { permit_epoch, track: TrackIndex(track), from, to })
}

fn trigger(epoch: u32, at: u64) -> Step {
    Step::Says(Output::Trigger { epoch: Epoch(epoch), at: EncoderCount(at) })
}

fn new_epoch(permit_epoch: u32) -> Step {
    Step::Says(Output::NewPermitEpoch { permit_epoch })
}

fn consumed(epoch: u32, seq: u32) -> Step {
    Step::Says(Output::Consumed { epoch: Epoch(epoch), seq: IoSeq(seq) })
}

use Step::{Cut, Cycles, Edges, LostAnswer, Overrun, Raise, ReadFrom, Restart, Room};

#[test]
fn what_the_core_is_told() {
    let table: &[(&str, &[Step], &str)] = &[
        ("first contact", &[Cycles(3)], "up e1 s1 p2"),
        ("events in order", &[Cycles(2), Edges(3), Cycles(1)], "up e1 s1 p2, 1, 2, 3"),
        ("backlog first", &[Edges(2), Cycles(2)], "up e1 s1 p2, 1, 2"),
        ("a frame is not enough", &[Cycles(2), Edges(24), Cycles(2), Cut], {
            "up e1 s1 p2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
             21, 22, 23, 24, down"
        }),
        ("down is said once", &[Cut, Cycles(2), Cut, Cut], "up e1 s1 p2, down"),
        (
            "nothing lost over a cut",
            &[Cycles(2), Edges(2), Cycles(1), Edges(1), LostAnswer, Edges(1), Cycles(2)],
            "up e1 s1 p2, 1, 2, down, up e1 s3 p3, 3, 4",
        ),
        (
            "device restarts",
            &[Cycles(2), Edges(2), Cycles(1), Restart(9), Edges(1), Cycles(2)],
            "up e1 s1 p2, 1, 2, down, up e9 s1 p3, 1",
        ),
        ("resumes", &[Edges(5), ReadFrom(1, 4), Cycles(2)], "up e1 s4 p2, 4, 5"),
        ("not in another epoch", &[Edges(2), ReadFrom(7, 2), Cycles(2)], "up e1 s1 p2, 1, 2"),
        (
            "overrun starts over",
            &[Cycles(2), Edges(5), Overrun(3), Cycles(2)],
            "up e1 s1 p2, down, up e1 s4 p3, 4, 5",
        ),
        (
            "a full ring loses nothing",
            &[Cycles(2), Edges(3), Room(1), Cycles(2), Room(9), Cycles(1)],
            "up e1 s1 p2, 1, 2, 3",
        ),
        (
            "a full ring owes the down",
            &[Room(1), Cycles(2), Cut, Cut, Room(9), Cycles(2)],
            "up e1 s1 p2, down, up e1 s1 p3",
        ),
    ];
    for (name, steps, expected) in table {
        assert_eq!(run(steps).0, *expected, "{name}");
    }
}

#[test]
fn what_the_device_gets() {
    let up = Cycles(2); // The first contact ends in permit epoch 2, the second in 3.
    type Case<'a> = (&'a str, &'a [Step], &'a [u32], &'a [u64]);
    let table: &[Case] = &[
        ("in step", &[up, permit(2, 1), trigger(1, 5), Cycles(1)], &[1], &[5]),
        ("of another epoch", &[up, permit(1, 1), trigger(7, 5), Cycles(1)], &[], &[]),
        (
            "unacknowledged permits die with the link, triggers do not",
            &[up, permit(2, 1), trigger(1, 5), Cut, up, permit(2, 2), permit(3, 3), up],
            &[3],
            &[5],
        ),
        ("accepted permits die too", &[up, permit(2, 1), trigger(1, 5), LostAnswer, up], &[], &[5]),
        (
            "a trigger that was accepted unseen is not sent again",
            &[up, trigger(1, 5), LostAnswer, trigger(1, 6), up],
            &[],
            &[5, 6],
        ),
        ("a new permit epoch drops them", &[up, permit(2, 1), new_epoch(3), up], &[], &[]),
        (
            "and takes its own",
            &[up, permit(2, 1), new_epoch(3), permit(2, 2), permit(3, 3), up],
            &[3],
            &[],
        ),
        (
            "the device raised it by itself",
            &[up, Raise, permit(2, 1), up, permit(2, 2), permit(3, 3), up],
            &[3],
            &[],
        ),
        ("an old number raises nothing", &[up, new_epoch(2), permit(2, 1), up], &[1], &[]),
        (
            "device restarts: nothing of the old epoch is sent",
            &[up, permit(2, 1), trigger(1, 5), Restart(2), up, permit(2, 2), trigger(1, 6), up],
            &[],
            &[],
        ),
    ];
    for (name, steps, permits, triggers) in table {
        let (_, device, _) = run(steps);
        let tracks: Vec<u32> = device.permits.iter().map(|permit| permit.track).collect();
        assert_eq!(
            (tracks.as_slice(), device.triggers.as_slice()),
            (*permits, *triggers),
            "{name}"
        );
    }
}

#[test]
fn only_events_of_this_epoch_that_were_handed_over_are_consumed() {
    let table: &[(&[Step], u32)] = &[
        (&[Cycles(2), Edges(3), Cycles(1), consumed(1, 2), Cycles(1)], 3),
        (&[Cycles(2), Edges(3), consumed(1, 2), Cycles(1)], 1),
        (&[Cycles(2), Restart(2), Edges(5), Cycles(2), consumed(1, 3), Cycles(1)], 1),
        (&[Cycles(2), Restart(2), Edges(5), Cycles(2), consumed(2, 3), Cycles(1)], 4),
    ];
    for (steps, oldest) in table {
        assert_eq!(run(steps).1.oldest, *oldest, "{steps:?}");
    }
}

#[test]
fn many_triggers_and_permits_arrive_in_order() {
    let mut steps = vec![Cycles(2)];
    steps.extend((1..=40).map(|track| permit(2, track)));
    steps.extend((1..=40).map(|at| trigger(1, at)));
    steps.push(Cycles(8));
    let (_, device, session) = run(&steps);
    assert!(device.permits.iter().map(|permit| permit.track).eq(1..=40));
    assert!(device.triggers.iter().copied().eq(1..=40));
    assert!(!session.wants_more());
}

#[test]
fn overflow_of_permits_starts_a_new_epoch() {
    let mut steps = vec![Cycles(2)];
    steps.extend((0..=PERMIT_TAIL as u32).map(|track| permit(2, track)));
    steps.push(Cycles(2));
    let (_, device, _) = run(&steps);
    assert_eq!((device.permit_epoch, device.permits.len()), (3, 0));
}

#[test]
fn the_belt_runs_only_in_step() {
    let run_bit = Step::Says(Output::LineIoOutputs { bits: outputs::RUN | outputs::GREEN });
    let table: &[(&[Step], u16)] = &[
        (&[run_bit, Cycles(1)], 0),
        (&[run_bit, Cycles(2)], outputs::GREEN),
        (&[run_bit, Cycles(3)], outputs::GREEN | outputs::RUN),
    ];
    for (steps, expected) in table {
        assert_eq!(run(steps).1.outputs, *expected, "{steps:?}");
    }
}

/// What the core is told of a status: `?` for a sample that tells of doubt, with what it has read.
fn heard(session: &mut LineIoSession, status: &LineIoStatus, room: usize) -> Vec<String> {
    let mut said = Vec::new();
    session.on_status(status, &mut |input| {
        if said.len() == room {
            return false;
        }
        said.push(match input {
            Input::LineIoSample { fault: DeviceFault::EncoderImplausible, next_seq, .. } => {
                format!("?{next_seq}")
            }
            Input::LineIoSample { next_seq, .. } => format!("to {next_seq}"),
            other => say(other).unwrap_or_default(),
        });
        true
    });
    said
}

/// Its counts may be wrong already: nothing is taken for a pack's before the core knows.
#[test]
fn counts_in_doubt_are_told_before_the_events_that_bear_them() {
    let (_, mut device, mut session) = run(&[Cycles(3)]);
    device.events += 2;
    let mut status = device.exchange(&session.command(7));
    status.fault = DeviceFault::EncoderImplausible;
    assert!(heard(&mut session, &status, 0).is_empty(), "the ring is full");
    assert_eq!(heard(&mut session, &status, 9), ["?3", "1", "2", "?3"]);
    device.events += 1;
    let mut status = device.exchange(&session.command(7));
    status.fault = DeviceFault::EncoderImplausible;
    assert_eq!(heard(&mut session, &status, 9), ["3", "?4"], "told once");
    status.fault = DeviceFault::None;
    assert_eq!(heard(&mut session, &status, 9), ["to 4"]);
    status.fault = DeviceFault::EncoderImplausible;
    assert_eq!(heard(&mut session, &status, 9), ["?4", "?4"], "and again after a reset");
}
