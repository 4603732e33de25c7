//! PackML unit states and modes: which command is allowed in which state (ISA-TR88.00.02).
//!
//! Asked by `line` before it acts, and by the edge to enable what PackML allows now. Must never
//! act.

use contracts::packml::{UnitMode, UnitState};

/// A command of a person or a device, in PackML's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitCommand {
    /// To Idle.
    Reset,
    /// To Execute.
    Start,
    /// Pause for an internal cause.
    Hold,
    /// Go on.
    Unhold,
    /// End the batch in an orderly way.
    Stop,
    /// Stop at once.
    Abort,
    /// After an abort.
    Clear,
}

/// True when PackML allows the command in this state.
#[must_use]
pub const fn allows(state: UnitState, command: UnitCommand) -> bool {
    use UnitCommand as C;
    use UnitState as S;
    match command {
        C::Reset => matches!(state, S::Stopped | S::Complete),
        C::Start => matches!(state, S::Idle),
        C::Hold => matches!(
            state,
            S::Execute
                | S::Starting
                | S::Unholding
                | S::Completing
                | S::Suspending
                | S::Suspended
                | S::Unsuspending
        ),
        C::Unhold => matches!(state, S::Held),
        C::Stop => !matches!(
            state,
            S::Stopped | S::Stopping | S::Aborting | S::Aborted | S::Clearing | S::Complete
        ),
        C::Abort => !matches!(state, S::Aborting | S::Aborted),
        C::Clear => matches!(state, S::Aborted),
    }
}

/// True when the mode may allocate serials, commission packs and open the pass path.
#[must_use]
pub const fn commissions(mode: UnitMode) -> bool {
    match mode {
        UnitMode::Production => true,
        UnitMode::Maintenance | UnitMode::Manual | UnitMode::Challenge | UnitMode::Setup => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnitCommand as C;
    use UnitState as S;

    #[test]
    fn commands_by_state() {
        let table = [
            (S::Idle, C::Start, true),
            (S::Held, C::Start, false),
            (S::Held, C::Unhold, true),
            (S::Execute, C::Unhold, false),
            (S::Execute, C::Hold, true),
            (S::Complete, C::Stop, false),
            (S::Complete, C::Abort, true),
            (S::Aborted, C::Clear, true),
            (S::Stopped, C::Reset, true),
        ];
        for (state, command, expected) in table {
            assert_eq!(allows(state, command), expected, "{state:?} {command:?}");
        }
    }

    #[test]
    fn only_production_commissions() {
        use UnitMode as M;
        for mode in [M::Maintenance, M::Manual, M::Challenge, M::Setup] {
            assert!(!commissions(mode), "{mode:?}");
        }
        assert!(commissions(M::Production));
    }
}
