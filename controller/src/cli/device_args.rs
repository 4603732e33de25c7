//! The words of `device`.
//!
//! Part of [`super::args`], parsed in `main`. Must never do anything.

use super::demo_args::SecurityKind;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `device ..`
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Certificates of OPC UA devices: those that are trusted, those that were refused; trust one.
    Trust(TrustArgs),
    /// Try a device profile: what it would do, then the device itself, without a line.
    Check(CheckArgs),
}

/// Arguments of `device check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The profile's file.
    pub profile: PathBuf,
    /// Where the device is: HOST:PORT or opc.tcp://HOST:PORT. Without it the profile is explained
    /// and nothing is connected.
    #[arg(long)]
    pub endpoint: Option<String>,
    /// Only look: do not empty a labeler and give it a job that is dropped again.
    #[arg(long, requires = "endpoint")]
    pub read_only: bool,
    /// How long to try, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// Security policy of an OPC UA device.
    #[arg(long, value_enum, default_value = "basic256-sha256")]
    pub security: SecurityKind,
    /// User of an OPC UA device.
    #[arg(long, requires = "password_file")]
    pub user: Option<String>,
    /// File whose first line is the user's password; nobody else may read it.
    #[arg(long, requires = "user")]
    pub password_file: Option<PathBuf>,
    /// The line's configuration: its data directory has our certificate and those that are trusted.
    #[arg(long, default_value = "config/line.toml")]
    pub config: PathBuf,
    /// Machine-readable answer on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `device trust`; without any it lists.
#[derive(Clone, Debug, Args)]
pub struct TrustArgs {
    /// Trust the refused certificate whose thumbprint (SHA-1, hex) begins so; 8 digits at least.
    #[arg(conflicts_with_all = ["file", "withdraw"])]
    pub thumbprint: Option<String>,
    /// Trust the certificate in this file (DER or PEM).
    #[arg(long, conflicts_with = "withdraw")]
    pub file: Option<PathBuf>,
    /// Trust the certificate with this thumbprint no longer.
    #[arg(long, value_name = "THUMBPRINT")]
    pub withdraw: Option<String>,
    /// The line's configuration: it names the data directory.
    #[arg(long, default_value = "config/line.toml")]
    pub config: PathBuf,
    /// Machine-readable answer on standard output.
    #[arg(long)]
    pub json: bool,
}
