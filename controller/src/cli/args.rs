//! The words of the command line.
//!
//! Parsed in `main`. Must never do anything.

use super::backup_args::{BackupArgs, RestoreArgs, SealArgs, UnblockArgs};
pub use super::demo_args::{
    CameraKind, DemoArgs, EjectorKind, Http, KeepKind, LabelerKind, OperatorKind,
};
pub use super::pool_args::ResolutionKind;
use super::pool_args::{PoolArgs, SerialCommand, TakeArgs, TermKind};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The open serialization line controller.
#[derive(Debug, Parser)]
#[command(name = "packline", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a simulated line with a whole batch, live on a page.
    Demo(DemoArgs),
    /// Run the service against real devices.
    Run(RunArgs),
    /// Load, list, start, stop and close orders; their packs, samples, declared numbers.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Serial numbers: generate, export, trace.
    #[command(subcommand)]
    Serial(SerialCommand),
    /// Codes: check, parse, build, convert.
    #[command(subcommand)]
    Code(CodeCommand),
    /// The record: verify it offline.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Run a recorded batch again and compare every record. Exit 3 at the first difference.
    Replay(ReplayArgs),
    /// The whole line in virtual time under random faults, batch after batch.
    Campaign(CampaignArgs),
    /// Make a signed, verified backup, also of a running line.
    Backup(BackupArgs),
    /// Restore a backup into an empty data directory: a new epoch, in which everything that could
    /// be reused is blocked.
    Restore(RestoreArgs),
    /// Users: who may do what, and their passwords.
    #[command(subcommand)]
    User(super::user_args::UserCommand),
    /// Configuration: check, schema, explain.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The simulator, as the demo starts it.
    #[command(hide = true)]
    LineSim {
        /// Its own arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
}

/// Arguments of `campaign`.
#[derive(Clone, Debug, Args)]
pub struct CampaignArgs {
    /// Packs at least; the last batch is run to its end.
    #[arg(long, default_value_t = 100_000)]
    pub packs: u64,
    /// Seed of everything; drawn and printed when it is left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Threads.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: u8,
    /// File that an interrupted campaign goes on from.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Directory for the cases of batches that fail.
    #[arg(long, value_name = "DIR", default_value = "packline-campaign")]
    pub cases: PathBuf,
    /// Do not end at the first batch that fails.
    #[arg(long)]
    pub keep_going: bool,
    /// Run one case again instead.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["packs", "seed", "state"])]
    pub case: Option<PathBuf>,
    /// One last line with the figures on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The line's configuration.
    #[arg(long)]
    pub config: PathBuf,
}

/// Arguments of `replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The batch.
    #[arg(long, required_unless_present = "recording")]
    pub batch: Option<String>,
    /// A file or directory of recordings instead of the batch's own.
    #[arg(long)]
    pub recording: Option<PathBuf>,
    /// Afterwards write it into this new file with serials and digests: it needs no ledger then.
    #[arg(long)]
    pub save: Option<PathBuf>,
    /// Where ledger and recordings are.
    #[command(flatten)]
    pub at: DataDir,
}

/// Where the ledger is.
#[derive(Clone, Debug, Args)]
pub struct DataDir {
    /// Directory of the ledger.
    #[arg(long, default_value = "packline-data")]
    pub data_dir: PathBuf,
    /// Machine-readable answer on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Who says so, and why.
#[derive(Clone, Debug, Args)]
pub struct Person {
    /// Name for the record.
    #[arg(long, default_value = "operator")]
    pub who: String,
}

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
        /// That person.
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
        person: Person,
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
    /// Who runs it.
    #[command(flatten)]
    pub person: Person,
    /// Where the service is.
    #[command(flatten)]
    pub at: DataDir,
}

/// `code ..`
#[derive(Debug, Subcommand)]
pub enum CodeCommand {
    /// Check codes: a line in, a JSON line out. Exit 3 when one is wrong.
    Check {
        /// Rules to check against: fmd, fmd-read, gs1, dscsa or ppn.
        #[arg(long, default_value = "fmd")]
        profile: String,
        /// The code, with {GS} or the raw byte; - reads lines from standard input.
        #[arg(default_value = "-")]
        code: String,
        /// The answer is JSON with or without this.
        #[arg(long)]
        json: bool,
    },
    /// Show the elements of a code. Exit 3 when it is wrong.
    Parse(super::code::args::ParseArgs),
    /// Make a code from its values.
    Build(super::code::args::BuildArgs),
    /// A German product number as PZN, NTIN and PPN.
    Convert(super::code::args::ConvertArgs),
}

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
        person: Person,
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
}

/// `config ..`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check a line, product or order file.
    Check {
        /// The file.
        file: PathBuf,
        /// Machine-readable answer on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON schema of a kind of file.
    Schema {
        /// line, product, order, pool or scenario.
        kind: String,
    },
    /// Say in words what a line file means.
    Explain {
        /// The file.
        #[arg(default_value = "config/line.toml")]
        file: PathBuf,
        /// Worst-case memory and latency instead.
        #[arg(long)]
        budget: bool,
        /// Machine-readable answer on standard output.
        #[arg(long)]
        json: bool,
    },
}
