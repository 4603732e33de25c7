//! Writes a fixture's files, as the simulator and a ledger would, and has them judged.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde_json::Value;
use tempfile::TempDir;

use super::fixture::{BATCH, Fixture, GTIN, LOT, OTHER, TRIAL};
use crate::judge::{JudgeError, Judgement, judge};
use crate::truth::{FaultTruth, PackTruth, TruthHeader, TruthRecord};

impl Fixture {
    pub(super) fn judge(&self) -> Result<Judgement, JudgeError> {
        let dir = TempDir::new().unwrap();
        let ledger = dir.path().join("ledger.db");
        // Kept open: the checker reads beside a writer, with WAL files there.
        let _writer = self.write_ledger(&ledger);
        let mut truth = vec![self.write_truth(&dir, "a", &self.packs, &self.faults)];
        if let Some(packs) = &self.second_run {
            truth.push(self.write_truth(&dir, "b", packs, &[]));
        }
        judge(&truth, &ledger, &self.order)
    }

    pub(super) fn write_truth(
        &self,
        dir: &TempDir,
        name: &str,
        packs: &[PackTruth],
        faults: &[FaultTruth],
    ) -> PathBuf {
        let (scenario, camera) = ("hand-made".to_owned(), "pixels".to_owned());
        let header = TruthHeader { truth: 1, seed: 1, scenario, camera };
        let mut text = TruthRecord::Header(header).to_line();
        let packs = packs.iter().cloned().map(TruthRecord::Pack);
        let faults = faults.iter().cloned().map(TruthRecord::Fault);
        text.extend(packs.chain(faults).map(|record| record.to_line()));
        if name == "a" {
            let scrapped = self.scrapped.iter().cloned().map(TruthRecord::Scrapped);
            text.extend(scrapped.map(|record| record.to_line()));
        }
        text.push_str(self.tail);
        let path = dir.path().join(format!("{name}.jsonl"));
        fs::write(&path, text).unwrap();
        path
    }

    pub(super) fn write_ledger(&self, path: &Path) -> Connection {
        let mut conn = Connection::open(path).unwrap();
        conn.pragma_update(None, "journal_mode", "wal").unwrap();
        let tx = conn.transaction().unwrap();
        tx.execute_batch(
            "CREATE TABLE v_batch(batch, gtin, lot, expiry, state, target, allocated, books_json,
               mode);
             CREATE TABLE v_pack(batch, track, serial, verdict, reason, fate, infeed_count,
               io_epoch, accepted_at, exited_at);
             CREATE TABLE v_serial(batch, gtin, serial, serial_idx, state, state_number, track);
             CREATE TABLE v_event(seq INTEGER PRIMARY KEY, chain, at, kind, body);",
        )
        .unwrap();
        let books = self.books.as_ref().map(Value::to_string);
        let allocated = self.serials.iter().filter(|row| row.batch == BATCH).count() as i64;
        tx.execute(
            "INSERT INTO v_batch VALUES(?1, ?2, ?3, '2029-11-30', ?4, 14, ?5, ?6, 'production')",
            params![BATCH, GTIN, LOT, self.state, allocated, books],
        )
        .unwrap();
        for (batch, mode) in [(OTHER, "production"), (TRIAL, "challenge")] {
            tx.execute(
                "INSERT INTO v_batch VALUES(?1, ?2, ?3, '2029-11-30', 'closed', 1, 0, NULL, ?4)",
                params![batch, GTIN, LOT, mode],
            )
            .unwrap();
        }
        for r in &self.rows {
            let at = r.accepted.then_some("2026-11-22T12:21:53.007+00:00");
            tx.execute(
                "INSERT INTO v_pack VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)",
                params![
                    r.batch,
                    r.track,
                    r.serial,
                    r.verdict,
                    r.reason,
                    r.fate,
                    r.infeed_count as i64,
                    r.io_epoch,
                    at
                ],
            )
            .unwrap();
        }
        for s in &self.serials {
            tx.execute(
                "INSERT INTO v_serial VALUES(?1, ?2, ?3, ?4, '', ?5, ?6)",
                params![s.batch, GTIN, s.serial, s.idx, s.state, s.track],
            )
            .unwrap();
        }
        for (chain, body) in &self.events {
            tx.execute(
                "INSERT INTO v_event(chain, kind, body) VALUES(?1, ?2, ?3)",
                params![chain, body["kind"].as_str(), body.to_string()],
            )
            .unwrap();
        }
        tx.commit().unwrap();
        conn
    }
}
