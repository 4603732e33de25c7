//! Scenarios as tables: steps on the left, what the core is told on the right. The station is a
//! model of the contract, a few lines long; answers are as long as those of either protocol.

use super::*;
use contracts::station::{RESULTS_PER_CALL, RESULTS_PER_FRAME};

struct Model {
    status: StationStatus,
    results: Vec<StationResult>,
}

impl Model {
    fn new(epoch: u32) -> Self {
        let status = StationStatus { epoch, recipe_hash: 7, ..StationStatus::default() };
        Self { status, results: Vec::new() }
    }

    fn measure(&mut self, count: u32) {
        for _ in 0..count {
            self.status.last_seq += 1;
            self.status.triggers += 1;
            self.results.push(StationResult {
                seq: self.status.last_seq,
                trigger: self.status.triggers,
                recipe_hash: self.status.recipe_hash,
                ..StationResult::default()
            });
        }
    }

    fn results(&self, from: u32, max: usize) -> Vec<StationResult> {
        let wanted = self.results.iter().filter(|result| result.seq >= from);
        wanted.take(max).cloned().collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Recipe(u32),
    /// The station takes the order's recipe.
    Echo(u32),
    Measure(u32),
    /// Answers, one a 5 ms.
    Calls(u32),
    Cut,
    Restart(u32),
    /// The station forgets its results.
    Forget,
    /// The input ring takes this many more.
    Room(usize),
}

fn say(input: Input) -> Option<String> {
    Some(match input {
        Input::StationUp { station: Station::CartonCode, epoch, recipe_ok, triggers } => {
            format!("up e{epoch} t{triggers}{}", if recipe_ok { "" } else { " other recipe" })
        }
        Input::StationDown { station: Station::CartonCode } => "down".into(),
        Input::StationResult(r) if r.station == Station::CartonCode => {
            format!("{}{}", r.seq, if r.recipe_ok { "" } else { "!" })
        }
        Input::StationSample { station: Station::CartonCode, .. } => return None,
        other => format!("{other:?}"),
    })
}

fn run(steps: &[Step], max: usize) -> (String, StationSession) {
    let (mut model, mut session) = (Model::new(1), StationSession::new(Station::CartonCode));
    let (mut said, mut room, mut now_ms) = (Vec::new(), usize::MAX, 0);
    for step in steps {
        let mut push = |input| {
            let Some(text) = say(input) else { return true };
            let fits = room > 0;
            if fits {
                room -= 1;
                said.push(text);
            }
            fits
        };
        match *step {
            Step::Recipe(hash) => session.set_recipe(hash),
            Step::Echo(hash) => model.status.recipe_hash = hash,
            Step::Measure(count) => model.measure(count),
            Step::Calls(n) => {
                for _ in 0..n {
                    let results = model.results(session.from_seq(), max);
                    let now = Nanos::from_ms(now_ms);
                    session.on_answer(&model.status, &results, now, &mut push);
                    now_ms += 5;
                }
            }
            Step::Cut => session.on_disconnected(&mut push),
            Step::Restart(epoch) => model = Model::new(epoch),
            Step::Forget => model.results.clear(),
            Step::Room(n) => room = n,
        }
    }
    (said.join(", "), session)
}

use Step::{Calls, Cut, Echo, Forget, Measure, Recipe, Restart, Room};

#[test]
fn what_the_core_is_told() {
    let table: &[(&str, &[Step], &str)] = &[
        ("no recipe wanted yet", &[Calls(2)], "up e1 t0 other recipe"),
        ("recipe", &[Recipe(7), Calls(2)], "up e1 t0"),
        (
            "recipe set later",
            &[Calls(1), Recipe(9), Calls(1), Echo(9), Calls(2)],
            "up e1 t0 other recipe, down, up e1 t0",
        ),
        (
            "recipe lost on the run",
            &[Recipe(7), Calls(1), Echo(5), Measure(1), Calls(2)],
            "up e1 t0, down, up e1 t1 other recipe, 1!",
        ),
        ("results, each once", &[Recipe(7), Calls(1), Measure(2), Calls(3)], "up e1 t0, 1, 2"),
        (
            "more than an answer holds",
            &[Recipe(7), Calls(1), Measure(5), Calls(3)],
            "up e1 t0, 1, 2, 3, 4, 5",
        ),
        ("old results", &[Recipe(7), Measure(3), Calls(2), Measure(1), Calls(1)], "up e1 t3, 4"),
        (
            "results made during a cut",
            &[Recipe(7), Calls(1), Measure(1), Calls(1), Cut, Measure(2), Cut, Calls(1)],
            "up e1 t0, 1, down, up e1 t3, 2, 3",
        ),
        (
            "station restarts",
            &[Recipe(7), Calls(1), Measure(2), Calls(1), Restart(4), Measure(1), Calls(2)],
            "up e1 t0, 1, 2, down, up e4 t1, 1",
        ),
        (
            "restart behind the asked sequence",
            &[Recipe(7), Calls(1), Measure(1), Calls(1), Restart(4), Measure(2), Calls(2)],
            "up e1 t0, 1, down, up e4 t2, 1, 2",
        ),
        (
            "buffer overrun",
            &[Recipe(7), Calls(1), Measure(2), Forget, Measure(1), Calls(1)],
            "up e1 t0, down, up e1 t3, 3",
        ),
        (
            "all forgotten",
            &[Recipe(7), Calls(1), Measure(2), Forget, Calls(2), Measure(1), Calls(1)],
            "up e1 t0, down, up e1 t2, 3",
        ),
        (
            "a full ring loses nothing",
            &[Recipe(7), Room(2), Calls(1), Measure(3), Calls(2), Room(9), Calls(1)],
            "up e1 t0, 1, 2, 3",
        ),
        (
            "a full ring owes the down",
            &[Recipe(7), Room(1), Calls(1), Cut, Room(9), Calls(1)],
            "up e1 t0, down, up e1 t0",
        ),
    ];
    for (name, steps, expected) in table {
        for max in [RESULTS_PER_FRAME, RESULTS_PER_CALL] {
            assert_eq!(run(steps, max).0, *expected, "{name}, {max} an answer");
        }
    }
}

#[test]
fn more_than_one_answer_holds_is_asked_for_at_once() {
    let (frame, call) = (RESULTS_PER_FRAME, RESULTS_PER_CALL);
    let table: &[(&[Step], usize, bool)] = &[
        (&[Calls(1), Measure(2), Calls(1)], frame, false),
        (&[Calls(1), Measure(3), Calls(1)], frame, true),
        (&[Calls(1), Measure(3), Calls(2)], frame, false),
        (&[Calls(1), Measure(32), Calls(1)], call, false),
        (&[Calls(1), Measure(33), Calls(1)], call, true),
        (&[Measure(3), Calls(1)], frame, false),
        (&[Calls(1), Restart(2), Measure(1), Calls(1)], frame, true),
    ];
    for (steps, max, expected) in table {
        assert_eq!(run(steps, *max).1.wants_more(), *expected, "{steps:?}, {max} an answer");
    }
}

/// The strobe count reaches the core when it changes and at 10 Hz at least, never more often.
#[test]
fn samples_come_when_due() {
    let mut session = StationSession::new(Station::Checkweigher);
    let mut samples = Vec::new();
    for (at_ms, triggers) in [(0, 0), (5, 0), (49, 0), (50, 0), (55, 1), (60, 1), (105, 1)] {
        let status = StationStatus { epoch: 1, triggers, ..StationStatus::default() };
        session.on_answer(&status, &[], Nanos::from_ms(at_ms), &mut |input| {
            if let Input::StationSample { triggers, last_seq, .. } = input {
                samples.push((at_ms, triggers, last_seq));
            }
            true
        });
    }
    assert_eq!(samples, [(0, 0, 0), (50, 0, 0), (55, 1, 0), (105, 1, 0)]);
}

#[test]
fn the_command_names_what_is_wanted() {
    let mut session = StationSession::new(Station::TextCheck);
    let first = session.command();
    assert_eq!((first.recipe_hash, first.read_from), (0, 1), "no order yet: leave the recipe");
    session.set_recipe(9);
    let status = StationStatus { epoch: 1, last_seq: 70_000, ..StationStatus::default() };
    session.on_answer(&status, &[], Nanos::default(), &mut |_| true);
    let second = session.command();
    assert_eq!((second.recipe_hash, second.read_from), (9, 70_001));
    assert_eq!(second.frame, first.frame + 1);
}
