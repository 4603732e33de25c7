//! Scenarios as tables: steps on the left, what the core is told on the right. The camera is a
//! model of the contract, a few lines long.

use super::*;

struct Camera {
    status: CameraStatus,
    results: Vec<CameraResult>,
}

impl Camera {
    fn new(epoch: u32) -> Self {
        let status = CameraStatus { epoch, recipe_hash: 7, ..CameraStatus::default() };
        Self { status, results: Vec::new() }
    }

    fn shoot(&mut self, count: u32) {
        for _ in 0..count {
            self.status.last_seq += 1;
            self.status.triggers += 1;
            self.results.push(CameraResult {
                seq: self.status.last_seq,
                trigger: self.status.triggers,
                recipe_hash: self.status.recipe_hash,
                ..CameraResult::default()
            });
        }
    }

    fn results(&self, from: u64) -> Vec<CameraResult> {
        let wanted = self.results.iter().filter(|result| result.seq >= from);
        wanted.take(RESULTS_PER_CALL).cloned().collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Recipe(u32),
    /// The camera takes the order's recipe.
    Echo(u32),
    Shoot(u32),
    /// Calls of `GetResults`, one a 5 ms.
    Calls(u32),
    Cut,
    Restart(u32),
    /// The camera forgets its results.
    Forget,
    /// The input ring takes this many more.
    Room(usize),
}

fn say(input: Input) -> Option<String> {
    Some(match input {
        Input::CameraUp { epoch, recipe_ok, triggers } => {
            format!("up e{epoch} t{triggers}{}", if recipe_ok { "" } else { " other recipe" })
        }
        Input::CameraDown => "down".into(),
        Input::CameraResult(r) => format!("{}{}", r.seq, if r.recipe_ok { "" } else { "!" }),
        Input::CameraSample { .. } => return None,
        other => format!("{other:?}"),
    })
}

fn run(steps: &[Step]) -> (String, CameraSession) {
    let (mut camera, mut session) = (Camera::new(1), CameraSession::new());
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
            Step::Echo(hash) => camera.status.recipe_hash = hash,
            Step::Shoot(count) => camera.shoot(count),
            Step::Calls(n) => {
                for _ in 0..n {
                    let results = camera.results(session.from_seq());
                    let now = Nanos::from_ms(now_ms);
                    session.on_answer(&camera.status, &results, now, &mut push);
                    now_ms += 5;
                }
            }
            Step::Cut => session.on_disconnected(&mut push),
            Step::Restart(epoch) => camera = Camera::new(epoch),
            Step::Forget => camera.results.clear(),
            Step::Room(n) => room = n,
        }
    }
    (said.join(", "), session)
}

use Step::{Calls, Cut, Echo, Forget, Recipe, Restart, Room, Shoot};

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
            &[Recipe(7), Calls(1), Echo(5), Shoot(1), Calls(2)],
            "up e1 t0, down, up e1 t1 other recipe, 1!",
        ),
        ("results, each once", &[Recipe(7), Calls(1), Shoot(2), Calls(3)], "up e1 t0, 1, 2"),
        ("old results", &[Recipe(7), Shoot(3), Calls(2), Shoot(1), Calls(1)], "up e1 t3, 4"),
        (
            "results made during a cut",
            &[Recipe(7), Calls(1), Shoot(1), Calls(1), Cut, Shoot(2), Cut, Calls(1)],
            "up e1 t0, 1, down, up e1 t3, 2, 3",
        ),
        (
            "camera restarts",
            &[Recipe(7), Calls(1), Shoot(5), Calls(1), Restart(4), Shoot(1), Calls(2)],
            "up e1 t0, 1, 2, 3, 4, 5, down, up e4 t1, 1",
        ),
        (
            "restart behind the asked sequence",
            &[Recipe(7), Calls(1), Shoot(1), Calls(1), Restart(4), Shoot(3), Calls(2)],
            "up e1 t0, 1, down, up e4 t3, 1, 2, 3",
        ),
        (
            "buffer overrun",
            &[Recipe(7), Calls(1), Shoot(2), Forget, Shoot(1), Calls(1)],
            "up e1 t0, down, up e1 t3, 3",
        ),
        (
            "all forgotten",
            &[Recipe(7), Calls(1), Shoot(2), Forget, Calls(2), Shoot(1), Calls(1)],
            "up e1 t0, down, up e1 t2, 3",
        ),
        (
            "a full ring loses nothing",
            &[Recipe(7), Room(2), Calls(1), Shoot(3), Calls(2), Room(9), Calls(1)],
            "up e1 t0, 1, 2, 3",
        ),
        (
            "a full ring owes the down",
            &[Recipe(7), Room(1), Calls(1), Cut, Room(9), Calls(1)],
            "up e1 t0, down, up e1 t0",
        ),
    ];
    for (name, steps, expected) in table {
        assert_eq!(run(steps).0, *expected, "{name}");
    }
}

#[test]
fn more_than_one_call_holds_is_asked_for_at_once() {
    let table: &[(&[Step], bool)] = &[
        (&[Calls(1), Shoot(31), Calls(1)], false),
        (&[Calls(1), Shoot(33), Calls(1)], true),
        (&[Calls(1), Shoot(33), Calls(2)], false),
    ];
    for (steps, expected) in table {
        assert_eq!(run(steps).1.wants_more(), *expected, "{steps:?}");
    }
}
