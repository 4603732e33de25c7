//! What the judge takes from the records themselves (`v_event`): readings, commissionings, holds
//! and purges, each with its place in the ledger's order.
//!
//! Order is by `seq` only; it must never compare a time of the ledger with one of the ground truth.

use std::collections::HashMap;

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
    pub(super) stops: Vec<Stop>,
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
    to: Option<String>,
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
     'purge_end', 'unit_state', 'declared')) ORDER BY seq";

impl Records {
    pub(super) fn read(conn: &Connection, batch: &str) -> Result<Self, JudgeError> {
        let mut records = Self::default();
        let mut counting = false;
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
                    records.edges_taken_back +=
                        if body.term == "retrieved" { body.count } else { 0 };
                }
                // The first beginning follows the start purge: earlier ejections do not count.
                "counts_begin" if !std::mem::replace(&mut counting, true) => {
                    records.ejected_without_pack = 0;
                }
                "ejected_without_pack" => records.ejected_without_pack += 1,
                _ => {
                    let body: Body = serde_json::from_str(&text).map_err(strange)?;
                    match body.track {
                        Some(track) => records.of_pack(seq, &kind, track, body),
                        None => records.of_line(seq, &kind, body.to.as_deref()),
                    }
                }
            }
        }
        Ok(records)
    }

    fn of_pack(&mut self, seq: i64, kind: &str, track: u32, body: Body) {
        let pack = self.tracks.entry(track).or_default();
        let resolved_exit = body.resolution.as_deref() == Some("exited");
        match kind {
            "pack_infeed" => pack.infeed_seq = Some(seq),
            "verdict" if body.verdict.as_deref() == Some("accept") => {
                let reading = body.read.zip(body.grade);
                pack.accepted_on = reading
                    .map(|(content, grade)| Reading { content, grade_tenths: grade.overall });
                pack.rejected_seq = None;
            }
            "verdict" => pack.rejected_seq = pack.rejected_seq.or(Some(seq)),
            "pack_ejected" => pack.ejected_seq = Some(seq),
            "pack_exited" => self.line_exits += 1,
            "pack_resolved" => {
                pack.exit_edge = body.exit_edge;
                self.resolved_exits += i64::from(resolved_exit);
                let edges = match resolved_exit {
                    true => &mut self.edges_given,
                    false => &mut self.edges_taken_back,
                };
                *edges += i64::from(body.exit_edge == Some(true));
            }
            _ => {}
        }
        if let Some(serial) = body.serial
            && (kind == "pack_exited" || (kind == "pack_resolved" && resolved_exit))
        {
            self.commissioned.entry(serial).or_default().push(track);
        }
    }

    fn of_line(&mut self, seq: i64, kind: &str, to: Option<&str>) {
        let begin = |kind| Stop { kind, from_seq: seq, to_seq: i64::MAX };
        match kind {
            "hold" => self.stops.push(begin(StopKind::Hold)),
            "purge_begin" => self.stops.push(begin(StopKind::Purge)),
            "purge_end" => self.end(StopKind::Purge, seq),
            "unit_state" if to == Some("execute") => {
                self.end(StopKind::Hold, seq);
                self.end(StopKind::Purge, seq);
            }
            _ => {}
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
