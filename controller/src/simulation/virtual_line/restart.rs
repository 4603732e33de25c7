//! The controller ends, cleanly or not, and comes up again on what its ledger holds.
//!
//! Used by campaigns. Must never carry anything over but what is durable.

use super::{VirtualLine, core};
use crate::simulation::observer::Observer;
use crate::simulation::virtual_line::devices::Devices;
use contracts::open_scs::JobOrderState;
use line_core::event::Input;
use line_core::ids::Nanos;
use line_core::line_config::LineConfig;

/// What became of a commit that was under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFate {
    /// It was written although nobody was told.
    Written,
    /// It was not.
    Lost,
}

/// How the controller ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Killed: what is not durable is lost.
    Killed(CommitFate),
    /// After a clean stop: everything is written.
    Stopped,
}

impl<O: Observer> VirtualLine<O> {
    /// The controller is gone; the line goes on without it.
    pub fn end_controller(&mut self, ending: Ending) {
        match ending {
            Ending::Killed(CommitFate::Written) => self.write_unanswered(),
            Ending::Killed(CommitFate::Lost) => {}
            Ending::Stopped => self.commit_all(),
        }
        self.disk.forget();
        self.inputs.clear();
        self.person_at = None;
        self.alive = false;
    }

    /// A ledger whose commit is not answered: the core is told, and can only be ended.
    pub fn ledger_fails(&mut self) {
        self.inputs.push_back(Input::LedgerFault);
        self.drain();
    }

    /// True while the controller runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.alive
    }

    /// The controller comes up: a new core and new sessions, told what is durable.
    pub fn start_controller(&mut self) {
        self.alive = true;
        let due = self.config.first_pack_due && !self.ledger.first_pack_approved();
        let config = LineConfig { first_pack_due: due, ..self.config };
        self.line = core(&config, &self.batch, &self.numbers, self.packs, &mut self.observer);
        self.devices = Devices::new(&self.header, &self.world);
        if self.ledger.order_state() == JobOrderState::Loaded {
            return;
        }
        let inputs = self.ledger.recover();
        if let Some(Input::RecoveryEnd { io_epoch, io_seq, .. }) = inputs.last()
            && io_epoch.0 != 0
        {
            self.devices.read_from(*io_epoch, io_seq.next());
        }
        // The service tells the core at its time zero.
        for input in inputs {
            self.hand_over(Nanos::default(), input);
        }
    }

    fn hand_over(&mut self, now: Nanos, input: Input) {
        self.observer.input(now, &input);
        self.line.handle(now, input);
        while let Some(output) = self.line.poll() {
            self.observer.output(&output);
            self.give(output);
        }
        self.observer.settled();
    }
}
