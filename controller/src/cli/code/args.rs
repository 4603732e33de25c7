//! The words of `packline code parse`, `build` and `convert`.
//!
//! Parsed in `main` as part of the command line. Must never do anything.

use clap::Args;

/// Arguments of `code parse`.
#[derive(Clone, Debug, Args)]
pub struct ParseArgs {
    /// Rules to read it by: fmd, fmd-read, gs1, dscsa or ppn.
    #[arg(long, default_value = "gs1")]
    pub profile: String,
    /// The code, with {GS}, {RS} and {EOT} or the raw bytes.
    pub code: String,
    /// Machine-readable answer on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `code build`.
#[derive(Clone, Debug, Default, Args)]
pub struct BuildArgs {
    /// What kind of code: fmd, gs1, dscsa or ppn.
    #[arg(long, default_value = "fmd")]
    pub profile: String,
    /// Product code, 14 digits.
    #[arg(long)]
    pub gtin: Option<String>,
    /// Serial number.
    #[arg(long)]
    pub serial: Option<String>,
    /// Batch number.
    #[arg(long)]
    pub lot: Option<String>,
    /// Expiry date, YYYY-MM-DD.
    #[arg(long)]
    pub expiry: Option<String>,
    /// National number with its AI, as 714:5440987.
    #[arg(long)]
    pub national: Option<String>,
    /// PZN: its NTIN is the product code, or its PPN under profile ppn.
    #[arg(long, conflicts_with_all = ["gtin", "ppn"])]
    pub pzn: Option<String>,
    /// Pharmacy Product Number (profile ppn).
    #[arg(long)]
    pub ppn: Option<String>,
    /// A further element, AI=VALUE, as often as wanted (gs1, dscsa).
    #[arg(long = "element")]
    pub elements: Vec<String>,
    /// Put the symbology identifier in front, as a camera reports it.
    #[arg(long)]
    pub symbology: bool,
    /// Machine-readable answer on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `code convert`.
#[derive(Clone, Debug, Default, Args)]
pub struct ConvertArgs {
    /// From a PZN, 8 digits.
    #[arg(long, required_unless_present_any = ["ntin", "ppn"])]
    #[arg(conflicts_with_all = ["ntin", "ppn"])]
    pub pzn: Option<String>,
    /// From an NTIN of Germany, 14 digits.
    #[arg(long, conflicts_with = "ppn")]
    pub ntin: Option<String>,
    /// From a PPN.
    #[arg(long)]
    pub ppn: Option<String>,
    /// Machine-readable answer on standard output.
    #[arg(long)]
    pub json: bool,
}
