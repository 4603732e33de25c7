//! The words of `device`.
//!
//! Part of [`super::args`], parsed in `main`. Must never do anything.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `device ..`
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Certificates of OPC UA devices: those that are trusted, those that were refused; trust one.
    Trust(TrustArgs),
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
