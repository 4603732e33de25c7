//! The kinds of ejectors that the simulator knows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of ejector (domain: two kinds, one contract; both take pass permits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EjectorKind {
    /// A gate that rests in reject and opens for a permit.
    #[default]
    PassGate,
    /// An air jet or pusher that rests in pass and pulses at every pack without a permit.
    Pulse,
}
