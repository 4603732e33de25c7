//! The words about backup and restore.
//!
//! Part of `args`. Must never do anything.

use super::args::{DataDir, Name, Person};
use clap::Args;
use std::path::PathBuf;

/// `backup`
#[derive(Clone, Debug, Args)]
pub struct BackupArgs {
    /// The backup: a directory that is not there yet.
    #[arg(long)]
    pub out: PathBuf,
    /// With the signing key: whoever has the backup can then sign as this ledger.
    #[arg(long)]
    pub with_key: bool,
    /// With the images.
    #[arg(long)]
    pub with_images: bool,
    /// With the files of sealed batches.
    #[arg(long)]
    pub with_sealed: bool,
    /// Who asks for it.
    #[command(flatten)]
    pub person: Person,
    /// What is backed up.
    #[command(flatten)]
    pub at: DataDir,
}

/// Two persons and their reason.
#[derive(Clone, Debug, Args)]
pub struct TwoPersonsArgs {
    /// Who does it.
    #[arg(long)]
    pub who: String,
    /// Who approves it: another person.
    #[arg(long)]
    pub second: String,
    /// Why.
    #[arg(long)]
    pub reason: String,
}

/// `restore`
#[derive(Clone, Debug, Args)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long)]
    pub from: PathBuf,
    /// Anchors that were kept elsewhere: they prove the backup and tell how much is lost.
    #[arg(long, requires = "key")]
    pub anchors: Option<PathBuf>,
    /// Public key of the anchors.
    #[arg(long, requires = "anchors")]
    pub key: Option<PathBuf>,
    /// Who restores.
    #[command(flatten)]
    pub persons: TwoPersonsArgs,
    /// The data directory: new or empty.
    #[command(flatten)]
    pub at: DataDir,
}

/// `order seal`
#[derive(Clone, Debug, Args)]
pub struct SealArgs {
    /// The batch; not needed with --keep.
    #[arg(required_unless_present = "keep", conflicts_with = "keep")]
    pub batch: Option<String>,
    /// Every closed batch but so many, the latest ones.
    #[arg(long)]
    pub keep: Option<u32>,
    /// Who asks for it.
    #[command(flatten)]
    pub person: Name,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}

/// `order unblock`
#[derive(Clone, Debug, Args)]
pub struct UnblockArgs {
    /// The batch.
    pub batch: String,
    /// The last serial that was printed after the backup, from the labeler or from the last pack.
    #[arg(long, allow_hyphen_values = true)]
    pub last_used: Option<String>,
    /// All serials that were found printed after the backup: a CSV or JSON pool file.
    #[arg(long)]
    pub used: Option<PathBuf>,
    /// Who says so.
    #[command(flatten)]
    pub persons: TwoPersonsArgs,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}

/// `serial unblock`
#[derive(Clone, Debug, Args)]
pub struct UnblockProductArgs {
    /// Product code, 14 digits.
    #[arg(long)]
    pub gtin: String,
    /// No serial of it was drawn, imported or printed after the backup.
    #[arg(long, conflicts_with = "used")]
    pub nothing_used: bool,
    /// All serials that were: a CSV or JSON pool file.
    #[arg(long)]
    pub used: Option<PathBuf>,
    /// Who says so.
    #[command(flatten)]
    pub persons: TwoPersonsArgs,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}
