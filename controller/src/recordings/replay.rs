//! Runs a recorded batch again through the same `Line` and compares every record.
//!
//! Called by `packline replay`, by `serial trace` and by tests. First every block is checked, then
//! the core is given each input at its time. Must never believe a damaged recording, nor call a
//! record compared that was not.

use super::compare::{Difference, Expect, LedgerSide};
use super::header::serials_sha256;
use super::life::{Life, Running};
use super::outcome::{Outcome, ReplayError, ending};
use codes::SerialNumber;
use ledger::Reader;
use line_core::RULES_VERSION;
use line_core::event::Output;
use line_core::line::Line;
use recording::{End, Item, SegmentHeader, Timed};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;

/// What is run again.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Files of the recording, in order.
    pub files: Vec<PathBuf>,
    /// The ledger with the batch; not needed by a recording that carries serials and digests.
    pub ledger: Option<PathBuf>,
}

/// What passes while a recording is run.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// A life of the core begins, with these serials.
    Begin(&'a SegmentHeader, &'a [SerialNumber]),
    /// The core is given this.
    Input(&'a Timed),
    /// It wants this done.
    Output(&'a Timed, &'a Output),
}

/// Runs a recording again.
///
/// # Errors
/// [`ReplayError`]: damaged, not readable, or nothing to compare it with. A difference is no error.
pub fn replay(source: &Source, watch: &mut dyn FnMut(Seen<'_>)) -> Result<Outcome, ReplayError> {
    let headers = scan(source)?;
    let mut play = Play { source, headers, at: 0, life: None, outcome: Outcome::default(), watch };
    play.open()?;
    let begun = Instant::now();
    for file in &source.files {
        play.file(file)?;
    }
    let outcome = &mut play.outcome;
    outcome.took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    outcome.us_per_pack = outcome.took_us as f64 / outcome.packs.max(1) as f64;
    outcome.identical = outcome.first_difference.is_none();
    outcome.complete = outcome.identical && outcome.not_recorded == 0;
    Ok(play.outcome)
}

fn bytes_of(file: &PathBuf) -> Result<Vec<u8>, ReplayError> {
    std::fs::read(file).map_err(|error| ReplayError::File { file: file.clone(), error })
}

/// The items of a file, one by one; whether it was torn.
fn items(
    file: &PathBuf,
    take: &mut dyn FnMut(Item) -> Result<(), ReplayError>,
) -> Result<bool, ReplayError> {
    let bytes = bytes_of(file)?;
    let damaged = |error| ReplayError::Damaged { file: file.clone(), error };
    let mut reader = recording::Reader::new(&bytes).map_err(damaged)?;
    while let Some(item) = reader.next_item().map_err(damaged)? {
        take(item)?;
    }
    Ok(reader.is_torn())
}

/// Reads everything once: what is damaged is refused before anything is run.
fn scan(source: &Source) -> Result<Vec<SegmentHeader>, ReplayError> {
    let mut headers = Vec::new();
    for file in &source.files {
        items(file, &mut |item| {
            if let Item::Begin(header) = item {
                headers.push(*header);
            }
            Ok(())
        })?;
    }
    Ok(headers)
}

struct Play<'a> {
    source: &'a Source,
    headers: Vec<SegmentHeader>,
    /// Next of the headers.
    at: usize,
    life: Option<Life>,
    outcome: Outcome,
    watch: &'a mut dyn FnMut(Seen<'_>),
}

impl Play<'_> {
    fn nonsense(&self, what: impl Into<String>) -> ReplayError {
        let file = self.source.files.first().cloned().unwrap_or_default();
        ReplayError::Nonsense { file, what: what.into() }
    }

    fn no_batch(&self) -> ReplayError {
        self.nonsense(format!("the ledger has no batch {}", self.outcome.batch))
    }

    /// What the headers tell before anything is run.
    fn open(&mut self) -> Result<(), ReplayError> {
        let Some(first) = self.headers.first() else {
            return Err(self.nonsense("the recording has no segment"));
        };
        self.outcome.batch.clone_from(&first.batch);
        let then: Vec<u16> = self.headers.iter().map(|header| header.rules).collect();
        if then.iter().any(|&rules| rules != RULES_VERSION) {
            let note = format!("recorded under rules {then:?}, run under {RULES_VERSION}");
            self.outcome.notes.push(note + ": differences are to be expected");
        }
        self.outcome.rules = (RULES_VERSION, then);
        let before = self.records_between(0, first.after_seq)?;
        if before > 0 {
            self.outcome.not_recorded += before;
            self.outcome.notes.push(format!("{before} records are older than the recording"));
        }
        Ok(())
    }

    fn reader(&self) -> Result<Option<Reader>, ReplayError> {
        Ok(self.source.ledger.as_deref().map(Reader::open).transpose()?)
    }

    fn records_between(&self, after: i64, through: i64) -> Result<u64, ReplayError> {
        let Some(reader) = self.reader()? else { return Ok(0) };
        let side = LedgerSide {
            reader,
            batch: self.outcome.batch.clone(),
            after,
            through,
            page: VecDeque::new(),
        };
        Ok(Expect::Ledger(side).left()?.0)
    }

    fn file(&mut self, file: &PathBuf) -> Result<(), ReplayError> {
        let torn = items(file, &mut |item| self.item(item))?;
        if self.life.is_some() {
            self.finish(None)?;
        }
        if torn {
            let note = format!("{} is torn: its last block is not whole", file.display());
            self.outcome.notes.push(note);
        }
        Ok(())
    }

    fn item(&mut self, item: Item) -> Result<(), ReplayError> {
        if let Item::Begin(header) = item {
            if self.life.is_some() {
                self.finish(None)?;
            }
            self.life = Some(Life::new(*header));
            self.at += 1;
            return Ok(());
        }
        let Some(life) = &mut self.life else {
            return Err(self.nonsense("a block stands before the header of its segment"));
        };
        match item {
            Item::Begin(_) => {}
            Item::Serials(serials) => life.serials.extend(serials),
            Item::Expected(digests) => life.digests.extend(digests),
            Item::Inputs(inputs) => self.run(&inputs)?,
            Item::End { end, inputs } => {
                if inputs != life.inputs {
                    return Err(self.nonsense("the end of a segment counts other inputs"));
                }
                self.finish(Some(end))?;
            }
        }
        Ok(())
    }

    fn run(&mut self, inputs: &[Timed]) -> Result<(), ReplayError> {
        self.start()?;
        let Some(life) = &mut self.life else { return Ok(()) };
        for timed in inputs {
            life.give(timed, &mut self.outcome, self.watch)?;
        }
        Ok(())
    }

    /// Makes the core of a life, once its serials are known.
    fn start(&mut self) -> Result<(), ReplayError> {
        let Some(life) = self.life.as_ref().filter(|life| life.running.is_none()) else {
            return Ok(());
        };
        let header = life.header.clone();
        let serials = if header.serials.embedded { life.serials.clone() } else { self.pool()? };
        if serials_sha256(&serials) != header.serials.sha256 {
            let (count, wanted) = (serials.len(), header.serials.count);
            let whose = if header.serials.embedded { "recording" } else { "ledger" };
            return Err(self.nonsense(format!(
                "the {count} serials of the {whose} are not the {wanted} that the line had"
            )));
        }
        (self.watch)(Seen::Begin(&header, &serials));
        let data = header.order.to_batch_data();
        let data = data.ok_or_else(|| self.nonsense("the carton's code in the header is none"))?;
        let (target, low) = (header.target, header.low_pool);
        let line = Line::new(header.line, data, serials.into_boxed_slice(), target, low);
        let expect = self.expectation(&header)?;
        if let Some(life) = &mut self.life {
            life.running = Some(Running { line, expect });
            self.outcome.segments += 1;
        }
        Ok(())
    }

    fn expectation(&mut self, header: &SegmentHeader) -> Result<Expect, ReplayError> {
        if let Some(life) = self.life.as_mut().filter(|life| !life.digests.is_empty()) {
            return Ok(Expect::Digests(std::mem::take(&mut life.digests)));
        }
        let what = "it carries no digests of its records: name the ledger with --data-dir";
        let reader = self.reader()?.ok_or_else(|| self.nonsense(what))?;
        let batch = header.batch.clone();
        let span = reader.batch_span(&batch)?;
        let end = span.ok_or_else(|| self.no_batch())?.last_seq;
        let through = self.headers.get(self.at).map_or(end, |next| next.after_seq);
        let (after, page) = (header.after_seq, VecDeque::new());
        Ok(Expect::Ledger(LedgerSide { reader, batch, after, through, page }))
    }

    fn pool(&self) -> Result<Vec<SerialNumber>, ReplayError> {
        let what = "it carries no serials: name the ledger with --data-dir";
        let reader = self.reader()?.ok_or_else(|| self.nonsense(what))?;
        let span = reader.batch_span(&self.outcome.batch)?.ok_or_else(|| self.no_batch())?;
        let (mut serials, mut from) = (Vec::new(), Some(0));
        while let Some(first) = from {
            let (page, next) = reader.serials(span.batch_no, first, None)?;
            for row in page {
                let serial = row.serial.parse();
                serials.push(serial.map_err(|_| self.nonsense("the ledger has a bad serial"))?);
            }
            from = next;
        }
        Ok(serials)
    }

    /// What is left over at the end of a life.
    fn finish(&mut self, end: Option<End>) -> Result<(), ReplayError> {
        self.start()?;
        let Some(life) = self.life.take() else { return Ok(()) };
        let number = life.header.segment;
        let Some(mut running) = life.running else { return Ok(()) };
        let (left, first, seq) = running.expect.left()?;
        let next = self.headers.get(self.at).map(|next| next.segment);
        let follows = next.is_none_or(|next| next == number + 1);
        let whole = end == Some(End::Clean) && follows;
        if left > 0 && whole {
            self.outcome.differs(Difference {
                segment: number,
                record: self.outcome.records,
                input: life.inputs,
                ledger_seq: seq,
                what: "a record that the replay does not make",
                expected: first,
                got: String::new(),
            });
        } else {
            self.outcome.not_recorded += left;
        }
        if let Some((record, got, input)) = life.beyond {
            let durable = running.line.records().1;
            self.outcome.beyond(number, (record.seq, got, input), durable, whole);
            self.outcome.uncommitted += life.beyond_count;
        }
        self.outcome.notes.extend(ending(number, end, left));
        if !follows {
            self.outcome.notes.push(format!("segments between {number} and {next:?} are missing"));
        }
        Ok(())
    }
}
