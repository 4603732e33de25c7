//! The words of the command line.
//!
//! Parsed in `main`. Must never do anything.

pub use super::audit_args::{AuditCommand, KeyCommand};
use super::backup_args::{BackupArgs, RestoreArgs};
pub use super::demo_args::{
    CameraKind, DemoArgs, EjectorKind, Http, KeepKind, LabelerKind, OperatorKind, SecurityKind,
};
pub use super::order_args::{OrderCommand, TrialArgs};
pub use super::pool_args::ResolutionKind;
use super::pool_args::SerialCommand;
use clap::{Args, Parser, Subcommand};
use people::UserId;
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
    /// The batch record as PDF, XLSX, CSV or JSON.
    Report(super::report_args::ReportArgs),
    /// A batch for other systems.
    #[command(subcommand)]
    Export(super::report_args::ExportCommand),
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
    /// Devices: whose certificates are trusted.
    #[command(subcommand)]
    Device(super::device_args::DeviceCommand),
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
    /// Run the one batch of this seed again instead; when it fails a smaller case is written.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["packs", "seed", "state", "case"])]
    pub batch_seed: Option<u64>,
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

/// A name for the record.
#[derive(Clone, Debug, Args)]
pub struct Name {
    /// Name for the record, where nobody logs in.
    #[arg(long, default_value = "operator")]
    pub who: String,
}

/// Who says so.
#[derive(Clone, Debug, Args)]
pub struct Person {
    /// Name for the record, where nobody logs in: on a simulation.
    #[arg(long, default_value = "operator", conflicts_with = "login_user")]
    pub who: String,
    /// Who logs in.
    #[command(flatten)]
    pub login: Login,
}

/// A person who logs in to the running service for one command.
#[derive(Clone, Debug, Default, Args)]
pub struct Login {
    /// Log in to the running service as this user; asked for a password (a line of input where
    /// there is no terminal), which also signs.
    #[arg(long = "as", id = "login_user", value_name = "USER")]
    pub user: Option<UserId>,
    /// Second person, where two sign; asked for a password next.
    #[arg(long = "second", id = "login_second", value_name = "USER", requires = "login_user")]
    pub second: Option<UserId>,
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
