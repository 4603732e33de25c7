//! Collects the ground truth: fates, standing faults, counters.
//!
//! Written by the world as things happen. It must never change what happens.

use crate::scenario::{FaultKind, Scenario};
use crate::sim_config::SimConfig;
use crate::truth::{Fate, FaultTruth, ScrappedLabel, TRUTH_VERSION, TruthHeader, TruthRecord};
use crate::world::labeler_device::Scrapped;
use crate::world::packs::Pack;
use crate::world::time::SimTime;

/// What the world has seen happen, in packs unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    /// Released onto the belt.
    pub released: u64,
    /// Labels applied.
    pub labelled: u64,
    /// Labels printed and lost before a pack.
    pub scrapped_labels: u64,
    /// Triggers that the camera received.
    pub captures: u64,
    /// Passed the exit, those taken back included.
    pub exited: u64,
    /// Diverted into the bin.
    pub ejected: u64,
    /// Taken off the belt.
    pub removed: u64,
    /// Taken back from behind the exit.
    pub retrieved: u64,
}

/// The log.
#[derive(Clone, Debug)]
pub(crate) struct TruthLog {
    records: Vec<TruthRecord>,
    pub(crate) counters: Counters,
    slip: Option<FaultTruth>,
    stuck: Option<FaultTruth>,
    web_break: Option<FaultTruth>,
    /// Other faults that are not over.
    standing: Vec<FaultTruth>,
}

impl TruthLog {
    pub(crate) fn new(config: &SimConfig, scenario: &Scenario, seed: u64) -> Self {
        let header = TruthHeader {
            truth: TRUTH_VERSION,
            seed,
            scenario: scenario.name.clone(),
            camera: config.camera.name().to_owned(),
        };
        Self {
            records: vec![TruthRecord::Header(header)],
            counters: Counters::default(),
            slip: None,
            stuck: None,
            web_break: None,
            standing: Vec::new(),
        }
    }

    /// A pack is history; `right` is what its stations would have seen.
    pub(crate) fn pack(&mut self, pack: &Pack, fate: Fate, at: SimTime, right: bool) {
        let mut truth = pack.truth(fate, at);
        truth.good &= right;
        self.records.push(TruthRecord::Pack(truth));
    }

    pub(crate) fn fault(&mut self, fault: FaultTruth) {
        self.records.push(TruthRecord::Fault(fault));
    }

    /// The labeler's stale buffer has struck a pack.
    pub(crate) fn slipped(&mut self, pack: u64, now: SimTime) {
        let begun = || FaultTruth::begun("slip_by_one", "labeler", now.as_ms());
        self.slip.get_or_insert_with(begun).packs.push(pack);
    }

    /// The labeler's buffer is right again.
    pub(crate) fn slip_over(&mut self, now: SimTime) {
        over(&mut self.slip, &mut self.records, Some(now));
    }

    /// The broken web has struck a pack: it gets no label.
    pub(crate) fn web_broken(&mut self, pack: u64, now: SimTime) {
        let begun = || FaultTruth::begun("web_break", "labeler", now.as_ms());
        self.web_break.get_or_insert_with(begun).packs.push(pack);
    }

    /// The web is mended.
    pub(crate) fn web_mended(&mut self, now: SimTime) {
        over(&mut self.web_break, &mut self.records, Some(now));
    }

    /// Labels that no pack will bear.
    pub(crate) fn scrapped(&mut self, labels: Vec<Scrapped>, now: SimTime) {
        self.counters.scrapped_labels += labels.len() as u64;
        let record = |Scrapped { label, why }| {
            let (commanded, job, at_ms) = (label.commanded, label.job, now.as_ms());
            let label = label.printed;
            TruthRecord::Scrapped(ScrappedLabel { label, commanded, job, why, at_ms })
        };
        self.records.extend(labels.into_iter().map(record));
    }

    /// The stuck ejector has struck a pack.
    pub(crate) fn ejector_stuck(&mut self, pack: u64, now: SimTime) {
        let begun = || FaultTruth::begun("ejector_stuck", "ejector", now.as_ms());
        self.stuck.get_or_insert_with(begun).packs.push(pack);
    }

    /// The ejector is free again.
    pub(crate) fn ejector_freed(&mut self, now: SimTime) {
        over(&mut self.stuck, &mut self.records, Some(now));
    }

    /// A fault begins; one that stands already strikes a further pack.
    pub(crate) fn begin(&mut self, fault: FaultKind, place: &str, now: SimTime, pack: Option<u64>) {
        let at = self.standing.iter().position(|standing| standing.fault == fault.name());
        let at = at.unwrap_or_else(|| {
            self.standing.push(FaultTruth::begun(fault.name(), place, now.as_ms()));
            self.standing.len() - 1
        });
        self.standing[at].packs.extend(pack);
    }

    /// A standing fault finds so many packs on the belt.
    pub(crate) fn finds(&mut self, fault: FaultKind, on_belt: u64) {
        let same = |standing: &&mut FaultTruth| standing.fault == fault.name();
        if let Some(standing) = self.standing.iter_mut().find(same) {
            standing.on_belt += on_belt;
        }
    }

    /// A fault is over, if it stands.
    pub(crate) fn end(&mut self, fault: FaultKind, now: SimTime) {
        let name = fault.name();
        if let Some(at) = self.standing.iter().position(|standing| standing.fault == name) {
            let to_ms = Some(now.as_ms());
            self.records
                .push(TruthRecord::Fault(FaultTruth { to_ms, ..self.standing.swap_remove(at) }));
        }
    }

    /// The run is over: standing faults are written without an end.
    pub(crate) fn finish(&mut self) {
        over(&mut self.slip, &mut self.records, None);
        over(&mut self.stuck, &mut self.records, None);
        over(&mut self.web_break, &mut self.records, None);
        self.records.extend(self.standing.drain(..).map(TruthRecord::Fault));
    }

    pub(crate) fn take(&mut self) -> Vec<TruthRecord> {
        std::mem::take(&mut self.records)
    }
}

fn over(standing: &mut Option<FaultTruth>, records: &mut Vec<TruthRecord>, at: Option<SimTime>) {
    if let Some(fault) = standing.take() {
        let to_ms = at.map(SimTime::as_ms);
        records.push(TruthRecord::Fault(FaultTruth { to_ms, ..fault }));
    }
}
