//! The camera: takes a photograph, reads it, grades it.
//!
//! The camera model calls it once a trigger. It must never see the label's specification: what it
//! reports comes from the pixels.

use rand_chacha::ChaCha8Rng;

use crate::optics::chance::Grain;
use crate::optics::decode::Decoder;
use crate::optics::grade::Grade;
use crate::optics::label::LABEL_SIDE_PX;
use crate::optics::photo::{PhotoConditions, expose};
use crate::optics::picture::Picture;
use crate::optics::sampling::SampledGrid;

/// Seed of the sensor's grain table; where a photograph starts in it is drawn for each.
const SENSOR_SEED: u64 = 0x5E45;

/// How a reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadStatus {
    /// One symbol was read.
    Decoded,
    /// No symbol was read.
    NoRead,
    /// More than one symbol was read: which one is the pack's, the picture does not tell.
    Multiple,
}

/// What a camera reports of a photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How the reading ended.
    pub status: ReadStatus,
    /// The symbol's text with symbology identifier and GS as 0x1D; empty unless `Decoded`.
    pub content: Vec<u8>,
    /// The symbol's grade; all 0 unless `Decoded`.
    pub grade: Grade,
}

impl Reading {
    fn without_content(status: ReadStatus) -> Self {
        Self { status, content: Vec::new(), grade: Grade::default() }
    }
}

/// A camera station.
pub struct Camera {
    decoder: Decoder,
    conditions: PhotoConditions,
    noise: Grain,
}

impl Default for Camera {
    fn default() -> Self {
        Self::new()
    }
}

impl Camera {
    /// A well set up camera.
    #[must_use]
    pub fn new() -> Self {
        Self::with_conditions(PhotoConditions::default())
    }

    /// A camera under the given conditions.
    #[must_use]
    pub fn with_conditions(conditions: PhotoConditions) -> Self {
        let noise = Grain::new(SENSOR_SEED, LABEL_SIDE_PX);
        Self { decoder: Decoder::new(), conditions, noise }
    }

    /// Lets lens, light or belt go wrong, or sets them right again.
    pub fn set_conditions(&mut self, conditions: PhotoConditions) {
        self.conditions = conditions;
    }

    /// The photograph of a pack's panel.
    pub fn photograph(&self, panel: &Picture, rng: &mut ChaCha8Rng) -> Picture {
        expose(panel, &self.conditions, &self.noise, rng)
    }

    /// Reads and grades a photograph.
    #[must_use]
    pub fn read(&self, photo: &Picture) -> Reading {
        let mut symbols = self.decoder.read(photo).into_iter();
        match (symbols.next(), symbols.next()) {
            (None, _) => Reading::without_content(ReadStatus::NoRead),
            (Some(_), Some(_)) => Reading::without_content(ReadStatus::Multiple),
            (Some(symbol), None) => {
                let grid = SampledGrid::measure(photo, &symbol);
                let grade = Grade::of(symbol.plan, &symbol.decoded, &grid);
                let content = symbol.decoded.content;
                Reading { status: ReadStatus::Decoded, content, grade }
            }
        }
    }
}
