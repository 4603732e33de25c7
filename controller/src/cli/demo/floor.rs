//! The floor of the demo: eyes and hands through the simulator's socket, everything else through
//! the service's requests, as any client of the API.
//!
//! Must never know more than a person would.

use super::child::Simulator;
use crate::service::Service;
use crate::simulation::operator::{Floor, OPERATOR, Strays, TrackedPack, WaitingPack};
use hmi::{Act, By, Declared, OrderAction, Problem, Query, Request};
use line_core::event::Refusal;
use line_core::reason::{HoldCause, Resolution};
use line_sim::hands::{HandsRequest, HandsResponse};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Packs asked for at a time.
const PAGE: u16 = 500;

/// See the module.
pub struct DemoFloor<'a> {
    /// The controller.
    pub service: &'a Service,
    /// The line.
    pub simulator: &'a Simulator,
    /// The batch.
    pub batch: &'a str,
    /// What the person remembers.
    memory: Memory,
}

#[derive(Default)]
struct Memory {
    /// Tracks up to this one are over.
    over: u32,
    /// Tracks that it has resolved.
    resolved: BTreeSet<u32>,
    /// Stray edges that it has looked after.
    strays: Strays,
    /// Ejections when it emptied the bin last.
    bin_emptied: u64,
}

#[derive(Deserialize)]
struct PackPage {
    packs: Vec<PackOfPage>,
}

/// A pack as the API lists it; it has more fields.
#[derive(Deserialize)]
struct PackOfPage {
    track: u32,
    serial: Option<String>,
    state: String,
}

impl<'a> DemoFloor<'a> {
    /// A person who has just come to the line.
    pub fn new(service: &'a Service, simulator: &'a Simulator, batch: &'a str) -> Self {
        Self { service, simulator, batch, memory: Memory::default() }
    }

    fn page(&self, after: u32) -> Result<Vec<PackOfPage>, String> {
        let batch = self.batch.to_owned();
        let answer = self.service.query(Query::Packs { batch, after, limit: PAGE });
        let answer = answer.map_err(|problem| problem.detail)?;
        let page: PackPage = serde_json::from_value(answer)
            .map_err(|e| format!("failed to understand the list of packs: {e}"))?;
        Ok(page.packs)
    }

    /// Asks for a change of the order; the refusal's words when it is refused.
    pub fn act(&self, action: OrderAction) -> Result<(), String> {
        self.perform(Act::of_order(self.batch.to_owned(), action), "demo")
            .map_err(|problem| format!("{} ({})", problem.detail, problem.code))
    }

    fn perform(&self, act: Act, reason: &str) -> Result<(), Problem> {
        let (by, reason) = (By::unproven(OPERATOR), Some(reason.to_owned()));
        let (second, expects) = (None, None);
        let ask = |reply| Request::Act { act, by, reason, second, expects, reply };
        self.service.ask(ask).map(|_| ())
    }
}

impl Floor for DemoFloor<'_> {
    type Error = String;

    fn hands(&mut self, request: HandsRequest) -> Result<HandsResponse, String> {
        if request == HandsRequest::EmptyBin {
            self.memory.bin_emptied = self.service.snapshot().ejections;
        }
        self.simulator.hands(request)
    }

    fn holds(&mut self) -> Result<Vec<HoldCause>, String> {
        Ok(self.service.snapshot().holds.iter().map(|hold| hold.cause).collect())
    }

    fn waiting(&mut self) -> Result<Vec<WaitingPack>, String> {
        let snapshot = self.service.snapshot();
        let waiting = snapshot.unresolved_packs.iter().map(|pack| WaitingPack {
            track: pack.track,
            serial: pack.serial.clone(),
            rejected: pack.rejected,
            exit_seen: pack.exit_seen,
        });
        Ok(waiting.collect())
    }

    fn resolve(
        &mut self,
        track: u32,
        resolution: Resolution,
        reason: &str,
    ) -> Result<Result<(), Refusal>, String> {
        let batch = self.batch.to_owned();
        let answer = self.perform(Act::ResolvePack { batch, track, resolution }, reason);
        match answer {
            Ok(_) => {
                self.memory.resolved.insert(track);
                Ok(Ok(()))
            }
            Err(problem) if problem.status < 500 => Ok(Err(Refusal::NotUnresolved)),
            Err(problem) => Err(problem.detail),
        }
    }

    fn tracked(&mut self) -> Result<Option<Vec<TrackedPack>>, String> {
        let (mut tracked, mut after) = (Vec::new(), self.memory.over);
        loop {
            let page = self.page(after)?;
            let Some(last) = page.last().map(|pack| pack.track) else { break };
            let is_open = |pack: &PackOfPage| {
                matches!(pack.state.as_str(), "in_process" | "unresolved")
                    && !self.memory.resolved.contains(&pack.track)
            };
            let open = page.into_iter().filter(is_open);
            tracked.extend(open.map(|p| TrackedPack { track: p.track, serial: p.serial }));
            if tracked.is_empty() {
                self.memory.over = last;
            }
            after = last;
        }
        Ok(Some(tracked))
    }

    fn strays(&mut self) -> Result<Strays, String> {
        let now = self.service.snapshot().strays;
        let seen = core::mem::replace(
            &mut self.memory.strays,
            Strays { ejected: now.ejected, exited: now.exited },
        );
        Ok(Strays {
            ejected: now.ejected.saturating_sub(seen.ejected),
            exited: now.exited.saturating_sub(seen.exited),
        })
    }

    fn ejections(&mut self) -> Result<Option<usize>, String> {
        let now = self.service.snapshot().ejections;
        Ok(usize::try_from(now.saturating_sub(self.memory.bin_emptied)).ok())
    }

    fn declare(&mut self, term: &str, count: u32, reason: &str) -> Result<(), String> {
        let term: Declared = serde_json::from_value(term.into())
            .map_err(|e| format!("failed to declare {count} {term} ({reason}): {e}"))?;
        let (batch, count) = (self.batch.to_owned(), i64::from(count));
        self.perform(Act::DeclareCount { batch, term, count }, reason)
            .map_err(|problem| format!("{} ({})", problem.detail, problem.code))
    }

    fn go_on(&mut self, stop: bool) -> Result<(), String> {
        let action = if stop { OrderAction::Stop } else { OrderAction::Unhold };
        // Refused while a cause remains: the person comes again.
        let _ = self.act(action);
        Ok(())
    }
}
