//! A million random sequences of what people command and what meanwhile happens, against a table of
//! PackML that shares nothing with `machine.rs`: each command is done or refused with its reason, a
//! refused one changes nothing at all, a done one is on record (faults.md row 14).
//!
//! `SEED=..` repeats a run, `SEQUENCES=..` makes it longer.

use super::config;
use super::fixture::{READY, Rig};
use crate::event::{Command as Cmd, Input, Output, Refusal};
use crate::ids::TrackIndex;
use crate::line_config::LineConfig;
use crate::reason::Resolution;
use crate::record::RecordBody;
use contracts::line_io::{Channel, Edge, inputs};
use contracts::open_scs::JobOrderState as O;
use contracts::packml::{UnitMode, UnitState as S};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const SEQUENCES: u64 = 1_000_000;
/// Commands and happenings of one sequence, at most.
const STEPS_MAX: u32 = 8;
/// Sequences on one line before it is made anew: the belt and the books go on meanwhile.
const SEQUENCES_A_LINE: u64 = 16;

/// PackML as it is printed in ISA-TR88.00.02: which command a state takes at all.
const TABLE: &[(&str, &[S])] = &[
    ("start", &[S::Idle]),
    ("hold", &[S::Execute, S::Starting, S::Unholding, S::Completing, S::Suspending, S::Suspended]),
    ("unhold", &[S::Held]),
    ("stop", &[S::Execute, S::Suspending, S::Suspended, S::Held, S::Completing]),
];

/// Where a unit may go from a state when nobody aborts it.
const WAYS: &[(S, &[S])] = &[
    (S::Idle, &[S::Starting, S::Stopped]),
    (S::Starting, &[S::Execute, S::Holding, S::Stopped]),
    (S::Execute, &[S::Holding, S::Completing, S::Suspending, S::Stopped]),
    (S::Suspending, &[S::Suspended, S::Holding, S::Completing, S::Unsuspending]),
    (S::Suspended, &[S::Unsuspending, S::Holding, S::Completing]),
    (S::Unsuspending, &[S::Execute, S::Holding, S::Completing]),
    (S::Holding, &[S::Held, S::Stopped]),
    (S::Held, &[S::Unholding, S::Completing, S::Stopped]),
    (S::Unholding, &[S::Execute, S::Holding, S::Completing, S::Stopped]),
    (S::Completing, &[S::Complete, S::Holding, S::Stopped]),
    (S::Complete, &[]),
    (S::Stopped, &[]),
    (S::Aborted, &[]),
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn name(command: Cmd) -> &'static str {
    match command {
        Cmd::Start => "start",
        Cmd::Hold => "hold",
        Cmd::Unhold => "unhold",
        Cmd::Stop => "stop",
        Cmd::Abort => "abort",
        Cmd::Resolve { .. } => "resolve",
        Cmd::Shutdown => "shutdown",
        Cmd::ApproveFirstPack => "approve first pack",
    }
}

/// What can be seen of a line; a refused command leaves all of it.
fn look(rig: &Rig) -> impl PartialEq + std::fmt::Debug + use<> {
    let line = &rig.line;
    let states = (line.unit_state(), line.order_state(), line.holds());
    let states = (states, line.first_pack_due());
    (states, line.records(), line.line_counts(), line.in_process(), line.unresolved().len())
}

struct Walk {
    rig: Rig,
    random: ChaCha8Rng,
    done: u64,
    refused: std::collections::BTreeMap<(&'static str, String), u64>,
}

impl Walk {
    fn below(&mut self, n: u32) -> u32 {
        self.random.next_u32() % n
    }

    fn step(&mut self) {
        let seen = self.rig.seen.len();
        let before = self.rig.line.unit_state();
        if self.below(2) == 0 {
            let command = self.any_command();
            self.command(command);
        } else {
            self.happening();
        }
        self.transitions(before, seen);
        self.rig.seen.clear();
    }

    fn any_command(&mut self) -> Cmd {
        let resolutions = [Resolution::Exited, Resolution::Ejected, Resolution::Removed];
        match self.below(21) {
            0..=3 => Cmd::Start,
            4..=7 => Cmd::Hold,
            8..=12 => Cmd::Unhold,
            13..=14 => Cmd::Stop,
            15 => Cmd::Abort,
            16 => Cmd::Shutdown,
            17 => Cmd::ApproveFirstPack,
            _ => {
                let resolution = resolutions[self.below(3) as usize];
                Cmd::Resolve { track: TrackIndex(self.below(6)), resolution }
            }
        }
    }

    fn command(&mut self, command: Cmd) {
        let before = look(&self.rig);
        let (unit, order) = (self.rig.line.unit_state(), self.rig.line.order_state());
        let first = self.rig.seen.len();
        let answer = self.rig.command(command);
        let answers = self.rig.seen[first..].iter().filter(|o| matches!(o, Output::Answer(_)));
        assert_eq!(answers.count(), 1, "one answer to {command:?} in {unit:?}");
        let here = TABLE.iter().find(|(word, _)| *word == name(command));
        let takes = here.is_none_or(|(_, states)| states.contains(&unit));
        match answer {
            Ok(()) => {
                self.done += 1;
                assert!(takes, "{command:?} was done in {unit:?}");
                let start = matches!(command, Cmd::Start);
                assert!(!start || order == O::Loaded, "an order that is {order:?} was started");
                self.is_on_record(command, unit, first);
            }
            Err(reason) => {
                assert_eq!(look(&self.rig), before, "a refused {command:?} changed something");
                let wrong_state = reason == Refusal::WrongState;
                assert!(takes || wrong_state, "{command:?} in {unit:?}: {reason:?}");
                let resolves = matches!(command, Cmd::Resolve { .. });
                let of_packs = matches!(
                    reason,
                    Refusal::UnknownPack
                        | Refusal::NotUnresolved
                        | Refusal::NotAccepted
                        | Refusal::NoExitEdge
                );
                assert_eq!(resolves, of_packs, "{command:?} refused as {reason:?}");
                *self.refused.entry((name(command), format!("{reason:?}"))).or_default() += 1;
            }
        }
    }

    /// What was done left a record of its own, unless nothing was left to do.
    fn is_on_record(&self, command: Cmd, unit: S, first: usize) {
        let records = || {
            self.rig.seen[first..].iter().filter_map(|output| match output {
                Output::Record(record) => Some(record.body),
                _ => None,
            })
        };
        let moved = records().any(|body| matches!(body, RecordBody::UnitState { .. }));
        let told = match command {
            Cmd::Resolve { track, .. } => records()
                .any(|b| matches!(b, RecordBody::PackResolved { track: t, .. } if t == track)),
            Cmd::Hold => records().any(|body| matches!(body, RecordBody::Hold { .. })) || moved,
            Cmd::Stop | Cmd::Shutdown => {
                let over = [S::Completing, S::Complete, S::Stopped, S::Aborted];
                // One that does not hear its devices ends held, which it is.
                let held = [S::Holding, S::Held];
                let ends = matches!(command, Cmd::Shutdown) && held.contains(&unit);
                moved || over.contains(&unit) || ends && !self.rig.line.is_heard()
            }
            Cmd::Start | Cmd::Unhold | Cmd::Abort => moved,
            // Its record is the taking, which the ledger holds before.
            Cmd::ApproveFirstPack => !self.rig.line.first_pack_due(),
        };
        assert!(told, "{command:?} in {unit:?} left no record");
    }

    /// Every change of the unit is one that PackML knows, and each is on record without a gap.
    fn transitions(&self, before: S, first: usize) {
        let mut unit = before;
        for output in &self.rig.seen[first..] {
            let Output::Record(record) = output else { continue };
            let RecordBody::UnitState { from, to } = record.body else { continue };
            assert_eq!(from, unit, "a change of the unit is missing");
            let ways = WAYS.iter().find(|(state, _)| *state == from).map_or(&[][..], |w| w.1);
            assert!(to == S::Aborted || ways.contains(&to), "{from:?} to {to:?}");
            unit = to;
        }
        assert_eq!(self.rig.line.unit_state(), unit, "a change of the unit is not on record");
    }

    fn happening(&mut self) {
        match self.below(16) {
            0..=2 => self.rig.purge(),
            3..=4 => self.rig.sample(),
            5 => self.rig.labeler_report(),
            6 => self.rig.input(Input::CameraDown),
            7..=8 => self.rig.camera_up(),
            9 => self.rig.labeler_up(),
            10 => self.rig.line_io_restarts(),
            11 => self.rig.labeler_restarts(),
            12 => {
                let moods = [READY, READY, READY | inputs::BIN_FULL, READY | inputs::MOVING, 0];
                self.rig.inputs = moods[self.below(5) as usize];
                self.rig.sample();
            }
            13 => {
                let to = self.rig.encoder + u64::from(self.below(4_000));
                self.rig.move_to(to);
            }
            _ => {
                let channel = Channel::ALL[self.below(7) as usize];
                self.rig.edge(channel, Edge::Rising);
                self.rig.edge(channel, Edge::Falling);
            }
        }
    }
}

/// A line that has met some of its devices, or all; in production or on trial.
fn fresh(random: &mut ChaCha8Rng) -> Rig {
    let modes = [UnitMode::Production, UnitMode::Production, UnitMode::Challenge, UnitMode::Setup];
    let mode = modes[random.next_u32() as usize % modes.len()];
    let first_pack_due = random.next_u32().is_multiple_of(4);
    let config = LineConfig { mode, first_pack_due, ..config() };
    let mut rig = Rig::dark(config, 40, 40);
    if !random.next_u32().is_multiple_of(8) {
        rig.all_up();
    }
    rig
}

#[test]
fn a_million_sequences_of_commands() {
    let (sequences, seed) = (number("SEQUENCES", SEQUENCES), number("SEED", 0));
    let seed =
        if seed == 0 { std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 } else { seed };
    println!("SEED={seed} SEQUENCES={sequences}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rig = fresh(&mut random);
    let mut walk = Walk { rig, random, done: 0, refused: Default::default() };
    for sequence in 0..sequences {
        let state = walk.rig.line.unit_state();
        let over = matches!(state, S::Complete | S::Aborted | S::Stopped);
        if sequence % SEQUENCES_A_LINE == 0 || (over && sequence % 2 == 0) {
            walk.rig = fresh(&mut walk.random);
        }
        for _ in 0..1 + walk.below(STEPS_MAX) {
            walk.step();
        }
    }
    println!("{sequences} sequences: {} commands done, refused:", walk.done);
    for ((command, reason), count) in &walk.refused {
        println!("  {command:<8} {reason:<16} {count}");
    }
    let reasons: std::collections::BTreeSet<_> = walk.refused.keys().map(|(_, r)| r).collect();
    let enough = sequences < 100_000 || reasons.len() >= 6;
    assert!(enough && walk.done > 0, "only {reasons:?} were met: the walk is too short");
}
