//! Scenarios as tables: steps on the left, what the core is told and what the labeler printed or
//! flushed on the right. The labeler is a model of the contract, a few lines long.

use super::*;
use contracts::labeler::LabelerFault;
use line_core::ids::{Epoch, JobSeq, SerialIndex};

fn header(look_ahead: u16) -> BatchHeader {
    BatchHeader {
        template_revision: 3,
        gtin: *b"04150037528643",
        look_ahead,
        ..BatchHeader::default()
    }
}

#[derive(Default)]
struct Labeler {
    status: LabelerStatus,
    /// Every job that arrived: sequence and crc.
    arrived: Vec<(u32, u32)>,
    queue: Vec<u32>,
    printed: Vec<u32>,
    room: usize,
}

impl Labeler {
    fn new(epoch: u32) -> Self {
        let status = LabelerStatus { epoch, ..LabelerStatus::default() };
        Self { status, room: 64, ..Self::default() }
    }

    fn exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        self.status.frame = command.frame;
        for job in command.jobs.iter().filter(|_| command.epoch == self.status.epoch) {
            self.arrived.push((job.seq, job.crc(command.epoch)));
            if job.seq > self.status.last_accepted + 1 {
                self.status.fault = LabelerFault::Gap;
            } else if job.seq == self.status.last_accepted + 1 && self.queue.len() < self.room {
                self.status.last_accepted = job.seq;
                self.queue.push(job.seq);
            }
        }
        if command.action == LabelerAction::Flush && command.action_seq != self.status.action_done {
            self.status.action_done = command.action_seq;
            self.status.flushed_from = self.queue.first().copied().unwrap_or(0);
            self.status.flushed_to = self.queue.last().copied().unwrap_or(0);
            self.queue.clear();
        }
        self.status
    }

    fn print(&mut self, count: usize) {
        for job in self.queue.drain(..count.min(self.queue.len())) {
            self.printed.push(job);
            self.status.last_printed = job;
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Exchanges (the first on a connection is a read), one a 10 ms.
    Cycles(u32),
    /// The labeler gets the command, its answer is lost with the connection.
    LostAnswer,
    Cut,
    Restart(u32),
    Header,
    /// Jobs from..=to for the labeler epoch.
    Jobs(u32, u32, u32),
    Flush(u16),
    Print(usize),
    /// Jobs that the labeler's queue holds.
    Queue(usize),
    /// The input ring takes this many more.
    Room(usize),
}

struct Outcome {
    said: String,
    labeler: Labeler,
    session: LabelerSession,
}

fn say(input: Input) -> String {
    let report = |r: LabelerReport| {
        let header = if r.header_ok { "" } else { " no header" };
        let flush = if r.flush_done == 0 { String::new() } else { format!(" f{}", r.flush_done) };
        format!("a{} p{}{flush}{header}", r.last_accepted, r.last_printed)
    };
    match input {
        Input::LabelerUp(r) => format!("up e{} {}", r.epoch, report(r)),
        Input::LabelerStatus(r) => report(r),
        Input::LabelerDown => "down".into(),
        other => format!("{other:?}"),
    }
}

fn cycle(session: &mut LabelerSession, labeler: &mut Labeler) -> LabelerStatus {
    if session.is_up() { labeler.exchange(&session.command()) } else { labeler.status }
}

fn run(steps: &[Step]) -> Outcome {
    let (mut labeler, mut session) = (Labeler::new(1), LabelerSession::new());
    let (mut said, mut room, mut now_ms) = (Vec::new(), usize::MAX, 0);
    for step in steps {
        let mut push = |input| {
            let fits = room > 0;
            if fits {
                room -= 1;
                said.push(say(input));
            }
            fits
        };
        match *step {
            Step::Cycles(n) => {
                for _ in 0..n {
                    let status = cycle(&mut session, &mut labeler);
                    session.on_status(&status, Nanos::from_ms(now_ms), &mut push);
                    if let Some(header) = session.needs_header(&status) {
                        labeler.status.header_hash = header.hash();
                    }
                    now_ms += 10;
                }
            }
            Step::LostAnswer => {
                let _ = cycle(&mut session, &mut labeler);
                session.on_disconnected(&mut push);
            }
            Step::Cut => session.on_disconnected(&mut push),
            Step::Restart(epoch) => labeler = Labeler::new(epoch),
            Step::Header => session.set_header(header(64)),
            Step::Jobs(epoch, from, to) => {
                for job in from..=to {
                    session.apply(&Output::Dispatch(dispatch(epoch, job)));
                }
            }
            Step::Flush(flush) => session.apply(&Output::FlushLabeler { flush }),
            Step::Print(count) => labeler.print(count),
            Step::Queue(jobs) => labeler.room = jobs,
            Step::Room(n) => room = n,
        }
    }
    Outcome { said: said.join(", "), labeler, session }
}

fn dispatch(epoch: u32, job: u32) -> Dispatch {
    Dispatch {
        labeler_epoch: Epoch(epoch),
        job: JobSeq(job),
        serial: SerialIndex(job - 1),
        number: format!("SN{epoch}-{job}").parse().unwrap(),
    }
}

use Step::{Cut, Cycles, Flush, Header, Jobs, LostAnswer, Print, Queue, Restart, Room};

#[test]
fn what_the_core_is_told() {
    let table: &[(&str, &[Step], &str)] = &[
        ("header", &[Cycles(2), Header, Cycles(2)], "up e1 a0 p0 no header, a0 p0"),
        ("at least every 100 ms", &[Header, Cycles(22)], {
            "up e1 a0 p0 no header, a0 p0, a0 p0, a0 p0"
        }),
        (
            "counters",
            &[Header, Cycles(2), Jobs(1, 1, 2), Cycles(1), Print(1), Cycles(1)],
            "up e1 a0 p0 no header, a0 p0, a2 p0, a2 p1",
        ),
        ("down once", &[Cycles(1), Cut, Cut, Cycles(1)], {
            "up e1 a0 p0 no header, down, up e1 a0 p0 no header"
        }),
        ("restart", &[Cycles(1), Restart(5), Cycles(2)], {
            "up e1 a0 p0 no header, down, up e5 a0 p0 no header"
        }),
        ("a full ring owes the down", &[Room(1), Cycles(1), Cut, Room(9), Cycles(1)], {
            "up e1 a0 p0 no header, down, up e1 a0 p0 no header"
        }),
    ];
    for (name, steps, expected) in table {
        assert_eq!(run(steps).said, *expected, "{name}");
    }
}

#[test]
fn every_job_is_accepted_once_and_in_order() {
    let table: &[(&str, &[Step], &[u32])] = &[
        ("held back without a header", &[Cycles(1), Jobs(1, 1, 3), Cycles(5)], &[]),
        ("two a frame", &[Header, Cycles(2), Jobs(1, 1, 5), Cycles(3)], &[1, 2, 3, 4, 5]),
        ("for another epoch", &[Header, Cycles(2), Jobs(7, 1, 2), Cycles(3)], &[]),
        (
            "dispatched twice",
            &[Header, Cycles(2), Jobs(1, 1, 2), Jobs(1, 1, 3), Cycles(3)],
            &[1, 2, 3],
        ),
        (
            "accepted unseen: not sent again",
            &[Header, Cycles(2), Jobs(1, 1, 5), LostAnswer, Cycles(4)],
            &[1, 2, 3, 4, 5],
        ),
        ("dispatched while down", &[Header, Cycles(2), Cut, Jobs(1, 1, 2), Cycles(3)], &[1, 2]),
        (
            "a restarted labeler gets nothing of the tail",
            &[
                Header,
                Cycles(2),
                Jobs(1, 1, 5),
                Cycles(1),
                Restart(2),
                Cycles(5),
                Jobs(2, 1, 2),
                Cycles(3),
            ],
            &[1, 2],
        ),
        (
            "a full queue is tried again",
            &[Header, Cycles(2), Queue(1), Jobs(1, 1, 2), Cycles(2), Print(1), Cycles(1)],
            &[1, 2, 2, 2],
        ),
    ];
    for (name, steps, arrived) in table {
        let outcome = run(steps);
        let found: Vec<u32> = outcome.labeler.arrived.iter().map(|job| job.0).collect();
        assert_eq!(found, *arrived, "{name}");
        assert_eq!(outcome.labeler.status.fault, LabelerFault::None, "{name}");
    }
}

#[test]
fn a_resent_job_keeps_its_crc() {
    let steps = [Header, Cycles(2), Queue(0), Jobs(1, 1, 1), LostAnswer, Queue(9), Cycles(2)];
    let arrived = run(&steps).labeler.arrived;
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0], arrived[1]);
}

#[test]
fn after_a_flush_every_job_is_printed_or_flushed() {
    let start: &[Step] = &[Header, Cycles(2), Jobs(1, 1, 6)];
    type Case<'a> = (&'a str, &'a [Step], u32, (u32, u32), u32);
    let table: &[Case] = &[
        ("accepted first, then flushed", &[Flush(1), Cycles(5)], 0, (1, 6), 6),
        ("some printed", &[Cycles(2), Print(3), Flush(1), Cycles(5)], 3, (4, 6), 6),
        ("all printed", &[Cycles(3), Print(9), Flush(1), Cycles(5)], 6, (0, 0), 6),
        (
            "printed while the tail is taken",
            &[Flush(1), Cycles(1), Print(2), Cycles(5)],
            2,
            (3, 6),
            6,
        ),
        ("over a cut", &[Flush(1), Cycles(1), LostAnswer, Cycles(5)], 0, (1, 6), 6),
        ("answer of the flush lost", &[Flush(1), Cycles(3), LostAnswer, Cycles(3)], 0, (1, 6), 6),
        ("later jobs follow it", &[Flush(1), Jobs(1, 7, 8), Cycles(6)], 0, (1, 6), 8),
        ("a restarted labeler has nothing", &[Flush(1), Restart(2), Cycles(6)], 0, (0, 0), 0),
    ];
    for (name, rest, printed, flushed, accepted) in table {
        let outcome = run(&[start, rest].concat());
        let status = outcome.labeler.status;
        assert!(outcome.said.contains("f1"), "{name}: {}", outcome.said);
        assert_eq!(status.last_printed, *printed, "{name}");
        assert_eq!((status.flushed_from, status.flushed_to), *flushed, "{name}");
        assert_eq!(status.last_accepted, *accepted, "{name}");
        assert_eq!(status.fault, LabelerFault::None, "{name}");
    }
}

#[test]
fn an_earlier_process_has_flushed_under_the_same_number() {
    let first = run(&[Header, Cycles(2), Jobs(1, 1, 2), Cycles(2), Flush(1), Cycles(2)]);
    assert!(first.said.ends_with("f1"), "{}", first.said);
    let (mut labeler, mut session) = (first.labeler, LabelerSession::new());
    session.set_header(header(64));
    let mut reports = Vec::new();
    for now_ms in 0..4 {
        let status = cycle(&mut session, &mut labeler);
        session.on_status(&status, Nanos::from_ms(now_ms), &mut |input| {
            reports.push(say(input));
            true
        });
        if now_ms == 0 {
            session.apply(&Output::FlushLabeler { flush: 1 });
        }
    }
    assert_eq!(reports, ["up e1 a2 p0", "a2 p0 f1"]);
    assert_eq!(labeler.status.action_done, 2);
}

#[test]
fn cycles_follow_at_once_only_while_there_is_progress() {
    let table: &[(&[Step], bool)] = &[
        (&[Header, Cycles(2)], false),
        (&[Header, Cycles(2), Jobs(1, 1, 6)], true),
        (&[Header, Cycles(2), Jobs(1, 1, 6), Cycles(2)], true),
        (&[Header, Cycles(2), Jobs(1, 1, 6), Cycles(3)], false),
        (&[Header, Cycles(2), Queue(0), Jobs(1, 1, 6), Cycles(1)], false),
    ];
    for (steps, expected) in table {
        assert_eq!(run(steps).session.wants_more(), *expected, "{steps:?}");
    }
}
