//! What people and the controller's host do at random instants of a batch.
//!
//! Part of the run of a case. Must never tell the core a lie that no device could contradict: a
//! wrong word of a person is one that must be refused.

use super::case::{Case, Disturbance, What};
use super::watch::Watch;
use crate::simulation::virtual_line::{CommitFate, Ending, VirtualLine};
use contracts::packml::UnitState;
use line_core::event::{Command, Refusal};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use std::collections::BTreeMap;

const NS_PER_MS: u64 = 1_000_000;

/// People and host during one batch.
pub struct People<'a> {
    coming: std::slice::Iter<'a, Disturbance>,
    next: Option<&'a Disturbance>,
    /// The controller comes up again then.
    up_at: Option<u64>,
    /// How it is to end, and when, once its ledger has failed.
    failed: Option<(u64, CommitFate)>,
    /// For how long it stays away after a clean stop.
    away_ns: Option<u64>,
    /// Packs on the belt when each kind struck, summed, and how often it did.
    pub acted: BTreeMap<&'static str, (u64, u64)>,
    /// Words that should have been refused, or answered otherwise.
    pub wrong: Vec<String>,
}

impl<'a> People<'a> {
    /// The people of a case.
    #[must_use]
    pub fn new(case: &'a Case) -> Self {
        let mut coming = case.disturbances.iter();
        let next = coming.next();
        Self {
            coming,
            next,
            up_at: None,
            failed: None,
            away_ns: None,
            acted: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    /// Nobody wants anything more of this batch.
    #[must_use]
    pub fn are_waiting_for_controller(&self) -> bool {
        self.up_at.is_some() || self.failed.is_some()
    }

    /// Does what is due.
    pub fn act(&mut self, line: &mut VirtualLine<Watch>) {
        let now = line.now_ns();
        self.host(line, now);
        while let Some(due) = self.next.filter(|due| due.at_ms * NS_PER_MS <= now) {
            self.next = self.coming.next();
            self.disturb(line, *due, now);
        }
    }

    /// The controller's life beside commands.
    fn host(&mut self, line: &mut VirtualLine<Watch>, now: u64) {
        if let Some((_, fate)) = self.failed.take_if(|(at, _)| *at <= now) {
            line.end_controller(Ending::Killed(fate));
            self.up_at = Some(now);
        }
        // One that does not hear its devices ends held.
        let rests = match line.line.unit_state() {
            UnitState::Stopped => true,
            UnitState::Held => self.away_ns.is_some(),
            _ => false,
        };
        if line.is_alive() && rests {
            line.end_controller(Ending::Stopped);
            self.up_at = Some(now + self.away_ns.take().unwrap_or(NS_PER_MS));
        }
        if self.up_at.take_if(|at| *at <= now).is_some() {
            line.start_controller();
        }
    }

    fn disturb(&mut self, line: &mut VirtualLine<Watch>, due: Disturbance, now: u64) {
        let ns = due.ms * NS_PER_MS;
        let over = matches!(line.line.unit_state(), UnitState::Complete | UnitState::Aborted);
        if !line.is_alive() || self.failed.is_some() || over {
            return;
        }
        let (packs, times) = self.acted.entry(due.what.name()).or_default();
        *packs += line.line.in_process() as u64;
        *times += 1;
        match due.what {
            What::Start => self.refused_unless_idle(line),
            What::Hold => tries(line, Command::Hold),
            What::Unhold => tries(line, Command::Unhold),
            What::Stop => tries(line, Command::Stop),
            What::Abort => tries(line, Command::Abort),
            What::Resolve => self.resolve_wrongly(line, due.ms),
            What::Shutdown => {
                self.away_ns = Some(ns);
                tries(line, Command::Shutdown);
            }
            What::KillWritten => self.kill(line, CommitFate::Written, now + ns),
            What::KillLost => self.kill(line, CommitFate::Lost, now + ns),
            What::LedgerFault => {
                line.ledger_fails();
                let written = due.ms.is_multiple_of(2);
                let fate = if written { CommitFate::Written } else { CommitFate::Lost };
                self.failed = Some((now + ns, fate));
            }
            What::DiskStall => line.stall_disk(ns),
            What::ClockLeap => line.leap(ns),
        }
    }

    fn kill(&mut self, line: &mut VirtualLine<Watch>, fate: CommitFate, up_at: u64) {
        line.end_controller(Ending::Killed(fate));
        self.up_at = Some(up_at);
    }

    fn refused_unless_idle(&mut self, line: &mut VirtualLine<Watch>) {
        let before = line.line.unit_state();
        let answer = line.command(Command::Start);
        if answer.is_ok() && before != UnitState::Idle {
            self.wrong.push(format!("row 14: a start in {before:?} was not refused"));
        }
    }

    /// A pack that waits for nobody, and one that was never there.
    fn resolve_wrongly(&mut self, line: &mut VirtualLine<Watch>, which: u64) {
        let seen = line.line.line_counts().infeed;
        let known = which.checked_rem(seen.max(1)).unwrap_or(0) as u32 + 1;
        let waits = line.line.unresolved().iter().any(|pack| pack.track.0 == known);
        let rejected = line.line.unresolved().iter().find(|pack| !pack.accepted);
        let never = rejected.map(|pack| (pack.track, Resolution::Exited));
        let no_pack = Some((TrackIndex(u32::MAX), Resolution::Removed));
        let of_nobody = (!waits).then_some((TrackIndex(known), Resolution::Ejected));
        for (track, resolution) in [never, no_pack, of_nobody].into_iter().flatten() {
            let answer = line.command(Command::Resolve { track, resolution });
            let refused = matches!(
                answer,
                Err(Refusal::NotAccepted | Refusal::UnknownPack | Refusal::NotUnresolved)
            );
            if !refused {
                let what = format!("row 14: {resolution:?} of {track:?} answered {answer:?}");
                self.wrong.push(what);
            }
        }
    }
}

/// Whatever the answer is.
fn tries(line: &mut VirtualLine<Watch>, command: Command) {
    let _ = line.command(command);
}
