//! Each output of the core, held against the view.
//!
//! Part of the reference. Must never ask the core.

use super::view::View;
use contracts::line_io::outputs;
use contracts::packml::UnitState;
use line_core::event::{Output, Refusal};
use line_core::ids::{Epoch, IoSeq};
use line_core::record::RecordBody;

impl View {
    pub(super) fn output(&mut self, output: &Output) {
        self.step.idle = false;
        match *output {
            Output::Record(record) => self.record(&record),
            Output::Dispatch(dispatch) => self.dispatched(dispatch),
            Output::FlushLabeler { flush } => self.flush = Some(flush),
            Output::Trigger { epoch, at } => self.trigger(epoch, at.0),
            Output::Permit { permit_epoch, track, from, to } => {
                self.permitted(permit_epoch, track, from, to);
            }
            Output::Revoke { permit_epoch, track } => self.revoked(permit_epoch, track),
            Output::NewPermitEpoch { permit_epoch } => self.begin_purge(permit_epoch),
            Output::LineIoOutputs { bits } => self.line_io_outputs(bits),
            Output::Consumed { epoch, seq } => self.consumed(epoch, seq),
            Output::Answer(answer) => self.answer(answer),
            Output::Decided { track, verdict, reason, result_seq, record } => {
                let told = self.last_verdict.take();
                let same = matches!(told, Some(RecordBody::Verdict {
                    track: t, verdict: v, reason: r, result_seq: s, ..
                }) if (t, v, r, s, self.emitted) == (track, verdict, reason, result_seq, record));
                self.must(same, "a verdict is told as it is recorded", (track, told));
            }
            Output::PermitAcknowledged { track, margin_counts } => {
                let told = (track, margin_counts);
                let due = self.step.acknowledged.iter().position(|&due| due == told);
                match due {
                    Some(at) => drop(self.step.acknowledged.remove(at)),
                    None => self.differ("a permit acknowledged", (), told),
                }
            }
        }
    }

    fn trigger(&mut self, epoch: Epoch, at: u64) {
        let due = self.step.triggers.iter().position(|&due| due == at);
        let right = due.is_some() && self.io_epoch == Some(epoch);
        self.must(right, "a trigger for a pack at the infeed", (epoch, at));
        due.map(|due| self.step.triggers.remove(due));
    }

    /// Every permit dies, then the belt is purged.
    fn begin_purge(&mut self, permit_epoch: u32) {
        let newer = permit_epoch > self.permit_epoch;
        self.must(newer, "a purge begins a new permit epoch", permit_epoch);
        (self.purging, self.clearing, self.purged) = (true, true, false);
        (self.purge_epoch, self.purge_from) = (permit_epoch, None);
        self.flush = None;
    }

    fn line_io_outputs(&mut self, bits: u16) {
        use UnitState as S;
        let may_run = matches!(self.unit, S::Execute | S::Completing | S::Starting | S::Unholding);
        let runs = bits & outputs::RUN != 0;
        self.must(!runs || may_run, "the belt runs in a state that runs", self.unit);
        let feeds = bits & outputs::INFEED != 0;
        self.must(!feeds || self.unit == S::Execute, "packs come in Execute only", self.unit);
        let dark = self.power_fails();
        self.must(!(feeds && dark), "no more packs come in on the UPS", self.unit);
    }

    /// What is let go of in the FIFO must be explained by durable records.
    fn consumed(&mut self, epoch: Epoch, seq: IoSeq) {
        let durable = self.durable;
        while self.under_way.front().is_some_and(|&(record, _)| record <= durable) {
            self.under_way.pop_front();
        }
        let first = self.under_way.front().map_or(self.io_seq, |&(_, io_seq)| io_seq);
        let right = seq <= first && self.io_epoch == Some(epoch);
        self.must(right, "events are let go of when their records are on disk", (seq, first));
    }

    fn answer(&mut self, answer: Result<(), Refusal>) {
        if let Some(expected) = self.step.answer.take()
            && expected != answer
        {
            self.differ("answer to a resolution", expected, answer);
        }
    }
}
