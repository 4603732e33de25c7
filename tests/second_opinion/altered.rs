//! Core and reference on inputs that the simulated line never gives: the inputs of a clean batch,
//! with one thing in them altered. An edge that no pack explains, a result that comes twice, late
//! or not at all, confirmations or commits that stay out for a while. The reference is shown every
//! input and may find nothing.
//!
//! The seed is printed; SEED sets it, ALTERED how often each kind is tried.

use crate::number;
use crate::support::virtual_batch;
use contracts::line_io::{Channel, Edge};
use line_core::event::{Input, LabelerReport, Output};
use line_core::ids::{EncoderCount, IoSeq, Nanos, RecordSeq};
use line_core::line::Line;
use line_sim::sim_config::EjectorKind;
use packline::simulation::observer::{CoreStart, Observer};
use packline::simulation::reference::Reference;
use packline::simulation::virtual_line::{Pace, VirtualBatch, VirtualLine};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const PACKS: u64 = 60;
/// Inputs that are compared behind the alteration: some packs' way along the line.
const BEHIND: usize = 1_500;

type Timed = (Nanos, Input);

/// What is altered.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// An edge of this eye that no pack explains.
    Edge(Channel),
    ResultTwice,
    ResultLate,
    ResultLost,
    /// The labeler's counters stand still.
    PrintsUnconfirmed,
    /// Commits stay out.
    DiskStalls,
}

const KINDS: [Kind; 9] = [
    Kind::Edge(Channel::CameraEye),
    Kind::Edge(Channel::Gate),
    Kind::Edge(Channel::Exit),
    Kind::Edge(Channel::EjectConfirm),
    Kind::ResultTwice,
    Kind::ResultLate,
    Kind::ResultLost,
    Kind::PrintsUnconfirmed,
    Kind::DiskStalls,
];

/// Everything that the core is given.
#[derive(Default)]
struct Tape(Vec<Timed>);

impl Observer for Tape {
    fn begin(&mut self, _: CoreStart<'_>) {
        assert!(self.0.is_empty(), "the controller is not restarted here");
    }

    fn input(&mut self, now: Nanos, input: &Input) {
        self.0.push((now, *input));
    }

    fn output(&mut self, _: &Output) {}

    fn settled(&mut self) {}
}

fn batch(ejector: EjectorKind) -> VirtualBatch {
    let mut batch = virtual_batch(PACKS, "", 3);
    batch.sim.ejector = ejector;
    batch
}

fn tape(ejector: EjectorKind) -> Vec<Timed> {
    let mut line = VirtualLine::observed(batch(ejector), Pace::Even, Tape::default());
    assert!(line.run(), "standstill");
    std::mem::take(line.observer()).0
}

fn is_result(input: &Input) -> bool {
    matches!(input, Input::CameraResult(_))
}

fn below(rng: &mut ChaCha20Rng, end: usize) -> usize {
    (rng.next_u64() % end as u64) as usize
}

/// Somewhere in the tape where `wanted` stands.
fn place(tape: &[Timed], rng: &mut ChaCha20Rng, wanted: impl Fn(&Input) -> bool) -> usize {
    let places: Vec<usize> =
        tape.iter().enumerate().filter(|(_, (_, input))| wanted(input)).map(|(i, _)| i).collect();
    places[below(rng, places.len())]
}

/// Alters the tape; gives the place.
fn alter(tape: &mut Vec<Timed>, kind: Kind, rng: &mut ChaCha20Rng) -> usize {
    match kind {
        Kind::Edge(channel) => edge(tape, channel, rng),
        Kind::ResultTwice | Kind::ResultLate | Kind::ResultLost => {
            let at = place(tape, rng, is_result);
            let result = tape[at].1;
            if !matches!(kind, Kind::ResultTwice) {
                tape.remove(at);
            }
            if !matches!(kind, Kind::ResultLost) {
                let to = (at + 1 + below(rng, 200)).min(tape.len() - 1);
                tape.insert(to, (tape[to].0, result));
            }
            at
        }
        Kind::PrintsUnconfirmed => {
            let is_report = |input: &Input| matches!(input, Input::LabelerStatus(_));
            let at = place(tape, rng, is_report);
            let Input::LabelerStatus(then) = tape[at].1 else { return at };
            for (_, input) in tape[at..].iter_mut().take(1 + below(rng, 400)) {
                if let Input::LabelerStatus(report) = input {
                    *report = unconfirmed(report, &then);
                }
            }
            at
        }
        Kind::DiskStalls => {
            // Not while the labeler has nothing yet: it cannot print what it was never sent.
            let begun = tape.iter().position(|(_, input)| is_result(input)).unwrap_or_default();
            let is_commit = |input: &Input| matches!(input, Input::Watermark(_));
            let at = begun + place(&tape[begun..], rng, is_commit);
            let end = (at + below(rng, 200)).min(tape.len());
            let mut index = 0;
            tape.retain(|(_, input)| {
                index += 1;
                !((at..end).contains(&(index - 1)) && matches!(input, Input::Watermark(_)))
            });
            at
        }
    }
}

/// A report whose labels are not told as printed beyond those of `then`.
fn unconfirmed(report: &LabelerReport, then: &LabelerReport) -> LabelerReport {
    LabelerReport {
        last_printed: then.last_printed,
        last_applied: then.last_applied,
        printed_total: then.printed_total,
        applied_total: then.applied_total,
        ..*report
    }
}

/// An edge at the place of another one; whatever the device numbers behind it moves on.
fn edge(tape: &mut Vec<Timed>, channel: Channel, rng: &mut ChaCha20Rng) -> usize {
    let at = place(tape, rng, |input| matches!(input, Input::LineIoEvent { .. }));
    let (now, Input::LineIoEvent { seq, count, .. }) = tape[at] else { return at };
    let mut ordinal = 1;
    for (_, input) in &tape[..at] {
        if let Input::LineIoEvent { channel: c, ordinal: n, .. } = input
            && *c == channel
        {
            ordinal = n + 1;
        }
    }
    for (_, input) in &mut tape[at..] {
        match input {
            Input::LineIoEvent { seq, channel: c, ordinal, .. } => {
                seq.0 += 2;
                *ordinal += u32::from(*c == channel);
            }
            Input::LineIoSample { next_seq, totals, .. } => {
                next_seq.0 += 2;
                totals[channel.index()] += 1;
            }
            _ => {}
        }
    }
    let told = |seq: u32, edge| Input::LineIoEvent {
        seq: IoSeq(seq),
        channel,
        edge,
        ordinal,
        count: EncoderCount(count.0),
    };
    tape.insert(at, (now, told(seq.0, Edge::Rising)));
    tape.insert(at + 1, (now, told(seq.0 + 1, Edge::Falling)));
    at
}

/// What the reference has against the core on this tape.
fn differences(batch: &VirtualBatch, tape: &[Timed]) -> (u64, Option<String>) {
    let (config, data, numbers) = (&batch.line, &batch.batch, &batch.numbers);
    let (target, low_pool) = (PACKS as u32, 0);
    let mut reference = Reference::default();
    reference.begin(CoreStart { config, batch: data, numbers, target, low_pool });
    let mut line = Line::new(*config, *data, numbers.clone(), target, low_pool);
    let mut emitted = RecordSeq(0);
    for (now, input) in tape {
        // The disk has what this core made, not what the other one did.
        let input =
            if let Input::Watermark(_) = input { Input::Watermark(emitted) } else { *input };
        reference.input(*now, &input);
        line.handle(*now, input);
        while let Some(output) = line.poll() {
            if let Output::Record(record) = &output {
                emitted = record.seq;
            }
            reference.output(&output);
        }
        reference.settled();
    }
    (reference.count(), reference.differences().first().map(|first| format!("{first:#?}")))
}

#[test]
fn the_reference_has_no_difference_on_altered_inputs() {
    let seed = number("SEED").unwrap_or(1);
    let times = number("ALTERED").unwrap_or(100);
    eprintln!("seed {seed}, each kind {times} times");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut wrong = Vec::new();
    for ejector in [EjectorKind::PassGate, EjectorKind::Pulse] {
        let (batch, clean) = (batch(ejector), tape(ejector));
        assert_eq!(differences(&batch, &clean), (0, None), "{ejector:?}: not altered");
        for kind in KINDS {
            for n in 0..times {
                let mut tape = clean.clone();
                let at = alter(&mut tape, kind, &mut rng);
                tape.truncate(at + BEHIND);
                let (count, first) = differences(&batch, &tape);
                if let Some(first) = first {
                    let told = format!("{ejector:?} {kind:?} {n} at {at}: {count}, first {first}");
                    wrong.push(told);
                }
            }
        }
    }
    let shown = wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of them: {shown}", wrong.len());
}
