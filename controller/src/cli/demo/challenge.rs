//! The demo's challenge test: prepared packs on the infeed, the service's judgement as a table.
//!
//! Called before the batch starts. Must never judge: the service does, from the record.

use super::Stop;
use super::child::Simulator;
use crate::cli::exit::Exit;
use crate::cli::hands::Hands;
use crate::cli::order::Failure;
use crate::cli::prepare::{hold_back, lay_out, let_come};
use crate::cli::trial::{STANDSTILL, table, wait};
use crate::service::Service;
use crate::simulation::operator::OPERATOR;
use hmi::{Act, By, Problem, Request};

/// Runs the challenge of the loaded order and shows what came of each pack.
///
/// # Errors
/// Exit 3: it has not passed. Exit 2: refused, or the hands do not answer.
pub fn run(service: &Service, simulator: &Simulator, batch: &str) -> Result<(), Stop> {
    let refused = |text: String| (Exit::Refused, text);
    let said = |problem: Problem| (Exit::Refused, format!("{} ({})", problem.detail, problem.code));
    let mut hands = Hands::at(simulator.addresses.hands.to_string());
    hold_back(&mut hands).map_err(refused)?;
    let (act, by) = (Act::ChallengeTest { batch: batch.to_owned() }, By::unproven(OPERATOR));
    let (reason, second, expects) = (None, None, None);
    let plan = service.ask(|reply| Request::Act { act, by, reason, second, expects, reply });
    lay_out(&mut hands, &plan.map_err(said)?).map_err(refused)?;
    let look = || {
        let batch = batch.to_owned();
        let state = service.ask(|reply| Request::TrialState { batch, reply });
        state.map_err(|problem| Failure::refused(problem.detail))
    };
    let ended = wait(Some(STANDSTILL), look).map_err(|failure| (failure.exit, failure.text))?;
    for line in table(&ended) {
        eprintln!("{line}");
    }
    if ended["passed"] != true {
        return Err((Exit::NotProven, "the challenge test has not passed: nothing starts".into()));
    }
    let_come(&mut hands).map_err(refused)
}
