//! The words about orders.
//!
//! Part of `args`. Must never do anything.

use super::args::{DataDir, Name, Person};
use super::backup_args::{SealArgs, UnblockArgs};
use super::pool_args::{PoolArgs, ResolutionKind, TakeArgs, TermKind};
use clap::{Args, Subcommand};
use people::UserId;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `order ..`
#[derive(Debug, Subcommand)]
pub enum OrderCommand {
    /// Check an order, draw and allocate its serials, make it the line's order.
    Load {
        /// The order (TOML).
        file: PathBuf,
        /// Where its serials come from when they are not drawn.
        #[command(flatten)]
        pool: PoolArgs,
        /// Log in to the running service as this user; asked for a password.
        #[arg(long = "as", value_name = "USER")]
        login: Option<UserId>,
        /// The line's configuration, needed without a running service.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// List the orders of the ledger.
    List {
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Start an order, or go on after a hold.
    Start {
        /// The batch.
        batch: String,
        /// Why; also of the signature.
        #[arg(long)]
        reason: Option<String>,
        /// Who says so.
        #[command(flatten)]
        person: Person,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Drain the belt and complete the order.
    Stop {
        /// The batch.
        batch: String,
        /// Why; also of the signature.
        #[arg(long)]
        reason: Option<String>,
        /// Who says so.
        #[command(flatten)]
        person: Person,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Reconcile and close the books.
    Close {
        /// The batch.
        batch: String,
        /// Why; also of the signature.
        #[arg(long)]
        reason: Option<String>,
        /// Who says so.
        #[command(flatten)]
        person: Person,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// The order's packs, one JSON line each with --json.
    Packs {
        /// The batch.
        batch: String,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Declare a number that no counter tells; it adds to earlier ones.
    Declare {
        /// The batch.
        batch: String,
        /// Which.
        #[arg(long, value_enum)]
        term: TermKind,
        /// How many; negative takes back.
        #[arg(long, allow_negative_numbers = true)]
        count: i64,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who says so.
        #[command(flatten)]
        person: Person,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Take a sample: a commissioned pack, or the label of one in reject.
    Sample {
        /// Which, why, who.
        #[command(flatten)]
        take: TakeArgs,
        /// The label of the first pack, approved by a second person.
        #[arg(long, requires = "second")]
        first_pack: bool,
        /// That person; with --as a user, asked for a password next.
        #[arg(long, requires = "first_pack")]
        second: Option<String>,
    },
    /// Say that a commissioned pack was taken off the line by hand.
    Remove {
        /// Which, why, who.
        #[command(flatten)]
        take: TakeArgs,
    },
    /// Prove the reject path with prepared packs; exit 3 when one was not rejected as it must be.
    Challenge(TrialArgs),
    /// Print and read labels without live serials; every pack is ejected.
    Setup {
        /// How many.
        #[arg(long, default_value_t = 3)]
        labels: u32,
        /// Which order, who, where.
        #[command(flatten)]
        trial: TrialArgs,
    },
    /// Put closed batches into files of their own (DIR/sealed) and out of the ledger.
    Seal(SealArgs),
    /// After a restore: say what may have been printed of the order that was open in the backup.
    Unblock(UnblockArgs),
    /// Say what became of an unresolved pack.
    Resolve {
        /// The batch.
        batch: String,
        /// n-th pack at the infeed.
        track: u32,
        /// What became of it.
        #[arg(long = "as", value_enum)]
        resolution: ResolutionKind,
        /// Why you say so.
        #[arg(long)]
        reason: String,
        /// Who says so.
        #[command(flatten)]
        person: Name,
        /// Log in to the running service as this user; asked for a password, which also signs.
        #[arg(long, value_name = "USER", conflicts_with = "who")]
        login: Option<UserId>,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
}

/// A trial run of an order.
#[derive(Debug, Args)]
pub struct TrialArgs {
    /// The batch.
    pub batch: String,
    /// Hands of a simulated line (`line-sim run` tells them): lays the prepared packs out.
    #[arg(long)]
    pub hands: Option<SocketAddr>,
    /// Why; also of the signature.
    #[arg(long)]
    pub reason: Option<String>,
    /// Who runs it.
    #[command(flatten)]
    pub person: Person,
    /// Where the service is.
    #[command(flatten)]
    pub at: DataDir,
}
