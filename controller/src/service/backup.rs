//! Backups: on a thread of their own beside the running line, or by a command under the ledger's
//! lock.
//!
//! Begun by the control thread, which never waits for one. Must never make the line wait
//! (invariant I8): the copy reads page by page, the ledger thread only signs.

use super::books::write_anchor;
use super::clock::wall_clock;
use super::control::Control;
use super::ledger_thread::LedgerHandle;
use super::load::ledger_problem;
use super::realtime::give_way_to_the_line;
use hmi::{Answer, BackupWish, Problem};
use ledger::backup::{BackupError, BackupJob, LEDGER_FILE, Manifest, Verified, make};
use ledger::{Anchor, Chain, Ledger, LedgerError, ServiceBody};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How the service's backup stands; shared with its thread.
#[derive(Clone, Default)]
pub struct Progress(Arc<Mutex<Option<Value>>>);

impl Progress {
    /// `{state, ..}`.
    #[must_use]
    pub fn state(&self) -> Value {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone().unwrap_or_else(|| json!({ "state": "none" }))
    }

    fn set(&self, value: Value) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn runs(&self) -> bool {
        self.state()["state"] == "running"
    }
}

/// The job of a wish.
#[must_use]
pub fn job(data_dir: &Path, wish: BackupWish) -> BackupJob {
    let folders = [(wish.with_images, "images"), (wish.with_sealed, "sealed")];
    let with = folders.into_iter().filter(|(wanted, _)| *wanted);
    BackupJob {
        data_dir: data_dir.to_path_buf(),
        out: wish.out,
        with_key: wish.with_key,
        with: with.map(|(_, folder)| folder.to_owned()).collect(),
    }
}

/// A failure in words for API and command line.
#[must_use]
pub fn problem(error: &BackupError) -> Problem {
    match error {
        BackupError::Refused(what) => Problem::new(409, "refused", what.clone()).at("out"),
        BackupError::Broken(_) => Problem::new(409, "broken", error.to_string())
            .at("ledger")
            .remedy("verify the ledger: packline audit verify --db DIR/ledger.db"),
        BackupError::Ledger(error) => ledger_problem(error),
        BackupError::Io { .. } => Problem::new(503, "io", error.to_string())
            .at("out")
            .remedy("make room, or name a directory that can be written"),
    }
}

/// What a finished backup tells.
#[must_use]
pub fn told(job: &BackupJob, made: &Verified, since: Instant) -> Value {
    let Manifest { anchor, files, with_key, .. } = &made.manifest;
    json!({
        "state": "done", "out": job.out, "line_id": anchor.line_id, "kind": anchor.ledger_kind,
        "ledger_epoch": anchor.ledger_epoch, "through_seq": made.manifest.through_seq(),
        "at": anchor.at, "files": files.len(),
        "bytes": files.iter().map(|file| file.bytes).sum::<u64>(), "with_key": with_key,
        "manifest_sha256": made.manifest_sha256, "verified": true,
        "ms": u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

fn made_event(made: &Verified, who: &str) -> ServiceBody {
    ServiceBody::BackupMade {
        through_seq: made.manifest.through_seq(),
        manifest_sha256: made.manifest_sha256.clone(),
        with_key: made.manifest.with_key,
        who: who.to_owned(),
    }
}

/// Makes a backup of a ledger that no service holds.
///
/// # Errors
/// [`BackupError`]; nothing is left under the backup's name then.
pub fn offline(job: &BackupJob, who: &str) -> Result<Value, BackupError> {
    let since = Instant::now();
    let mut ledger = Ledger::open(&job.data_dir.join(LEDGER_FILE), wall_clock())?;
    let anchor = ledger.checkpoint(wall_clock())?;
    write_anchor(&job.data_dir, &anchor)
        .map_err(|source| BackupError::Io { path: job.data_dir.clone(), source })?;
    let made = make(job, &anchor, &mut |m| Ok(ledger.sign_manifest(m)), &mut |_| {})?;
    ledger.append_service(wall_clock(), Chain::Site, &made_event(&made, who))?;
    Ok(told(job, &made, since))
}

impl Control {
    /// Signs a checkpoint and leaves the rest to a thread.
    pub(super) fn begin_backup(&mut self, wish: BackupWish, who: &str) -> Answer {
        if self.backup.runs() {
            return Err(Problem::new(409, "backup_runs", "a backup is being made")
                .at("backup")
                .remedy("wait for it: GET /api/v1/backup"));
        }
        let job = job(&self.setup.data_dir, wish);
        let anchor = self.with(|ledger| ledger.checkpoint(wall_clock()))?;
        let anchor = anchor.map_err(|e| ledger_problem(&e))?;
        self.keep_anchor(&anchor);
        let of = anchor.through_seq + 1;
        let begun = json!({ "state": "running", "out": job.out, "events": 0, "of": of });
        self.backup.set(begun.clone());
        let (progress, ledger, who) = (self.backup.clone(), self.ledger.clone(), who.to_owned());
        let spawned = std::thread::Builder::new().name("backup".into()).spawn(move || {
            give_way_to_the_line();
            let ended = run(&job, &anchor, &ledger, &who, &progress);
            progress.set(ended.unwrap_or_else(|error| {
                let problem = problem(&error);
                tracing::error!(%error, "no backup is made");
                json!({ "state": "failed", "out": job.out, "error": problem })
            }));
        });
        match spawned {
            Ok(_) => Ok(begun),
            Err(error) => {
                self.backup.set(json!({ "state": "none" }));
                Err(Problem::new(503, "threads", error.to_string()))
            }
        }
    }
}

/// The backup's thread.
fn run(
    job: &BackupJob,
    anchor: &Anchor,
    ledger: &LedgerHandle,
    who: &str,
    progress: &Progress,
) -> Result<Value, BackupError> {
    let since = Instant::now();
    let gone = |_| LedgerError::NotUsable("the service is stopping".to_owned());
    let mut sign = |manifest: Manifest| {
        ledger.with(move |ledger| ledger.sign_manifest(manifest)).map_err(gone)
    };
    let of = anchor.through_seq + 1;
    let mut tell = |events: i64| {
        progress.set(json!({ "state": "running", "out": job.out, "events": events, "of": of }));
    };
    let made = make(job, anchor, &mut sign, &mut tell)?;
    let event = made_event(&made, who);
    ledger
        .with(move |ledger| ledger.append_service(wall_clock(), Chain::Site, &event))
        .map_err(gone)??;
    Ok(told(job, &made, since))
}
