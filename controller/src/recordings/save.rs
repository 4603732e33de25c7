//! A recording that stands alone: with the serials and a digest of every record, so that it needs
//! no ledger and can become a test.
//!
//! Used by `packline replay --save` after an identical replay, and by tests that record a line in
//! virtual time. Must never save what was not identical.

use super::compare::{body_of, digest};
use super::outcome::{Outcome, ReplayError};
use super::replay::{Seen, Source, replay};
use codes::SerialNumber;
use line_core::event::Output;
use line_core::record::Record;
use recording::{End, SegmentHeader, Timed, Writer};

/// What one life of the core was given and made.
#[derive(Clone, Debug)]
pub struct Lived {
    /// Its header.
    pub header: SegmentHeader,
    /// Serials in index order.
    pub serials: Box<[SerialNumber]>,
    /// Inputs in order.
    pub inputs: Vec<Timed>,
    /// Records in order.
    pub records: Vec<Record>,
}

/// The bytes of a recording that stands alone.
///
/// # Errors
/// A record has no JSON form.
pub fn alone(lives: &[Lived]) -> Result<Vec<u8>, ReplayError> {
    let (mut writer, mut out) = (Writer::new(), Vec::new());
    for life in lives {
        let mut header = life.header.clone();
        header.serials.embedded = true;
        header.after_seq = 0;
        writer.begin(&header, Some(&life.serials), &mut out);
        let digests: Result<Vec<[u8; 8]>, ReplayError> =
            life.records.iter().map(|record| Ok(digest(record, &body_of(record)?))).collect();
        writer.expected(&digests?, &mut out);
        for timed in &life.inputs {
            writer.push(timed, &mut out);
        }
        writer.end(End::Clean, &mut out);
    }
    Ok(out)
}

/// Runs a recording again and gives it back as one that stands alone. What the core made at the
/// end of a life that was cut short belongs to it, committed or not.
///
/// # Errors
/// As [`replay`].
pub fn save(source: &Source) -> Result<(Vec<u8>, Outcome), ReplayError> {
    let mut lives: Vec<Lived> = Vec::new();
    let outcome = replay(source, &mut |seen| match seen {
        Seen::Begin(header, serials) => lives.push(Lived {
            header: header.clone(),
            serials: serials.into(),
            inputs: Vec::new(),
            records: Vec::new(),
        }),
        Seen::Input(timed) => lives.last_mut().into_iter().for_each(|l| l.inputs.push(*timed)),
        Seen::Output(_, Output::Record(record)) => {
            lives.last_mut().into_iter().for_each(|l| l.records.push(*record));
        }
        Seen::Output(..) => {}
    })?;
    Ok((alone(&lives)?, outcome))
}
