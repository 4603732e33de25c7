//! EPCIS 2.0 events of a batch's serials, JSON-LD: commissioned, and what was taken out again.
//!
//! One event for the serials that were committed at one instant. Must never tell of a serial that
//! was not commissioned, nor name a pack of a simulation like a real one.

mod event;

use crate::ReportError;
use crate::source::Source;
use contracts::open_scs::SerialState;
use event::{Event, What};
use ledger::{Commissioned, LedgerKind};
use serde_json::json;
use std::io::Write;

const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
/// Serials of one event.
const EPCS_MAX: usize = 1_000;

/// Writes the document.
pub(crate) fn write(source: &Source, out: &mut impl Write) -> Result<(), ReportError> {
    let created = json!(source.spine.last_at);
    write!(
        out,
        "{{\"@context\":[\"{CONTEXT}\"],\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\
         \"creationDate\":{created},"
    )?;
    if source.kind == LedgerKind::Simulation {
        write!(out, "\"sender\":\"packline simulation\",")?;
    }
    write!(out, "\"epcisBody\":{{\"eventList\":[")?;
    let mut list = List { source, out, event: None, events: 0 };
    for what in What::ALL {
        list.all(what)?;
    }
    write!(out, "\n]}}}}\n")?;
    Ok(())
}

struct List<'a, W: Write> {
    source: &'a Source,
    out: &'a mut W,
    event: Option<Event>,
    events: u64,
}

impl<W: Write> List<'_, W> {
    /// Every serial that this happened to.
    fn all(&mut self, what: What) -> Result<(), ReportError> {
        let mut from = Some(0);
        while let Some(first) = from {
            let (serials, next) =
                self.source.reader.commissioned(self.source.row.batch_no, first)?;
            for serial in serials.iter().filter(|serial| happened(what, serial.state)) {
                self.add(what, serial)?;
            }
            from = next;
        }
        self.put()
    }

    fn add(&mut self, what: What, serial: &Commissioned) -> Result<(), ReportError> {
        let at = if what == What::Commissioned { &serial.at } else { &serial.last_at };
        let full = |event: &Event| event.at != *at || event.serials.len() == EPCS_MAX;
        if self.event.as_ref().is_some_and(full) {
            self.put()?;
        }
        let new = || Event { what, at: at.clone(), serials: Vec::new() };
        self.event.get_or_insert_with(new).serials.push(serial.serial.clone());
        Ok(())
    }

    fn put(&mut self) -> Result<(), ReportError> {
        let Some(event) = self.event.take() else { return Ok(()) };
        let comma = if self.events == 0 { "" } else { "," };
        self.events += 1;
        write!(self.out, "{comma}\n{}", event.to_json(self.source))?;
        Ok(())
    }
}

fn happened(what: What, state: SerialState) -> bool {
    match what {
        What::Commissioned => true,
        What::Sampled => state == SerialState::Sampled,
        What::Decommissioned => state == SerialState::Inactive,
        What::Destroyed => state == SerialState::Destroyed,
    }
}
