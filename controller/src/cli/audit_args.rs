//! The words about the record.
//!
//! Part of `args`. Must never do anything.

use super::args::{DataDir, Name};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `audit ..`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute every chain and projection of a ledger file. Exit 3 when one is broken.
    Verify {
        /// The ledger's database.
        #[arg(long)]
        db: PathBuf,
        /// Anchors that were kept elsewhere.
        #[arg(long, requires = "key")]
        anchors: Option<PathBuf>,
        /// Directory of sealed batches: their files are verified, too.
        #[arg(long)]
        sealed: Option<PathBuf>,
        /// Public key of the anchors.
        #[arg(long, requires = "anchors")]
        key: Option<PathBuf>,
        /// Machine-readable answer on standard output.
        #[arg(long)]
        json: bool,
    },
    /// The audit trail: who did what, newest first; a JSON line each with --json.
    List(ListArgs),
    /// The key that signs the checkpoints.
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `audit key ..`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Every public key that signs or has signed, and from which event on.
    Show {
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Hand over to a new key; the service must not run.
    Rotate {
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who says so.
        #[command(flatten)]
        person: Name,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
}

/// `audit list`
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Of this user.
    #[arg(long)]
    pub who: Option<String>,
    /// Of this kind: command, signature, access, user_changed, alarm, ..
    #[arg(long)]
    pub kind: Option<String>,
    /// Of this chain: site, or a batch.
    #[arg(long)]
    pub chain: Option<String>,
    /// Not before this, RFC 3339 in UTC or its beginning: 2026-11-23.
    #[arg(long)]
    pub from: Option<String>,
    /// Before this, the same.
    #[arg(long)]
    pub to: Option<String>,
    /// Oldest first, after this event; 0: from the first one.
    #[arg(long, conflicts_with = "before")]
    pub after: Option<i64>,
    /// Newest first, before this event.
    #[arg(long)]
    pub before: Option<i64>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}
