//! The press: ink of one label on a piece of carton.
//!
//! The labeler model owns one per artwork. It must never see an order, a job or the pack's
//! identity: it prints the specification that it is handed.

use rand_chacha::ChaCha8Rng;

use crate::optics::chance::{Grain, between};
use crate::optics::ink::{InkFaults, InkPlane};
use crate::optics::label::{
    LABEL_SIDE_PX, Label, LabelTemplate, SymbolBox, draw_symbol, module_px,
};
use crate::optics::picture::Picture;
use crate::optics::spec::{LabelError, LabelSpec};
use crate::optics::symbol::SymbolFormat;

/// Mean grey of bare carton.
const CARTON_GREY: f32 = 228.0;
/// Deviation of the carton's texture, in grey levels.
const TEXTURE_GREY: f32 = 2.5;
/// Grey of full ink.
const INK_GREY: f32 = 28.0;
/// Seed of the carton's grain table; where a label starts in it is drawn for each print.
const CARTON_SEED: u64 = 0xCA27;

/// Another code on the same panel: an old one that shows, or one of the folding box's maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondCode {
    /// What it says, without FNC1 in front.
    pub element_string: Vec<u8>,
    /// Its size.
    pub format: SymbolFormat,
    /// Where it stands; what lies beyond the panel is cut off.
    pub place: SymbolBox,
}

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

    /// The symbol that a label will have.
    ///
    /// # Errors
    /// When it would have none, because the content does not fit.
    pub fn symbol(&self, spec: &LabelSpec) -> Result<SymbolFormat, LabelError> {
        self.label.symbol(spec)
    }

    /// The side of the symbol's modules on a label, in pixels; none without a symbol.
    #[must_use]
    pub fn module_px(&self, spec: &LabelSpec) -> Option<usize> {
        self.label.symbol(spec).ok().map(module_px)
    }

    /// The pack's panel after printing: carton, ink and what went wrong with the ink.
    ///
    /// Content that the symbol cannot hold leaves its place empty.
    pub fn print(&self, spec: &LabelSpec, faults: &InkFaults, rng: &mut ChaCha8Rng) -> Picture {
        let ink = self.ink(spec, faults, rng);
        self.dry(&ink, rng)
    }

    /// [`Press::print`] on a panel that carries another code already. The faults are not its.
    pub fn print_beside(
        &self,
        second: &SecondCode,
        spec: &LabelSpec,
        faults: &InkFaults,
        rng: &mut ChaCha8Rng,
    ) -> Picture {
        let mut ink = self.ink(spec, faults, rng);
        let mut other = InkPlane::blank(LABEL_SIDE_PX, LABEL_SIDE_PX);
        let modules = second.format.encode(&second.element_string).unwrap_or_default();
        draw_symbol(&mut other, second.place, second.format.columns, &modules, &mut || false);
        ink.overprint(&other);
        self.dry(&ink, rng)
    }

    fn ink(&self, spec: &LabelSpec, faults: &InkFaults, rng: &mut ChaCha8Rng) -> InkPlane {
        let mut ink = if faults.missing {
            InkPlane::blank(LABEL_SIDE_PX, LABEL_SIDE_PX)
        } else {
            let share = faults.missing_modules;
            let mut lost = || share > 0.0 && between(rng, 0.0, 1.0) < share;
            self.label.draw(spec, &mut lost)
        };
        ink.spoil(faults, rng);
        ink
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
            ..LabelSpec::default()
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
