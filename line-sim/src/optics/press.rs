//! The press: ink of one label on a piece of carton.
//!
//! The labeler model owns one per artwork. It must never see an order, a job or the pack's
//! identity: it prints the specification that it is handed.

use rand_chacha::ChaCha8Rng;

use crate::optics::chance::Grain;
use crate::optics::ink::{InkFaults, InkPlane};
use crate::optics::label::{LABEL_SIDE_PX, Label, LabelSpec, LabelTemplate};
use crate::optics::picture::Picture;

/// Mean grey of bare carton.
const CARTON_GREY: f32 = 228.0;
/// Deviation of the carton's texture, in grey levels.
const TEXTURE_GREY: f32 = 2.5;
/// Grey of full ink.
const INK_GREY: f32 = 28.0;
/// Seed of the carton's grain table; where a label starts in it is drawn for each print.
const CARTON_SEED: u64 = 0xCA27;

/// Prints the labels of one artwork.
#[derive(Clone, Debug)]
pub struct Press {
    label: Label,
    carton: Grain,
}

impl Press {
    /// A press set up for a template.
    #[must_use]
    pub fn new(template: LabelTemplate) -> Self {
        Self { label: Label::new(template), carton: Grain::new(CARTON_SEED, LABEL_SIDE_PX) }
    }

    /// The pack's panel after printing: carton, ink and what went wrong with the ink.
    ///
    /// Content that the template's symbol cannot hold leaves its place empty.
    pub fn print(&self, spec: &LabelSpec, faults: &InkFaults, rng: &mut ChaCha8Rng) -> Picture {
        let mut ink = if faults.missing {
            InkPlane::blank(LABEL_SIDE_PX, LABEL_SIDE_PX)
        } else {
            self.label.draw(spec)
        };
        ink.spoil(faults, rng);
        self.dry(&ink, rng)
    }

    /// Carton where there is no ink, ink where there is, and both in between.
    fn dry(&self, ink: &InkPlane, rng: &mut ChaCha8Rng) -> Picture {
        let mut picture = Picture::filled(ink.width, ink.height, 0);
        let rows = picture.pixels.chunks_mut(ink.width).zip(ink.coverage.chunks(ink.width));
        for (pixels, coverage) in rows {
            let texture = self.carton.row(ink.width, rng);
            for ((pixel, coverage), grain) in pixels.iter_mut().zip(coverage).zip(texture) {
                let carton = CARTON_GREY + TEXTURE_GREY * grain;
                let share = f32::from(*coverage) / 255.0;
                *pixel = (carton + (INK_GREY - carton) * share) as u8;
            }
        }
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn spec() -> LabelSpec {
        LabelSpec {
            gtin: "04150037528643".into(),
            serial: "7K2M9QXT4B8Z".into(),
            expiry: "271231".into(),
            lot: "AB1234C".into(),
        }
    }

    #[test]
    fn one_seed_prints_one_picture() {
        let press = Press::new(LabelTemplate::default());
        let faults = InkFaults { dead_nozzles: 3, smear: 0.2, ..InkFaults::default() };
        let print = |seed| press.print(&spec(), &faults, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(print(5), print(5));
        assert_ne!(print(5), print(6));
    }

    #[test]
    fn a_missing_print_is_textured_carton() {
        let press = Press::new(LabelTemplate::default());
        let faults = InkFaults { missing: true, ..InkFaults::default() };
        let blank = press.print(&spec(), &faults, &mut ChaCha8Rng::seed_from_u64(5));
        let darkest = blank.pixels.iter().min().copied().unwrap();
        assert!(darkest > 200, "{darkest}");
        assert!(blank.pixels.iter().any(|grey| *grey != blank.pixels[0]));
    }
}
