//! The floor of the demo: eyes and hands through the simulator's socket, everything else through
//! the service's requests, as any client of the API.
//!
//! Must never know more than a person would.

use super::child::Simulator;
use crate::service::Service;
use crate::simulation::operator::{Floor, OPERATOR, Strays, TrackedPack, WaitingPack};
use hmi::{OrderAction, Request};
use line_core::event::Refusal;
use line_core::reason::{HoldCause, Resolution};
use line_sim::hands::{HandsRequest, HandsResponse};

/// See the module.
pub struct DemoFloor<'a> {
    /// The controller.
    pub service: &'a Service,
    /// The line.
    pub simulator: &'a Simulator,
    /// The batch.
    pub batch: &'a str,
}

impl DemoFloor<'_> {
    /// Asks for a change of the order; the refusal's words when it is refused.
    pub fn act(&self, action: OrderAction) -> Result<(), String> {
        let (batch, who) = (self.batch.to_owned(), OPERATOR.to_owned());
        let reason = Some("demo".to_owned());
        let answer = self.service.ask(|reply| Request::Order { batch, action, who, reason, reply });
        answer.map(|_| ()).map_err(|problem| format!("{} ({})", problem.detail, problem.code))
    }
}

impl Floor for DemoFloor<'_> {
    type Error = String;

    fn hands(&mut self, request: HandsRequest) -> Result<HandsResponse, String> {
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
        let (batch, who, reason) = (self.batch.to_owned(), OPERATOR.to_owned(), reason.to_owned());
        let answer = self.service.ask(|reply| Request::Resolve {
            batch,
            track,
            resolution,
            reason,
            who,
            reply,
        });
        match answer {
            Ok(_) => Ok(Ok(())),
            Err(problem) if problem.status < 500 => Ok(Err(Refusal::NotUnresolved)),
            Err(problem) => Err(problem.detail),
        }
    }

    fn tracked(&mut self) -> Result<Option<Vec<TrackedPack>>, String> {
        // The live page shows no list of them.
        Ok(None)
    }

    fn strays(&mut self) -> Result<Strays, String> {
        Ok(Strays::default())
    }

    fn ejections(&mut self) -> Result<Option<usize>, String> {
        // The live page shows them since the order began, not since the bin was emptied.
        Ok(None)
    }

    fn declare(&mut self, term: &str, count: u32, reason: &str) -> Result<(), String> {
        Err(format!("the service takes no declaration yet: {count} {term}, {reason}"))
    }

    fn go_on(&mut self, stop: bool) -> Result<(), String> {
        let action = if stop { OrderAction::Stop } else { OrderAction::Unhold };
        // Refused while a cause remains: the person comes again.
        let _ = self.act(action);
        Ok(())
    }
}
