//! The eyes that a fault can be about.
//!
//! Named in scenarios and ground truth. It must never list what only strobes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An eye that can miss a pack or stay blocked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Eye {
    /// At the infeed.
    Infeed,
    /// Of the camera station.
    CameraEye,
    /// Before the gate.
    Gate,
    /// Behind the gate.
    Exit,
    /// In the chute of the reject bin.
    EjectConfirm,
}

impl Eye {
    /// Every eye, in running order.
    pub const ALL: [Self; 5] =
        [Self::Infeed, Self::CameraEye, Self::Gate, Self::Exit, Self::EjectConfirm];

    /// The name as it stands in scenario and ground truth.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Infeed => "infeed",
            Self::CameraEye => "camera_eye",
            Self::Gate => "gate",
            Self::Exit => "exit",
            Self::EjectConfirm => "eject_confirm",
        }
    }
}
