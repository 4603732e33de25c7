//! The words of `demo`.
//!
//! Part of [`super::args`], parsed in `main`. Must never do anything.

use super::scenario_choice::ScenarioChoice;
use super::station_list::Stations;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Protocol of the labeler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LabelerKind {
    /// OPC UA.
    Opcua,
    /// Modbus TCP.
    Modbus,
    /// Another maker's: plain registers over Modbus TCP, one slot.
    Registers,
    /// Another maker's: variables over OPC UA that are written and triggered.
    Variables,
    /// Another maker's: methods over OPC UA.
    Methods,
    /// Another maker's: ZPL over TCP.
    Zpl,
    /// Another maker's: texts over TCP.
    Text,
}

/// Security policy of links over OPC UA, signed and encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecurityKind {
    /// None: the simulator is on this host.
    None,
    /// Basic256Sha256.
    Basic256Sha256,
    /// Aes128_Sha256_RsaOaep.
    Aes128Sha256RsaOaep,
    /// Aes256_Sha256_RsaPss.
    Aes256Sha256RsaPss,
}

/// How the simulated camera works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CameraKind {
    /// Reads pictures.
    Pixels,
    /// Reads what is printed, for rates that pixels cannot follow.
    NoPixels,
}

/// Kind of ejector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EjectorKind {
    /// Rests in reject and opens for a permit.
    PassGate,
    /// Rests in pass and pulses at every pack without a permit.
    Pulse,
}

/// Who stands at the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OperatorKind {
    /// A scripted person.
    Auto,
    /// You, at the page or the command line.
    Manual,
}

/// Which images are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeepKind {
    /// None.
    None,
    /// Of rejected packs.
    Rejected,
    /// Of all.
    All,
}

/// Where the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// Nowhere.
    Off,
    /// There.
    At(SocketAddr),
}

impl std::str::FromStr for Http {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| format!("{text} is neither ADDR:PORT nor off"))
    }
}

impl Http {
    /// The address, if any.
    #[must_use]
    pub const fn addr(self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::At(addr) => Some(addr),
        }
    }
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Packs that enter the line.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub packs: u32,
    /// Packs a second.
    #[arg(long, default_value_t = 10.0)]
    pub rate: f64,
    /// Seed of the simulator; drawn and printed when not given.
    #[arg(long)]
    pub seed: Option<u64>,
    /// What goes wrong: clean, default, all, or a file (TOML).
    #[arg(long, default_value = "default")]
    pub scenario: ScenarioChoice,
    /// Protocol of the labeler.
    #[arg(long, value_enum, default_value = "modbus")]
    pub labeler: LabelerKind,
    /// What secures links over OPC UA; both sides make certificates and trust each other's.
    #[arg(long, value_enum, default_value = "none")]
    pub security: SecurityKind,
    /// Printed labels between print head and peel edge; 0 prints on the pack.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=10))]
    pub web_offset: u8,
    /// How the camera works.
    #[arg(long, value_enum, default_value = "pixels")]
    pub camera: CameraKind,
    /// Kind of ejector.
    #[arg(long, value_enum, default_value = "pass-gate")]
    pub ejector: EjectorKind,
    /// Stations beside the camera: all, none, or some of text_check, carton_code,
    /// tamper_evident, checkweigher, separated by commas.
    #[arg(long, default_value = "none")]
    pub stations: Stations,
    /// Run the challenge test before the batch.
    #[arg(long)]
    pub challenge: bool,
    /// Who stands at the line.
    #[arg(long, value_enum, default_value = "auto")]
    pub operator: OperatorKind,
    /// Which images are kept.
    #[arg(long, value_enum, default_value = "rejected")]
    pub keep_images: KeepKind,
    /// Where ledger, truth and images go.
    #[arg(long, default_value = "packline-demo")]
    pub data_dir: PathBuf,
    /// Address of the live page, or off.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub http: Http,
    /// Go on after the batch, with users of every role whose passwords are printed, until Ctrl-C.
    #[arg(long)]
    pub serve: bool,
    /// One line of JSON on standard output when the batch is over.
    #[arg(long)]
    pub json: bool,
}
