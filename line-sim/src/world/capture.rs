//! The seam between the world and the pixels: what the camera saw goes out as a [`CaptureJob`],
//! what was decoded comes back as a [`Reading`]; so it is with the text check and its lines.
//!
//! The owner of the world takes the jobs, renders and decodes them (inline in virtual time, on a
//! worker thread in real time) and hands the reading back. Nothing here may know how a label is
//! drawn, and the reading side is never told more than the picture shows.

use contracts::camera::{InLineGrade, ReadStatus};

use crate::world::label::{LabelText, PrintedLabel};

/// What was under the camera when the trigger came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    /// Bare belt.
    Nothing,
    /// A pack without a label.
    Blank,
    /// A pack with a label. With `ink.missing` nothing of it is visible.
    Label(PrintedLabel),
    /// A pack with a label, and a second one, printed without a fault, beside it.
    TwoLabels {
        /// Its own.
        label: PrintedLabel,
        /// What the second one says.
        second: LabelText,
    },
}

impl Subject {
    /// What a camera makes of it without pixels.
    #[must_use]
    pub fn read_without_pixels(&self) -> Reading {
        match self {
            Self::Nothing | Self::Blank => Reading::default(),
            Self::Label(label) => label.read_without_pixels(),
            Self::TwoLabels { label, second } if !label.ink.is_readable() => {
                PrintedLabel::clean(*second).read_without_pixels()
            }
            Self::TwoLabels { .. } => {
                Reading { status: ReadStatus::Multiple, ..Reading::default() }
            }
        }
    }
}

/// Whose picture it is, and so what is to be read from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// The camera's: the code. The answer goes to `World::capture_done`.
    Camera,
    /// The text check's: the readable lines. The answer goes to `World::text_done`.
    TextCheck,
}

/// One picture to be taken and decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureJob {
    /// Whose.
    pub eyes: Eyes,
    /// Unique among those of the same eyes; goes back with the answer.
    pub id: u64,
    /// n-th trigger that they received in their epoch, from 1.
    pub trigger: u32,
    /// What is in view.
    pub subject: Subject,
    /// Seed of everything that is random in the print and in the picture.
    pub seed: u64,
}

/// What was decoded.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reading {
    /// How the reading ended.
    pub status: ReadStatus,
    /// The decoded bytes with symbology identifier `]d2`; GS is 0x1D. Cut at the contract's length.
    pub content: Vec<u8>,
    /// In-line grade, tenths.
    pub grade: InLineGrade,
}

/// An 8-bit grey-scale image of the camera, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CameraImage {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width * height` grey values, 0 black.
    pub pixels: Vec<u8>,
}
