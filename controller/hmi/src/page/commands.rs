//! The command bar: what can be done now, and why something cannot.
//!
//! Called by the frame and by the live stream. What PackML allows comes from the core's own table;
//! whose it is, from the table of permissions, which the page's script lays over it for the person
//! who is logged in. Must never enable what the core would refuse by its state.

use super::head::unit;
use crate::i18n::Words;
use crate::snapshot::Snapshot;
use contracts::packml::UnitState;
use line_core::machine::{UnitCommand, allows};
use maud::{Markup, html};
use people::Action;

/// A button of the bar.
struct Command {
    act: &'static str,
    action: Action,
    key: &'static str,
    icon: &'static str,
    /// In which state of the unit it may be given.
    allowed: fn(UnitState) -> bool,
}

const COMMANDS: [Command; 7] = [
    Command {
        act: "order_start",
        action: Action::OrderStart,
        key: "command-start",
        icon: "▶",
        allowed: |state| allows(state, UnitCommand::Start),
    },
    Command {
        act: "unit_hold",
        action: Action::UnitHold,
        key: "command-hold",
        icon: "❚❚",
        allowed: |state| allows(state, UnitCommand::Hold),
    },
    Command {
        act: "unit_unhold",
        action: Action::UnitUnhold,
        key: "command-unhold",
        icon: "▶",
        allowed: |state| allows(state, UnitCommand::Unhold),
    },
    Command {
        act: "order_complete",
        action: Action::OrderComplete,
        key: "command-complete",
        icon: "✓",
        allowed: |state| {
            matches!(state, UnitState::Execute | UnitState::Suspended | UnitState::Held)
        },
    },
    Command {
        act: "unit_reset",
        action: Action::UnitReset,
        key: "command-reset",
        icon: "↺",
        allowed: |state| matches!(state, UnitState::Stopped),
    },
    Command {
        act: "unit_abort",
        action: Action::UnitAbort,
        key: "command-abort",
        icon: "✕",
        allowed: |state| allows(state, UnitCommand::Abort),
    },
    Command {
        act: "unit_stop",
        action: Action::UnitStop,
        key: "command-stop",
        icon: "■",
        allowed: |state| allows(state, UnitCommand::Stop),
    },
];

/// The bar.
pub(super) fn bar(snapshot: &Snapshot, w: Words) -> Markup {
    let state = serde_json::from_value(snapshot.unit_state.as_str().into()).ok();
    let open = snapshot.batch.is_some() && snapshot.order_state.as_deref() != Some("closed");
    html! {
        @for command in &COMMANDS { (button(command, snapshot, state.filter(|_| open), w)) }
    }
}

/// Why a command cannot be given now; none when it can.
fn obstacle(
    command: &Command,
    snapshot: &Snapshot,
    state: Option<UnitState>,
    w: Words,
) -> Option<String> {
    let Some(state) = state else { return Some(w.t("command-no-order")) };
    let trial = matches!(snapshot.mode.as_str(), "challenge" | "setup");
    let stops = matches!(command.action, Action::UnitStop | Action::UnitHold | Action::UnitAbort);
    if trial && !stops {
        return Some(w.t("command-trial"));
    }
    let now = unit(w, &snapshot.unit_state);
    (!(command.allowed)(state)).then(|| w.with("command-not-now", &[("state", now.into())]))
}

fn button(command: &Command, snapshot: &Snapshot, state: Option<UnitState>, w: Words) -> Markup {
    let why = obstacle(command, snapshot, state, w);
    let held = command.action == Action::UnitAbort;
    let hint = if held { Some(w.t("command-abort-hold")) } else { None };
    html! {
        button #{ "do-" (command.act) } type="button" data-act=(command.act)
            data-action=(command.action.name()) data-batch=[snapshot.batch.as_deref()]
            data-hold[held] aria-disabled=(if why.is_some() { "true" } else { "false" }) {
            span.icon aria-hidden="true" { (command.icon) }
            span.word { (w.t(command.key)) }
            small.why { (why.or(hint).unwrap_or_default()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use people::Language;

    #[test]
    fn only_what_packml_allows_is_enabled_and_the_rest_says_why() {
        let w = Words(Language::En);
        let shown = |state: &str, mode: &str| {
            let snapshot = Snapshot {
                batch: Some("B-1".into()),
                unit_state: state.into(),
                mode: mode.into(),
                ..Snapshot::default()
            };
            let state = serde_json::from_value(state.into()).ok();
            COMMANDS.each_ref().map(|c| obstacle(c, &snapshot, state, w).is_none())
        };
        let names = COMMANDS.each_ref().map(|c| c.act);
        assert_eq!(names[0], "order_start");
        assert_eq!(shown("idle", ""), [true, false, false, false, false, true, true]);
        assert_eq!(shown("execute", ""), [false, true, false, true, false, true, true]);
        assert_eq!(shown("held", ""), [false, false, true, true, false, true, true]);
        assert_eq!(shown("stopped", ""), [false, false, false, false, true, true, false]);
        assert_eq!(shown("execute", "challenge"), [false, true, false, false, false, true, true]);
        let nothing = Snapshot::default();
        assert!(COMMANDS.iter().all(|c| obstacle(c, &nothing, None, w).is_some()));
    }
}
