//! What may come next, and what it does to devices, belt and core.
//!
//! Part of the small model. Must never let happen what a line could not.

use super::surroundings::{PACKS, Surroundings};
use super::{Act, Link};
use contracts::camera::{InLineGrade, ReadStatus, flags};
use contracts::line_io::{Channel, Edge};
use line_core::event::{CameraReading, Input};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, RecordSeq};
use line_core::record::{ReadContent, Record, RecordBody};

impl Surroundings {
    /// What may come next; empty at the end.
    pub fn possible(&self) -> Vec<Act> {
        let over = self.done == self.steps.len();
        let mut acts = self.waiting_acts();
        if over {
            acts.retain(|act| matches!(act, Act::Recover | Act::Return(_)));
            return acts;
        }
        if acts.is_empty() || self.put_off < self.family.patience {
            acts.push(Act::Belt);
        }
        if self.faults == 0 && self.family.links {
            acts.extend([Link::LineIo, Link::Labeler, Link::Camera].map(Act::Lose));
        }
        if self.faults == 0 && self.family.death {
            acts.extend([Act::Die(false), Act::Die(true)]);
        }
        acts
    }

    /// What waits to happen.
    fn waiting_acts(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.line.is_none() {
            return vec![Act::Recover];
        }
        self.possible_proofs(&mut acts);
        let verdict = |r: &Record| matches!(r.body, RecordBody::Verdict { .. });
        let any = self.family.any_commit && !self.under_way.is_empty();
        if any || self.under_way.iter().any(verdict) {
            acts.push(Act::Commit);
        }
        if self.io_up && !self.waiting.is_empty() {
            acts.push(Act::Deliver);
        }
        acts.extend(self.lost.map(Act::Return));
        acts
    }

    fn possible_proofs(&self, acts: &mut Vec<Act>) {
        let camera = self.lost != Some(Link::Camera);
        for (place, pack) in self.packs.iter().enumerate().filter(|_| camera) {
            if pack.trigger.is_some() && pack.results == 0 && self.family.free_results {
                acts.push(Act::Result(place));
            }
            if pack.results == 1 && self.family.twice && !self.twice {
                acts.push(Act::Again(place));
            }
        }
        let labeler = self.lost != Some(Link::Labeler) && self.family.free_confirmations;
        if labeler && self.report.last_applied.0 < self.applied {
            acts.push(Act::Confirm);
        }
    }

    /// It happens.
    pub fn follow(&mut self, act: Act) {
        let waits = act == Act::Belt && !self.waiting_acts().is_empty();
        self.put_off = if waits { self.put_off + 1 } else { 0 };
        self.path.push(act);
        self.act(act);
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Belt => self.belt(),
            Act::Result(place) => self.result(place),
            Act::Again(place) => {
                self.twice = true;
                self.result(place);
            }
            Act::Confirm => self.confirm(self.report.last_applied.0 + 1),
            Act::Commit => self.commit(),
            Act::Deliver => {
                self.accepted += self.waiting.len() as u32;
                self.permits.append(&mut self.waiting);
                self.sample();
            }
            Act::Lose(link) => {
                (self.lost, self.faults) = (Some(link), 1);
                self.proof_lost |= link == Link::LineIo;
                self.down(link);
            }
            Act::Return(link) => {
                self.lost = None;
                self.up(link);
                self.soon();
            }
            Act::Die(written) => {
                (self.faults, self.proof_lost) = (1, true);
                if written {
                    self.write();
                }
                (self.line, self.io_up) = (None, false);
                self.under_way.clear();
                self.verdicts.clear();
            }
            Act::Recover => {
                self.begin();
                self.ledger.recover().into_iter().for_each(|input| self.give(input));
                self.all_up();
                self.soon();
            }
        }
    }

    fn down(&mut self, link: Link) {
        match link {
            Link::LineIo => {
                self.io_up = false;
                self.give(Input::LineIoDown);
                // The heartbeat is lost: the device lets every permit die.
                self.new_permit_epoch(self.permit_epoch + 1);
            }
            Link::Labeler => self.give(Input::LabelerDown),
            Link::Camera => self.give(Input::CameraDown),
        }
    }

    /// What comes by itself as soon as it can, where the family does not let it wait.
    fn soon(&mut self) {
        if !self.family.free_confirmations && self.lost != Some(Link::Labeler) {
            self.confirm(self.applied);
        }
        if !self.family.free_results && self.line.is_some() {
            for place in 0..PACKS {
                if self.packs[place].trigger.is_some() && self.packs[place].results == 0 {
                    self.result(place);
                }
            }
        }
    }

    fn belt(&mut self) {
        let (at, eye, place) = self.steps[self.done];
        self.done += 1;
        let count = self.start + at;
        while self.falling.front().is_some_and(|&(at, ..)| at <= count) {
            let Some((at, eye, ordinal)) = self.falling.pop_front() else { break };
            self.encoder = at;
            self.event(eye, Edge::Falling, ordinal);
        }
        self.encoder = self.encoder.max(count);
        if let Some(eye) = eye {
            self.comes_by(eye, place);
        }
        self.sample();
        self.soon();
    }

    fn comes_by(&mut self, eye: Channel, place: usize) {
        let count = self.encoder;
        match eye {
            Channel::Applied => {
                let Some((_, number)) = self.jobs.pop_front() else { return };
                self.packs[place].label = Some(number);
                self.applied += 1;
            }
            Channel::CameraTrigger => {
                if !self.triggers.contains(&count) {
                    return;
                }
                self.camera_triggers += 1;
                self.packs[place].trigger = Some(self.camera_triggers);
            }
            Channel::Gate => {
                let last = self.permits.iter().rev().find(|p| p.0 as usize == place + 1);
                let open = last.is_some_and(|&(_, from, to)| (from..=to).contains(&count));
                self.packs[place].passes = open;
            }
            Channel::EjectConfirm if self.packs[place].passes => return,
            Channel::Exit if !self.packs[place].passes => return,
            _ => {}
        }
        self.totals[eye.index()] += 1;
        let ordinal = self.totals[eye.index()];
        self.event(eye, Edge::Rising, ordinal);
        if !matches!(eye, Channel::Applied | Channel::CameraTrigger) {
            self.falling.push_back((count + 900, eye, ordinal));
            self.falling.make_contiguous().sort_by_key(|&(at, ..)| at);
        }
    }

    fn event(&mut self, channel: Channel, edge: Edge, ordinal: u32) {
        self.io_seq += 1;
        let (seq, count) = (IoSeq(self.io_seq), EncoderCount(self.encoder));
        let event = Input::LineIoEvent { seq, channel, edge, ordinal, count };
        self.fifo.push_back((self.io_seq, event));
        if self.io_up {
            self.hand_over();
        }
    }

    fn result(&mut self, place: usize) {
        let pack = &mut self.packs[place];
        pack.results += 1;
        if pack.results == 1 {
            pack.came = self.encoder;
        }
        let (Some(trigger), label) = (pack.trigger, pack.label) else { return };
        self.results += 1;
        let code = label.map(|n| format!("]d2010415003752864321{n}\u{1d}1728123110LOT42"));
        let code = code.unwrap_or_default();
        self.give(Input::CameraResult(CameraReading {
            epoch: Epoch(1),
            seq: self.results,
            trigger,
            status: if label.is_some() { ReadStatus::Decoded } else { ReadStatus::NoRead },
            flags: flags::SIMULATED,
            recipe_ok: true,
            grade: InLineGrade { overall: 35, parameters: [35; 7] },
            content: ReadContent::new(code.as_bytes()),
        }));
    }

    pub(super) fn confirm(&mut self, labels: u32) {
        if labels == self.report.last_applied.0 || self.line.is_none() {
            return;
        }
        (self.report.last_printed, self.report.last_applied) = (JobSeq(labels), JobSeq(labels));
        (self.report.printed_total, self.report.applied_total) = (labels, labels);
        self.give(Input::LabelerStatus(self.report));
    }

    /// The ledger takes what was emitted; it refuses what contradicts itself.
    fn write(&mut self) {
        for record in std::mem::take(&mut self.under_way) {
            self.told = record.seq.0;
            if let Err(contradiction) = self.ledger.append(&record) {
                panic!("{}: {contradiction:?}: {:?}", self.family.name, self.path);
            }
        }
    }

    pub(super) fn commit(&mut self) {
        while !self.under_way.is_empty() {
            self.write();
            self.give(Input::Watermark(RecordSeq(self.told)));
        }
    }
}
