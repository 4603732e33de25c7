//! What the judge takes from the records themselves (`v_event`): readings, commissionings, holds
//! and purges, each with its place in the ledger's order.
//!
//! Order is by `seq` only; it must never compare a time of the ledger with one of the ground truth.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use serde::Deserialize;

use super::JudgeError;

/// The reading that an accept was based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) content: String,
    /// Overall in-line grade, tenths.
    pub(super) grade_tenths: u8,
}

/// What is on record of a pack.
#[derive(Clone, Debug, Default)]
pub(super) struct TrackRecords {
    /// Its infeed.
    pub(super) infeed_seq: Option<i64>,
    /// The reading of the last accept, if that holds one.
    pub(super) accepted_on: Option<Reading>,
    /// The last accept.
    pub(super) accepted_seq: Option<i64>,
    /// The first reject that no accept followed.
    pub(super) rejected_seq: Option<i64>,
    /// Its confirmed ejection.
    pub(super) ejected_seq: Option<i64>,
    /// Of a pack resolved by a person: an exit edge was given to it.
    pub(super) exit_edge: Option<bool>,
}

impl TrackRecords {
    /// From the infeed to what settled its rejection.
    pub(super) fn life(&self) -> Option<(i64, i64)> {
        self.infeed_seq.zip(self.rejected_seq.or(self.ejected_seq))
    }
}

/// Why packs on the belt could not be brought to an end in the ordinary way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopKind {
    Hold,
    Purge,
}

/// A hold, up to the next time in Execute, or a purge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) kind: StopKind,
    pub(super) from_seq: i64,
    pub(super) to_seq: i64,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) tracks: HashMap<u32, TrackRecords>,
    /// Tracks for which a serial index was commissioned, one for each record.
    pub(super) commissioned: HashMap<u32, Vec<u32>>,
    pub(super) line_exits: i64,
    pub(super) resolved_exits: i64,
    /// Exit edges that a person gave to packs that stayed behind the exit.
    pub(super) edges_given: i64,
    /// Exit edges of packs that a person took back, those declared for no pack included.
    pub(super) edges_taken_back: i64,
    /// Ejections that no pack explains, since counting began.
    pub(super) ejected_without_pack: i64,
    /// Counts of their edges in the present epoch of the line I/O.
    stray_edges: HashSet<u64>,
    /// Counts have begun.
    counting: bool,
    pub(super) stops: Vec<Stop>,
    /// Two persons approved the first pack.
    pub(super) first_pack_approved_seq: Option<i64>,
    /// Subjects and reasons of signatures.
    pub(super) signed: Vec<String>,
}

#[derive(Deserialize)]
struct Grade {
    overall: u8,
}

/// The fields that matter here, of any kind of record.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    track: Option<u32>,
    serial: Option<u32>,
    verdict: Option<String>,
    grade: Option<Grade>,
    read: Option<String>,
    resolution: Option<String>,
    exit_edge: Option<bool>,
    count: Option<u64>,
    to: Option<String>,
    taken: Option<String>,
}

/// What one record says, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A pack passed the infeed eye.
    PackInfeed {
        /// The pack.
        track: u32,
    },
    /// An accept, with what was read and its overall grade in tenths.
    Accepted {
        /// The pack.
        track: u32,
        /// Content with symbology identifier, and grade.
        read: Option<(&'a str, u8)>,
    },
    /// A reject.
    Rejected {
        /// The pack.
        track: u32,
    },
    /// A pack passed the exit and was commissioned.
    PackExited {
        /// The pack.
        track: u32,
        /// Index of its serial.
        serial: Option<u32>,
    },
    /// A pack's ejection was confirmed.
    PackEjected {
        /// The pack.
        track: u32,
    },
    /// A person said what became of a pack.
    PackResolved {
        /// The pack.
        track: u32,
        /// Index of its serial.
        serial: Option<u32>,
        /// As exited; otherwise as ejected or removed.
        exited: bool,
        /// An edge of the exit eye was given to it.
        exit_edge: Option<bool>,
    },
    /// An ejection that no pack explains.
    EjectedWithoutPack {
        /// Count of its edge.
        count: u64,
    },
    /// Exit edges of packs of no track that were taken back from behind the exit.
    TakenBack {
        /// How many; negative takes a declaration back.
        count: i64,
    },
    /// Counts begin.
    CountsBegin,
    /// The line holds.
    Hold,
    /// A purge begins.
    PurgeBegin,
    /// A purge is over.
    PurgeEnd,
    /// The unit executes.
    Execute,
    /// Two persons approved the first pack and kept its label.
    FirstPackApproved,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Signature {
    subject: String,
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Declared {
    term: String,
    count: i64,
}

const SELECT: &str = "SELECT seq, kind, body FROM v_event WHERE kind = 'signature' \
     OR (chain = ?1 AND kind IN ('pack_infeed', 'verdict', 'pack_exited', 'pack_ejected', \
     'pack_resolved', 'ejected_without_pack', 'counts_begin', 'hold', 'purge_begin', \
     'purge_end', 'unit_state', 'declared', 'serial_taken')) ORDER BY seq";

impl Body {
    /// What a record of this kind says; nothing when it does not matter.
    fn event(&self, kind: &str) -> Option<Event<'_>> {
        use Event as E;
        let (track, serial) = (self.track, self.serial);
        Some(match kind {
            "pack_infeed" => E::PackInfeed { track: track? },
            "verdict" if self.verdict.as_deref() == Some("accept") => {
                let grade = self.grade.as_ref().map(|grade| grade.overall);
                E::Accepted { track: track?, read: self.read.as_deref().zip(grade) }
            }
            "verdict" => E::Rejected { track: track? },
            "pack_exited" => E::PackExited { track: track?, serial },
            "pack_ejected" => E::PackEjected { track: track? },
            "pack_resolved" => {
                let exited = self.resolution.as_deref() == Some("exited");
                E::PackResolved { track: track?, serial, exited, exit_edge: self.exit_edge }
            }
            "ejected_without_pack" => E::EjectedWithoutPack { count: self.count? },
            "counts_begin" => E::CountsBegin,
            "hold" => E::Hold,
            "purge_begin" => E::PurgeBegin,
            "purge_end" => E::PurgeEnd,
            "unit_state" if self.to.as_deref() == Some("execute") => E::Execute,
            "serial_taken" if self.taken.as_deref() == Some("first_pack") => E::FirstPackApproved,
            _ => return None,
        })
    }
}

impl Records {
    pub(super) fn read(conn: &Connection, batch: &str) -> Result<Self, JudgeError> {
        let mut records = Self::default();
        let mut select = conn.prepare(SELECT)?;
        let mut rows = select.query([batch])?;
        while let Some(row) = rows.next()? {
            let (seq, kind): (i64, String) = (row.get(0)?, row.get(1)?);
            let text: String = row.get(2)?;
            let strange = |error: serde_json::Error| JudgeError::Strange {
                what: "v_event.body",
                found: format!("{kind} in event {seq}: {error}"),
            };
            match kind.as_str() {
                "signature" => {
                    let body: Signature = serde_json::from_str(&text).map_err(strange)?;
                    records.signed.push(format!("{} {}", body.subject, body.reason));
                }
                "declared" => {
                    let body: Declared = serde_json::from_str(&text).map_err(strange)?;
                    if body.term == "retrieved" {
                        records.take(seq, Event::TakenBack { count: body.count });
                    }
                }
                _ => {
                    let body: Body = serde_json::from_str(&text).map_err(strange)?;
                    if let Some(event) = body.event(&kind) {
                        records.take(seq, event);
                    }
                }
            }
        }
        Ok(records)
    }

    /// Takes the record with this place in the ledger's order.
    pub(super) fn take(&mut self, seq: i64, event: Event<'_>) {
        use Event as E;
        let begin = |kind| Stop { kind, from_seq: seq, to_seq: i64::MAX };
        match event {
            E::PackInfeed { track } => self.track(track).infeed_seq = Some(seq),
            E::Accepted { track, read } => {
                let reading = read.map(|(content, grade_tenths)| Reading {
                    content: content.to_owned(),
                    grade_tenths,
                });
                let pack = self.track(track);
                pack.accepted_on = reading;
                pack.accepted_seq = Some(seq);
                pack.rejected_seq = None;
            }
            E::Rejected { track } => {
                let pack = self.track(track);
                pack.rejected_seq = pack.rejected_seq.or(Some(seq));
            }
            E::PackEjected { track } => self.track(track).ejected_seq = Some(seq),
            E::PackExited { track, serial } => {
                self.line_exits += 1;
                self.commission(serial, track);
            }
            E::PackResolved { track, serial, exited, exit_edge } => {
                self.track(track).exit_edge = exit_edge;
                self.resolved(exited, exit_edge);
                self.commission(serial.filter(|_| exited), track);
            }
            // After a restart of the controller the same edge may be told again.
            E::EjectedWithoutPack { count } => {
                self.ejected_without_pack += i64::from(self.stray_edges.insert(count));
            }
            E::TakenBack { count } => self.edges_taken_back += count,
            // The first beginning follows the start purge: earlier ejections do not count.
            E::CountsBegin if !std::mem::replace(&mut self.counting, true) => {
                self.ejected_without_pack = 0;
                self.stray_edges.clear();
            }
            // Another epoch of the line I/O: its counts begin anew.
            E::CountsBegin => self.stray_edges.clear(),
            E::Hold => self.stops.push(begin(StopKind::Hold)),
            E::PurgeBegin => self.stops.push(begin(StopKind::Purge)),
            E::PurgeEnd => self.end(StopKind::Purge, seq),
            E::FirstPackApproved => {
                self.first_pack_approved_seq.get_or_insert(seq);
            }
            E::Execute => {
                self.end(StopKind::Hold, seq);
                self.end(StopKind::Purge, seq);
            }
        }
    }

    /// This record comes before the first pack's approval.
    pub(super) fn before_approval(&self, seq: i64) -> bool {
        self.first_pack_approved_seq.is_none_or(|approved| seq < approved)
    }

    fn track(&mut self, track: u32) -> &mut TrackRecords {
        self.tracks.entry(track).or_default()
    }

    fn resolved(&mut self, exited: bool, exit_edge: Option<bool>) {
        self.resolved_exits += i64::from(exited);
        let edges = if exited { &mut self.edges_given } else { &mut self.edges_taken_back };
        *edges += i64::from(exit_edge == Some(true));
    }

    fn commission(&mut self, serial: Option<u32>, track: u32) {
        if let Some(serial) = serial {
            self.commissioned.entry(serial).or_default().push(track);
        }
    }

    fn end(&mut self, kind: StopKind, seq: i64) {
        let open = |stop: &&mut Stop| stop.kind == kind && stop.to_seq == i64::MAX;
        for stop in self.stops.iter_mut().filter(open) {
            stop.to_seq = seq;
        }
    }

    /// True when such a stop touches the stretch of records from `from` to `to`.
    pub(super) fn stopped(&self, kind: StopKind, (from, to): (i64, i64)) -> bool {
        // Stops are in order of their beginnings, and mostly of their ends.
        let begun = self.stops.partition_point(|stop| stop.from_seq <= to);
        self.stops[..begun].iter().any(|stop| stop.kind == kind && stop.to_seq >= from)
    }
}
