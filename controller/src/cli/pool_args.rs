//! The words about serials and packs: where an order gets its serials from, what a person takes,
//! declares or resolves, `serial ..`.
//!
//! Part of `args`. Must never do anything.

use super::args::DataDir;
use crate::pools::{ExportFormat, StateFilter};
use clap::{Args, Subcommand, ValueEnum};
use people::UserId;
use std::path::PathBuf;

/// Serials that are not drawn.
#[derive(Clone, Debug, Args)]
pub struct PoolArgs {
    /// Pool of serials from outside: CSV or JSON.
    #[arg(long, conflicts_with = "from_returned")]
    pub pool: Option<PathBuf>,
    /// Who handed the pool out (CSV; a JSON pool says it itself).
    #[arg(long, conflicts_with = "from_returned")]
    pub provider: Option<String>,
    /// What the provider says of its uniqueness (CSV; a JSON pool says it itself).
    #[arg(long, conflicts_with = "from_returned")]
    pub claim: Option<String>,
    /// Use serials that earlier orders of the product kept (return_policy = "unallocate").
    #[arg(long)]
    pub from_returned: bool,
}

/// A serial taken out of an order.
#[derive(Clone, Debug, Args)]
pub struct TakeArgs {
    /// The batch.
    pub batch: String,
    /// The serial number.
    #[arg(long, allow_hyphen_values = true)]
    pub serial: String,
    /// Why.
    #[arg(long)]
    pub reason: String,
    /// Who says so, where nobody logs in.
    #[arg(long, required_unless_present = "login", conflicts_with = "login")]
    pub who: Option<String>,
    /// Log in to the running service as this user; asked for a password, which also signs.
    #[arg(long = "as", value_name = "USER")]
    pub login: Option<UserId>,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}

/// Numbers that a person declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TermKind {
    /// Packs put onto the line by hand.
    Additions,
    /// Packs taken off by hand that no track stands for.
    Removals,
    /// Exit edges of packs taken back from behind the exit that no track stands for.
    Retrieved,
    /// Labels that a lost labeler epoch no longer tells.
    Printed,
    /// Labels printed twice.
    Duplicate,
}

/// What became of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResolutionKind {
    /// Found behind the gate.
    Exited,
    /// Found in the reject bin.
    Ejected,
    /// Taken off by hand.
    Removed,
}

/// `serial ..`
#[derive(Debug, Subcommand)]
pub enum SerialCommand {
    /// Draw serial numbers, one a line; they belong to no order.
    Generate {
        /// How many.
        #[arg(long)]
        count: u64,
        /// Characters of each.
        #[arg(long, default_value_t = 20)]
        length: u8,
        /// numeric, safe30, alnum36, set82 or custom:CHARACTERS.
        #[arg(long, default_value = "safe30")]
        alphabet: String,
    },
    /// Write the serials of a batch, with their states.
    Export {
        /// The batch.
        #[arg(long)]
        batch: String,
        /// all, or a state: unallocated, allocated, sn_invalid, encoded, commissioned, ...
        #[arg(long, default_value = "all")]
        state: StateFilter,
        /// How.
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
        /// Into this file, which must not exist; standard output when not given.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Where the ledger is; --json is --format json.
        #[command(flatten)]
        at: DataDir,
    },
    /// After a restore: say which serials of a product were used after the backup.
    Unblock(super::backup_args::UnblockProductArgs),
    /// Everything that happened to one serial number.
    Trace {
        /// Product code, 14 digits.
        gtin: String,
        /// Serial number.
        serial: String,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
}
