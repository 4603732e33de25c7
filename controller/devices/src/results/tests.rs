//! Scenarios as tables: steps on the left, what the core is told on the right, for the camera and
//! for a station. The device is a model of the contract, a few lines long; its answers are as long
//! as those of either protocol.

use super::*;
use crate::camera::session::CameraSession;
use crate::station::session::StationSession;
use contracts::camera::{self, CameraResult, CameraStatus};
use contracts::station::{self, RESULTS_PER_FRAME, Station, StationResult, StationStatus};

const STATION: Station = Station::CartonCode;

/// The device's side of a source.
trait Model: ResultSource + Sized {
    fn session() -> ResultsSession<Self>;
    fn status(counters: Counters) -> Self::Status;
    fn result(seq: u32, trigger: u32, recipe_hash: u32) -> Self::Result;
    fn asked(seq: Self::Seq) -> u64;
}

impl Model for camera_source::Camera {
    fn session() -> CameraSession {
        CameraSession::new()
    }

    fn status(counters: Counters) -> CameraStatus {
        let Counters { epoch, recipe_hash, last_seq, triggers } = counters;
        CameraStatus { epoch, recipe_hash, last_seq, triggers }
    }

    fn result(seq: u32, trigger: u32, recipe_hash: u32) -> CameraResult {
        CameraResult { seq: seq.into(), trigger, recipe_hash, ..CameraResult::default() }
    }

    fn asked(seq: u64) -> u64 {
        seq
    }
}

impl Model for station_source::Beside {
    fn session() -> StationSession {
        StationSession::new(STATION)
    }

    fn status(counters: Counters) -> StationStatus {
        let Counters { epoch, recipe_hash, last_seq, triggers } = counters;
        let last_seq = u32::try_from(last_seq).expect("a short test");
        StationStatus { epoch, recipe_hash, last_seq, triggers }
    }

    fn result(seq: u32, trigger: u32, recipe_hash: u32) -> StationResult {
        StationResult { seq, trigger, recipe_hash, ..StationResult::default() }
    }

    fn asked(seq: u32) -> u64 {
        seq.into()
    }
}

use crate::camera::session as camera_source;
use crate::station::session as station_source;

#[derive(Clone, Copy, Debug)]
enum Step {
    Recipe(u32),
    /// The device takes the order's recipe.
    Echo(u32),
    Measure(u32),
    /// Answers, one a 5 ms.
    Calls(u32),
    Cut,
    Restart(u32),
    /// The device forgets its results.
    Forget,
    /// The input ring takes this many more.
    Room(usize),
}

fn say(input: Input) -> Option<String> {
    let up = |epoch: Epoch, triggers: u32, recipe_ok: bool| {
        format!("up e{epoch} t{triggers}{}", if recipe_ok { "" } else { " other recipe" })
    };
    let result = |seq: u64, recipe_ok: bool| format!("{seq}{}", if recipe_ok { "" } else { "!" });
    Some(match input {
        Input::CameraUp { epoch, recipe_ok, triggers } => up(epoch, triggers, recipe_ok),
        Input::StationUp { station: STATION, epoch, recipe_ok, triggers } => {
            up(epoch, triggers, recipe_ok)
        }
        Input::CameraDown | Input::StationDown { station: STATION } => "down".into(),
        Input::CameraResult(r) => result(r.seq, r.recipe_ok),
        Input::StationResult(r) if r.station == STATION => result(r.seq.into(), r.recipe_ok),
        Input::CameraSample { .. } | Input::StationSample { station: STATION, .. } => return None,
        other => format!("{other:?}"),
    })
}

struct Device<M: Model> {
    counters: Counters,
    results: Vec<(u64, M::Result)>,
}

impl<M: Model> Device<M> {
    fn new(epoch: u32) -> Self {
        let counters = Counters { epoch, recipe_hash: 7, last_seq: 0, triggers: 0 };
        Self { counters, results: Vec::new() }
    }

    fn measure(&mut self) {
        let Counters { last_seq, triggers, recipe_hash, .. } = &mut self.counters;
        (*last_seq, *triggers) = (*last_seq + 1, *triggers + 1);
        let seq = u32::try_from(*last_seq).expect("a short test");
        self.results.push((*last_seq, M::result(seq, *triggers, *recipe_hash)));
    }
}

fn run<M: Model>(steps: &[Step], max: usize) -> (String, ResultsSession<M>) {
    let (mut device, mut session) = (Device::<M>::new(1), M::session());
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
            Step::Echo(hash) => device.counters.recipe_hash = hash,
            Step::Measure(count) => (0..count).for_each(|_| device.measure()),
            Step::Calls(n) => {
                for _ in 0..n {
                    let from = M::asked(session.from_seq());
                    let first = device.results.iter().position(|(seq, _)| *seq >= from);
                    let wanted = first.map_or(device.results.len(), |first| first);
                    let taken = (device.results.len() - wanted).min(max);
                    let results: Vec<M::Result> =
                        device.results.drain(wanted..wanted + taken).map(|(_, r)| r).collect();
                    let status = M::status(device.counters);
                    session.on_answer(&status, &results, Nanos::from_ms(now_ms), &mut push);
                    let back = results.into_iter().map(|r| (M::seq(&r), r));
                    device.results.splice(wanted..wanted, back.collect::<Vec<_>>());
                    now_ms += 5;
                }
            }
            Step::Cut => session.on_disconnected(&mut push),
            Step::Restart(epoch) => device = Device::new(epoch),
            Step::Forget => device.results.clear(),
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
            "device restarts",
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
            &[Recipe(7), Room(2), Calls(1), Measure(3), Calls(2), Room(9), Calls(2)],
            "up e1 t0, 1, 2, 3",
        ),
        (
            "a full ring owes the down",
            &[Recipe(7), Room(1), Calls(1), Cut, Room(9), Calls(1)],
            "up e1 t0, down, up e1 t0",
        ),
    ];
    for (name, steps, expected) in table {
        for max in [RESULTS_PER_FRAME, station::RESULTS_PER_CALL, camera::RESULTS_PER_CALL] {
            let camera = run::<camera_source::Camera>(steps, max).0;
            assert_eq!(camera, *expected, "camera: {name}, {max} an answer");
            let station = run::<station_source::Beside>(steps, max).0;
            assert_eq!(station, *expected, "station: {name}, {max} an answer");
        }
    }
}

#[test]
fn more_than_one_answer_holds_is_asked_for_at_once() {
    let (frame, call) = (RESULTS_PER_FRAME, camera::RESULTS_PER_CALL);
    let table: &[(&[Step], usize, bool)] = &[
        (&[Calls(1), Measure(2), Calls(1)], frame, false),
        (&[Calls(1), Measure(3), Calls(1)], frame, true),
        (&[Calls(1), Measure(3), Calls(2)], frame, false),
        (&[Calls(1), Measure(32), Calls(1)], call, false),
        (&[Calls(1), Measure(33), Calls(1)], call, true),
        (&[Calls(1), Measure(33), Calls(2)], call, false),
        (&[Measure(3), Calls(1)], frame, false),
        (&[Calls(1), Restart(2), Measure(1), Calls(1)], frame, true),
    ];
    for (steps, max, expected) in table {
        let camera = run::<camera_source::Camera>(steps, *max).1.wants_more();
        let station = run::<station_source::Beside>(steps, *max).1.wants_more();
        assert_eq!((camera, station), (*expected, *expected), "{steps:?}, {max} an answer");
    }
}

/// The trigger count reaches the core when it changes and at 10 Hz at least, never more often.
#[test]
fn samples_come_when_due() {
    fn samples<M: Model>() -> Vec<(u64, u32, u64)> {
        let (mut session, mut samples) = (M::session(), Vec::new());
        for (at_ms, triggers) in [(0, 0), (5, 0), (49, 0), (50, 0), (55, 1), (60, 1), (105, 1)] {
            let status = M::status(Counters { epoch: 1, recipe_hash: 0, last_seq: 0, triggers });
            session.on_answer(&status, &[], Nanos::from_ms(at_ms), &mut |input| {
                match input {
                    Input::CameraSample { triggers, last_seq } => {
                        samples.push((at_ms, triggers, last_seq));
                    }
                    Input::StationSample { triggers, last_seq, .. } => {
                        samples.push((at_ms, triggers, last_seq.into()));
                    }
                    _ => {}
                }
                true
            });
        }
        samples
    }
    let expected = [(0, 0, 0), (50, 0, 0), (55, 1, 0), (105, 1, 0)];
    assert_eq!(samples::<camera_source::Camera>(), expected);
    assert_eq!(samples::<station_source::Beside>(), expected);
}

/// A station's last number has no next: its result is told once and not for ever again.
#[test]
fn the_last_number_of_a_station_is_told_once() {
    let mut session = StationSession::new(STATION);
    let last = |last_seq| StationStatus { epoch: 1, last_seq, ..StationStatus::default() };
    let mut told = 0;
    let mut push = |input| {
        told += usize::from(matches!(input, Input::StationResult(_)));
        true
    };
    session.on_answer(&last(u32::MAX - 1), &[], Nanos::default(), &mut push);
    let result = StationResult { seq: u32::MAX, ..StationResult::default() };
    for _ in 0..3 {
        let results = std::slice::from_ref(&result);
        session.on_answer(&last(u32::MAX), results, Nanos::default(), &mut push);
    }
    assert_eq!((told, session.from_seq()), (1, u32::MAX));
}
