//! What people do to alarms: acknowledge, shelve, bring back.
//!
//! Part of the control thread. What may be done is the board's to say; a change counts when it is
//! on record, and the next snapshot shows it. Must never act on an alarm for nobody.

use super::clock::wall_clock;
use super::control::Control;
use super::requests::Asking;
use hmi::{Answer, Problem};
use serde_json::json;

const MS_PER_MINUTE: i64 = 60_000;

impl Control {
    pub(super) fn acknowledge_alarm(&mut self, alarm: &str, asking: &Asking) -> Answer {
        let (ledger, by) = (self.ledger.clone(), &asking.by);
        let done = self.alarms.acknowledge(&ledger, alarm, &by.who, &by.role);
        self.alarm_is(alarm, "alarm_acknowledge", asking, done)
    }

    pub(super) fn shelve_alarm(&mut self, alarm: &str, minutes: u32, asking: &Asking) -> Answer {
        let (ledger, by) = (self.ledger.clone(), &asking.by);
        let length = i64::from(minutes).saturating_mul(MS_PER_MINUTE);
        let until = wall_clock().unix_ms.saturating_add(length);
        let reason = asking.reason.as_deref().unwrap_or_default();
        let who = (by.who.as_str(), by.role.as_str());
        let done = self.alarms.shelve(&ledger, alarm, who, until, reason);
        self.alarm_is(alarm, "alarm_shelve", asking, done)
    }

    pub(super) fn unshelve_alarm(&mut self, alarm: &str, asking: &Asking) -> Answer {
        let (ledger, by) = (self.ledger.clone(), &asking.by);
        let done = self.alarms.unshelve(&ledger, alarm, &by.who, &by.role);
        self.alarm_is(alarm, "alarm_unshelve", asking, done)
    }

    /// `{alarm, state}` of what was done; a refusal is on record.
    fn alarm_is(
        &mut self,
        alarm: &str,
        what: &str,
        asking: &Asking,
        done: Result<(), Problem>,
    ) -> Answer {
        let shown = self.alarms.shown();
        let state = shown.0.iter().find(|view| view.kind == alarm);
        let state = state.map_or_else(|| "normal".to_owned(), |view| view.state.clone());
        self.snapshots.alarms(shown);
        let answer = done.map(|()| json!({ "alarm": alarm, "state": state }));
        self.refused(&asking.by, &format!("{what} {alarm}"), &answer);
        answer
    }
}
