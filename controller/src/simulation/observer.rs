//! The hook for a second opinion: sees everything that goes into the core and comes out of it.
//!
//! Called by the line in virtual time around every input. Must never change what the core gets, nor
//! cost anything when nobody looks.

use codes::SerialNumber;
use line_core::event::{Input, Output};
use line_core::ids::Nanos;
use line_core::line_config::LineConfig;
use line_core::record::Record;
use line_core::verify::BatchData;

/// What a core is made with.
#[derive(Clone, Copy, Debug)]
pub struct CoreStart<'a> {
    /// Geometry and rules.
    pub config: &'a LineConfig,
    /// Product code, lot, expiry, stations.
    pub batch: &'a BatchData,
    /// Serials in index order.
    pub numbers: &'a [SerialNumber],
    /// Good packs at which the order completes.
    pub target: u32,
    /// Serials left at which a warning is due.
    pub low_pool: u32,
}

/// Somebody who looks at the core.
pub trait Observer {
    /// A core begins: at the start of a batch, and again after each restart of the controller, when
    /// `Recovered*` inputs follow.
    fn begin(&mut self, start: CoreStart<'_>);

    /// What the core is about to be given.
    fn input(&mut self, now: Nanos, input: &Input);

    /// What it put out for the input before, in order.
    fn output(&mut self, output: &Output);

    /// Every output of the last input was shown.
    fn settled(&mut self);

    /// Two persons have approved the first pack, on record.
    fn first_pack_approved(&mut self) {}

    /// A record has come to stand on disk.
    fn durable(&mut self, _record: &Record) {}
}

/// Nobody looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {
    fn begin(&mut self, _: CoreStart<'_>) {}
    fn input(&mut self, _: Nanos, _: &Input) {}
    fn output(&mut self, _: &Output) {}
    fn settled(&mut self) {}
}
