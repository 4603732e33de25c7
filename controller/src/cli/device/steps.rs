//! What a check has found, step by step.
//!
//! Part of `device check`. Must never go on behind a step that failed.

use crate::cli::exit::Exit;
use serde::Serialize;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    /// `connect`, `read`, `understand`, `header`, `job`, `drop`.
    pub step: &'static str,
    /// It went as the profile says.
    pub ok: bool,
    /// What was seen, or what is wrong and what to do.
    pub what: String,
}

/// Steps in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps(pub Vec<Step>);

impl Steps {
    pub(super) fn went(&mut self, step: &'static str, what: impl Into<String>) {
        self.0.push(Step { step, ok: true, what: what.into() });
    }

    pub(super) fn failed(&mut self, step: &'static str, what: impl Into<String>) {
        self.0.push(Step { step, ok: false, what: what.into() });
    }

    pub(super) fn ok(&self) -> bool {
        self.0.iter().all(|step| step.ok)
    }

    /// 4 when the device was not reached, 3 when it does not do what its profile says.
    pub(super) fn exit(&self) -> Exit {
        match self.0.iter().find(|step| !step.ok) {
            None => Exit::Ok,
            Some(step) if step.step == "connect" => Exit::Unreachable,
            Some(_) => Exit::NotProven,
        }
    }
}
