//! The batch: load, start, look after holds, stop when every pack has entered, close.
//!
//! Everything through the service's requests. Must never end before the books are closed, unless
//! the line has come to a standstill.

use super::Stop;
use super::challenge;
use super::child::Simulator;
use super::dark_labels;
use super::files::Files;
use super::floor::DemoFloor;
use super::progress::Progress;
use crate::cli::args::{DemoArgs, LabelerKind, OperatorKind};
use crate::cli::exit::Exit;
use crate::service::Service;
use crate::simulation::operator::{OPERATOR, before_close, handle_hold};
use hmi::{By, LinkState, OrderAction, Request, Snapshot};
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The person needs a moment.
const PERSON_COMES: Duration = Duration::from_millis(1_200);
/// Without a further pack for so long, none will come.
const FED: Duration = Duration::from_secs(4);
/// Without any progress for so long, the line has come to a standstill.
const STANDSTILL: Duration = Duration::from_secs(60);

fn failed(text: impl Into<String>) -> Stop {
    (Exit::NotProven, text.into())
}

/// Runs the whole batch.
///
/// # Errors
/// In words; exit 3 for a batch that does not come to its end.
pub fn batch(
    args: &DemoArgs,
    service: &Service,
    simulator: &Simulator,
    files: &Files,
) -> Result<(), Stop> {
    let (text, by) = (files.order.clone(), By::unproven(OPERATOR));
    service
        .ask(|reply| Request::LoadOrder { text, file: None, pool: None, by, reply })
        .map_err(|problem| (Exit::Refused, problem.detail))?;
    let mut floor = DemoFloor::new(service, simulator, &files.batch);
    wait(service, "the devices answer", devices_are_up)?;
    if args.challenge {
        challenge::run(service, simulator, &files.batch)?;
        wait(service, "the order comes back", |now| now.batch.as_ref() == Some(&files.batch))?;
    }
    if args.operator == OperatorKind::Auto {
        start(&floor)?;
    }
    let progress = Progress::new(args);
    let mut course = Course::new();
    loop {
        std::thread::sleep(LOOK_EVERY);
        let snapshot = service.snapshot();
        progress.show(&snapshot);
        course.look(&snapshot)?;
        let state = snapshot.order_state.as_deref().unwrap_or("");
        match (args.operator, state) {
            (OperatorKind::Manual, "closed") => break,
            (OperatorKind::Manual, _) => course.moved = Instant::now(),
            (OperatorKind::Auto, "completed") => break,
            (OperatorKind::Auto, _) => person(args, &mut floor, &mut course, &snapshot)?,
        }
    }
    progress.end();
    if args.operator == OperatorKind::Auto {
        before_close(&mut floor).map_err(failed)?;
        if args.labeler == LabelerKind::Zpl {
            dark_labels::declare(&mut floor, files)?;
        }
        floor.act(OrderAction::Close).map_err(failed)?;
    }
    Ok(())
}

fn devices_are_up(snapshot: &Snapshot) -> bool {
    !snapshot.devices.is_empty() && snapshot.devices.iter().all(|d| d.link == LinkState::Up)
}

fn wait(service: &Service, what: &str, done: impl Fn(&Snapshot) -> bool) -> Result<(), Stop> {
    let since = Instant::now();
    while !done(&service.snapshot()) {
        if since.elapsed() > STANDSTILL {
            return Err((Exit::Unreachable, format!("waited in vain until {what}")));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// The recipe's echo may still be on its way.
fn start(floor: &DemoFloor<'_>) -> Result<(), Stop> {
    let since = Instant::now();
    loop {
        match floor.act(OrderAction::Start) {
            Ok(()) => return Ok(()),
            Err(text) if since.elapsed() > STANDSTILL => return Err((Exit::Unreachable, text)),
            Err(_) => std::thread::sleep(LOOK_EVERY),
        }
    }
}

/// What has moved since when.
struct Course {
    infeed: i64,
    fed: Instant,
    moved: Instant,
    state: String,
    held: Option<Instant>,
}

impl Course {
    fn new() -> Self {
        let now = Instant::now();
        Self { infeed: 0, fed: now, moved: now, state: String::new(), held: None }
    }

    fn look(&mut self, snapshot: &Snapshot) -> Result<(), Stop> {
        let now = Instant::now();
        let runs = matches!(snapshot.unit_state.as_str(), "execute" | "suspended");
        if snapshot.packs.infeed != self.infeed || !runs {
            self.fed = now;
        }
        if snapshot.packs.infeed != self.infeed || snapshot.unit_state != self.state {
            self.moved = now;
        }
        self.infeed = snapshot.packs.infeed;
        self.state.clone_from(&snapshot.unit_state);
        if self.moved.elapsed() > STANDSTILL {
            let holds: Vec<_> = snapshot.holds.iter().map(|h| h.cause).collect();
            return Err(failed(format!("the line stands still in {}: {holds:?}", self.state)));
        }
        Ok(())
    }
}

/// What the scripted person does now.
fn person(
    args: &DemoArgs,
    floor: &mut DemoFloor<'_>,
    course: &mut Course,
    snapshot: &Snapshot,
) -> Result<(), Stop> {
    if snapshot.unit_state == "held" {
        let since = *course.held.get_or_insert_with(Instant::now);
        if since.elapsed() >= PERSON_COMES {
            course.held = None;
            handle_hold(floor).map_err(failed)?;
        }
        return Ok(());
    }
    course.held = None;
    let entered = snapshot.packs.infeed >= i64::from(args.packs);
    let fed = entered || course.fed.elapsed() > FED;
    if matches!(snapshot.unit_state.as_str(), "execute" | "suspended") && fed {
        let _ = floor.act(OrderAction::Stop);
    }
    Ok(())
}
