//! The gate of the line-I/O device: pass permits, their epochs, and the proof of each ejection; for
//! both kinds of ejector.
//!
//! Called by the line-I/O device with latched counts. It must never let a pack pass without a
//! permit of the current epoch: a pass gate rests in reject and opens for a permit, a pulse ejector
//! rests in pass and pulses at every pack without one, for as long as it is before the eye.

use std::collections::VecDeque;

use contracts::line_io::Permit;

use crate::sim_config::{EjectorKind, SimConfig};

/// The gate's memory. Distances and positions are encoder counts.
#[derive(Clone, Debug)]
pub(crate) struct GateControl {
    exit_distance: u64,
    confirm_distance: u64,
    window: u64,
    permits_max: usize,
    permit_epoch: u32,
    permits_accepted: u32,
    /// In order of `from_count`.
    permits: VecDeque<Permit>,
    ejector: EjectorKind,
    /// A permit serves the pack before the eye up to this count, at the latest: nothing that
    /// follows an eye that stays blocked.
    open_to: Option<u64>,
    open_counts: u64,
    /// Gate counts of packs let through, not yet seen at the exit.
    passes: VecDeque<u64>,
    /// Gate counts of packs ejected, not yet confirmed.
    ejects: VecDeque<u64>,
}

impl GateControl {
    pub(crate) fn new(config: &SimConfig) -> Self {
        let g = &config.geometry;
        let counts = |mm: f64| (mm / g.mm_per_pulse).round() as u64;
        Self {
            exit_distance: counts(g.exit_mm - g.gate_mm),
            confirm_distance: counts(g.eject_confirm_mm),
            window: counts(g.tracking_window_mm),
            permits_max: config.permits_max,
            permit_epoch: config.first_epoch,
            permits_accepted: 0,
            permits: VecDeque::new(),
            ejector: config.ejector,
            open_to: None,
            // Half a gap behind the pack.
            open_counts: counts((g.pack_length_mm + g.pitch_mm) / 2.0),
            passes: VecDeque::new(),
            ejects: VecDeque::new(),
        }
    }

    pub(crate) fn permit_epoch(&self) -> u32 {
        self.permit_epoch
    }

    pub(crate) fn permits_accepted(&self) -> u32 {
        self.permits_accepted
    }

    /// True when a pack passes while nothing drives the ejector.
    pub(crate) fn rests_in_pass(&self) -> bool {
        self.ejector == EjectorKind::Pulse
    }

    /// True when what comes to the gate at `count` without an edge of its eye passes.
    pub(crate) fn stands_open(&self, count: u64, eye_is_blocked: bool) -> bool {
        let served = self.open_to.is_some_and(|to| count <= to);
        match self.ejector {
            EjectorKind::PassGate => served,
            EjectorKind::Pulse => served || !eye_is_blocked,
        }
    }

    /// Takes the permits of a frame: a higher epoch is adopted, a lower one ignored; within the
    /// epoch only the next sequence is accepted.
    pub(crate) fn accept(&mut self, permit_epoch: u32, first: u32, permits: &[Permit]) {
        if permit_epoch > self.permit_epoch {
            self.begin_epoch(permit_epoch);
        }
        if permit_epoch < self.permit_epoch {
            return;
        }
        for (i, permit) in permits.iter().enumerate() {
            let seq = first.wrapping_add(i as u32);
            if seq != self.permits_accepted.wrapping_add(1) {
                continue;
            }
            if !permit.is_revoke() && self.permits.len() >= self.permits_max {
                return;
            }
            self.permits_accepted = seq;
            if permit.is_revoke() {
                self.permits.retain(|held| held.track != permit.track);
            } else {
                let at = self.permits.partition_point(|p| p.from_count <= permit.from_count);
                self.permits.insert(at, *permit);
            }
        }
    }

    fn begin_epoch(&mut self, permit_epoch: u32) {
        self.permit_epoch = permit_epoch;
        self.permits_accepted = 0;
        self.permits.clear();
    }

    /// Drops every permit and begins the next epoch.
    pub(crate) fn new_permit_epoch(&mut self) {
        self.begin_epoch(self.permit_epoch.wrapping_add(1));
    }

    /// A pack is at the gate eye: true when a permit holds, which is used up by it.
    pub(crate) fn decide(&mut self, count: u64) -> bool {
        while self.permits.front().is_some_and(|permit| permit.to_count < count) {
            self.permits.pop_front();
        }
        let holds = |p: &Permit| p.from_count <= count && count <= p.to_count;
        let used = self.permits.iter().position(holds).and_then(|at| self.permits.remove(at));
        self.open_to = used.map(|_| count + self.open_counts);
        let tracked = if used.is_some() { &mut self.passes } else { &mut self.ejects };
        tracked.push_back(count);
        used.is_some()
    }

    /// The pack has passed the gate eye.
    pub(crate) fn close(&mut self) {
        self.open_to = None;
    }

    /// A pack is at the exit: true when it is one that was let through.
    pub(crate) fn exit_is_permitted(&mut self, count: u64) -> bool {
        take_expected(&mut self.passes, count, self.exit_distance, self.window)
    }

    /// A pack is in the chute. One that nobody waits for is no fault of the gate's.
    pub(crate) fn confirm(&mut self, count: u64) {
        take_expected(&mut self.ejects, count, self.confirm_distance, self.window);
    }

    /// First count at which the oldest ejection is overdue.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.ejects.front().map(|count| count + self.confirm_distance + self.window + 1)
    }

    /// Stops waiting for the oldest ejection.
    pub(crate) fn give_up(&mut self) {
        self.ejects.pop_front();
    }

    /// Stops waiting for every ejection. A pack that stayed on the belt is still found at the exit.
    pub(crate) fn forget_ejects(&mut self) {
        self.ejects.clear();
    }

    /// Power lost: permits and memory are gone; the gate rests.
    pub(crate) fn power_off(&mut self) {
        self.new_permit_epoch();
        self.open_to = None;
        self.passes.clear();
        self.ejects.clear();
    }
}

/// Takes the entry that belongs to an edge at `count`, dropping those that it has overtaken.
fn take_expected(entries: &mut VecDeque<u64>, count: u64, distance: u64, window: u64) -> bool {
    while entries.front().is_some_and(|gate| gate + distance + window < count) {
        entries.pop_front();
    }
    let here = |gate: u64| gate + distance <= count + window;
    let found = entries.front().is_some_and(|gate| here(*gate));
    if found {
        entries.pop_front();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> GateControl {
        GateControl::new(&SimConfig::default())
    }

    fn permit(track: u32, from_count: u64) -> Permit {
        Permit { track, from_count, to_count: from_count + 20 }
    }

    #[test]
    fn a_permit_serves_one_pack_within_its_window() {
        let mut gate = gate();
        gate.accept(1, 1, &[permit(1, 100), permit(2, 200)]);
        assert!(!gate.decide(99));
        assert!(gate.decide(110));
        assert!(!gate.decide(111), "used up");
        assert!(!gate.decide(221));
    }

    #[test]
    fn each_kind_rests_on_its_own_side() {
        let mut gate = gate();
        assert!(!gate.rests_in_pass() && !gate.stands_open(50, false));
        gate.accept(1, 1, &[permit(1, 100)]);
        assert!(gate.decide(110));
        assert!(gate.stands_open(1_210, true) && !gate.stands_open(1_211, true));
        gate.close();
        assert!(!gate.stands_open(111, false));
        let ejector = EjectorKind::Pulse;
        let mut pulse = GateControl::new(&SimConfig { ejector, ..SimConfig::default() });
        assert!(pulse.rests_in_pass() && pulse.stands_open(50, false));
        assert!(!pulse.decide(110));
        assert!(!pulse.stands_open(111, true), "it pulses while the eye is blocked");
        assert!(pulse.stands_open(1_111, false));
    }

    #[test]
    fn only_the_next_sequence_of_the_epoch_counts() {
        let mut gate = gate();
        gate.accept(1, 2, &[permit(1, 100)]);
        assert_eq!(gate.permits_accepted(), 0, "gap");
        gate.accept(1, 1, &[permit(1, 100), permit(2, 200)]);
        gate.accept(1, 1, &[permit(1, 100), permit(2, 200), permit(3, 300)]);
        assert_eq!(gate.permits_accepted(), 3);
        gate.accept(0, 4, &[permit(4, 400)]);
        assert_eq!(gate.permits_accepted(), 3, "older epoch");
        gate.accept(1, 4, &[Permit::revoke(2)]);
        assert!(gate.decide(100) && !gate.decide(205) && gate.decide(305));
        gate.accept(7, 1, &[permit(5, 500)]);
        assert_eq!((gate.permit_epoch(), gate.permits_accepted()), (7, 1));
    }

    #[test]
    fn exits_and_confirmations_are_matched_by_count() {
        let mut gate = gate();
        gate.accept(1, 1, &[permit(1, 100)]);
        assert!(gate.decide(105));
        assert!(!gate.decide(1_305));
        assert!(gate.exit_is_permitted(105 + 1_200 + 150));
        assert!(!gate.exit_is_permitted(1_305 + 1_200));
        assert_eq!(gate.deadline(), Some(1_305 + 800 + 200 + 1));
        gate.confirm(1_305 + 800);
        assert_eq!(gate.deadline(), None);
    }
}
