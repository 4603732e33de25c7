//! One life of the core: from `Line::new` on, input by input, each record compared at once.
//!
//! Part of `replay`. Must never give the core anything that was not recorded.

use super::compare::{Difference, Expect, Next, body_of};
use super::outcome::{Outcome, ReplayError};
use super::replay::Seen;
use codes::SerialNumber;
use line_core::event::Output;
use line_core::line::Line;
use line_core::record::Record;
use recording::{SegmentHeader, Timed};
use std::collections::VecDeque;

/// One life of the core.
pub(super) struct Life {
    pub(super) header: SegmentHeader,
    pub(super) serials: Vec<SerialNumber>,
    pub(super) digests: VecDeque<[u8; 8]>,
    pub(super) running: Option<Running>,
    pub(super) inputs: u64,
    /// First record that nothing was left to compare with.
    pub(super) beyond: Option<(Record, String, u64)>,
    pub(super) beyond_count: u64,
}

pub(super) struct Running {
    pub(super) line: Box<Line>,
    pub(super) expect: Expect,
}

impl Life {
    pub(super) fn new(header: SegmentHeader) -> Self {
        Self {
            header,
            serials: Vec::new(),
            digests: VecDeque::new(),
            running: None,
            inputs: 0,
            beyond: None,
            beyond_count: 0,
        }
    }

    pub(super) fn give(
        &mut self,
        timed: &Timed,
        outcome: &mut Outcome,
        watch: &mut dyn FnMut(Seen<'_>),
    ) -> Result<(), ReplayError> {
        let Some(running) = &mut self.running else { return Ok(()) };
        self.inputs += 1;
        outcome.inputs += 1;
        watch(Seen::Input(timed));
        running.line.handle(timed.now, timed.input);
        while let Some(output) = running.line.poll() {
            watch(Seen::Output(timed, &output));
            let Output::Record(record) = output else { continue };
            let body = body_of(&record)?;
            outcome.count(&record.body);
            match running.expect.next(&record, &body)? {
                Next::Same => outcome.compared += 1,
                Next::NothingLeft => {
                    self.beyond.get_or_insert((record, body, self.inputs));
                    self.beyond_count += 1;
                }
                Next::Differs(what, expected, got, ledger_seq) => outcome.differs(Difference {
                    segment: self.header.segment,
                    record: record.seq.0,
                    input: self.inputs,
                    ledger_seq,
                    what,
                    expected,
                    got,
                }),
            }
        }
        Ok(())
    }
}
