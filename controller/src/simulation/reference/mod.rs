//! The naive reference: a second opinion on the core, written from the domain rules for clarity
//! alone. It is shown every input, works out by itself what is known of every pack, and holds each
//! output of the core against that.
//!
//! Used by whole-line tests and campaigns as the [`Observer`] of a line in virtual time. It keeps
//! a plain list of packs and searches it; it shares types with the core, and no logic. Production
//! only: of a challenge or a setup it checks that no permit is given. Must never look into the
//! core.
//!
//! **Equal**, input by input, nothing missing and nothing beyond (`Step::facts`): packs at the
//! infeed, labels bound to packs, results of stations, exits, ejections, edges that belong to no
//! pack, packs whose fate is unknown and how they were resolved, links, bases and sums of counters,
//! prints confirmed, triggers and their counts, permits acknowledged and their margin, answers to
//! `Resolve`, and the record of an accept (serial, trigger, result, content).
//!
//! **Due**, at the latest with the input that makes it so: the accept of a pack that is proven in
//! time, the verdict of a pack at the gate, the permit of an accept that is on disk, the end of an
//! accept that is not in time, the reject of an accepted pack that was ejected, the hold for each
//! cause that the inputs show, the consecutive rejects and the percentage among them.
//!
//! **Bounded**: a reject must have a reason that holds in the reference's view (the core may choose
//! among several); a job may be assigned and sent only once, above every serial used, durable,
//! within the look-ahead; serials become invalid only by flush or labeler epoch; the course of
//! the unit (purge before Execute where proof was lost, empty belt at its end, no run permit while
//! held); FIFO events are let go of only up to durable records.
//!
//! **Not looked at**: discarded results, grade trend, suspensions, the stack light, when exactly a
//! job is assigned, holds for an empty pool, ledger credit, stations or camera out of step (may be
//! raised, need not be), a register of more than 512 packs.

mod chute;
mod due;
mod edges;
mod inputs;
mod jobs;
mod outputs;
mod pack;
mod records;
mod recovered;
mod verdicts;
mod view;

use super::observer::{CoreStart, Observer};
use line_core::event::{Input, Output};
use line_core::ids::Nanos;
use view::View;

/// Differences that are kept; beyond them they are only counted.
const KEPT: usize = 64;

/// One thing that the core did and the reference would not have, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// When.
    pub now: Nanos,
    /// Number of the input since the core began, from 1.
    pub input: u64,
    /// What is compared.
    pub what: &'static str,
    /// What the reference would have.
    pub expected: String,
    /// What the core did.
    pub got: String,
}

/// The second opinion on one core after another.
#[derive(Default)]
pub struct Reference {
    view: Option<View>,
    kept: Vec<Difference>,
    count: u64,
    inputs: u64,
}

impl Reference {
    /// The first differences.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.kept
    }

    /// How many there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Inputs that were compared.
    #[must_use]
    pub const fn inputs(&self) -> u64 {
        self.inputs
    }

    fn collect(&mut self) {
        let Some(view) = &mut self.view else { return };
        self.count += view.found.len() as u64;
        let room = KEPT.saturating_sub(self.kept.len());
        self.kept.extend(view.found.drain(..).take(room));
    }
}

impl Observer for Reference {
    fn begin(&mut self, start: CoreStart<'_>) {
        let used = self.view.take().map(View::into_used);
        self.view = Some(View::new(start, used));
    }

    fn input(&mut self, now: Nanos, input: &Input) {
        self.inputs += 1;
        if let Some(view) = &mut self.view {
            view.begin_step(now);
            view.input(input);
        }
    }

    fn output(&mut self, output: &Output) {
        if let Some(view) = &mut self.view {
            view.output(output);
        }
    }

    fn settled(&mut self) {
        if let Some(view) = &mut self.view {
            view.settled();
        }
        self.collect();
    }
}
