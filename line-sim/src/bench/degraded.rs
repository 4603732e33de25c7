//! Pictures of degraded labels: printed, spoilt and photographed from a seed.
//!
//! The optics bench makes them and hands them to every reader alike. It must never look at what a
//! reader makes of them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::optics::chance::{below, between};
use crate::optics::label::LABEL_SIDE_PX;
use crate::optics::symbol::SymbolFormat;
use crate::optics::{Camera, InkFaults, LabelSpec, LabelTemplate, PhotoConditions, Picture, Press};

/// Codewords of a GS1 element string with all its identifiers and without values.
const BARE_WORDS: usize = 6;
/// Codewords that a product code of 14 digits adds.
const GTIN_WORDS: usize = 7;
/// Longest serial number and lot.
const VALUE_CHARS_MAX: usize = 20;
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/+.";
/// Grey of the carton around a label that the camera sees from further away.
const CARTON_GREY: u8 = 228;
/// Side of such a picture, in pixels.
const WIDE_SIDE_PX: usize = 440;

/// The sizes that packs usually carry.
const USUAL_SIZES: [(usize, usize); 6] =
    [(18, 18), (20, 20), (22, 22), (24, 24), (26, 26), (32, 32)];
const LARGE_SIZES: [(usize, usize); 5] = [(36, 36), (40, 40), (44, 44), (48, 48), (52, 52)];
const RECTANGLES: [(usize, usize); 5] = [(8, 32), (12, 26), (12, 36), (16, 36), (16, 48)];

/// What went wrong with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing.
    Clean,
    /// The lens is out of focus.
    Blur,
    /// The ink is pale.
    Contrast,
    /// The sensor is noisy.
    Noise,
    /// The light falls from one side.
    Shading,
    /// The pack is turned and sheared.
    Skew,
    /// The panel is tilted to the camera.
    Perspective,
    /// The belt ripples under the line scan.
    Ripple,
    /// Nozzles print nothing.
    DeadNozzles,
    /// Wet ink was dragged along.
    Smear,
    /// Single modules are bare.
    MissingModules,
    /// Some of all, each less.
    Combined,
}

impl Kind {
    /// All kinds, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::Clean,
        Self::Blur,
        Self::Contrast,
        Self::Noise,
        Self::Shading,
        Self::Skew,
        Self::Perspective,
        Self::Ripple,
        Self::DeadNozzles,
        Self::Smear,
        Self::MissingModules,
        Self::Combined,
    ];

    /// The name in table and manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Blur => "blur",
            Self::Contrast => "contrast",
            Self::Noise => "noise",
            Self::Shading => "shading",
            Self::Skew => "skew",
            Self::Perspective => "perspective",
            Self::Ripple => "ripple",
            Self::DeadNozzles => "dead nozzles",
            Self::Smear => "smear",
            Self::MissingModules => "missing modules",
            Self::Combined => "combined",
        }
    }

    /// True when the picture shows more than the label, so that a turned one stays in view.
    fn is_wide(self) -> bool {
        matches!(self, Self::Skew | Self::Perspective)
    }

    /// What goes wrong with ink and photograph at a severity from 0 (hardly) to 1 (hopeless) of a
    /// symbol with modules of this many pixels.
    fn conditions(self, severity: f32, module_px: f32) -> (InkFaults, PhotoConditions) {
        let mut ink = InkFaults::default();
        let mut photo = PhotoConditions::default();
        let upto = |least: f32, most: f32| least + (most - least) * severity;
        match self {
            Self::Clean => {}
            Self::Blur => photo.blur_px = module_px * upto(0.15, 0.85),
            Self::Contrast => {
                ink.contrast = 0.4 * (0.04_f32).powf(severity);
                photo.noise_grey = 3.0;
            }
            Self::Noise => photo.noise_grey = upto(8.0, 90.0),
            Self::Shading => photo.shading = upto(0.3, 1.8),
            Self::Skew => {
                photo.rotation_deg = upto(3.0, 180.0);
                photo.shear = upto(0.05, 0.4);
            }
            Self::Perspective => {
                photo.tilt = upto(0.05, 0.5);
                photo.rotation_deg = upto(2.0, 15.0);
            }
            Self::Ripple => photo.ripple_px = module_px * upto(0.1, 1.2),
            Self::DeadNozzles => ink.dead_nozzles = upto(2.0, 90.0) as u8,
            Self::Smear => ink.smear = upto(0.1, 0.9),
            Self::MissingModules => ink.missing_modules = upto(0.01, 0.25),
            Self::Combined => {
                ink.contrast = upto(0.8, 0.25);
                ink.dead_nozzles = upto(1.0, 20.0) as u8;
                ink.smear = upto(0.0, 0.3);
                ink.missing_modules = upto(0.0, 0.05);
                photo.blur_px = module_px * upto(0.15, 0.4);
                photo.noise_grey = upto(3.0, 20.0);
                photo.shading = upto(0.1, 0.5);
                photo.rotation_deg = upto(1.0, 4.0);
                photo.shear = upto(0.01, 0.04);
            }
        }
        (ink, photo)
    }
}

/// A degraded picture and what it shows.
pub struct Degraded {
    /// What went wrong.
    pub kind: Kind,
    /// How badly: 0 hardly, 1 hopeless.
    pub severity: f32,
    /// Rows and columns of the symbol.
    pub size: (usize, usize),
    /// The element string printed, without FNC1 in front.
    pub element_string: Vec<u8>,
    /// The picture.
    pub picture: Picture,
}

/// Makes pictures; one seed and number make one picture.
pub struct Degrader {
    press: Press,
    seed: u64,
}

impl Degrader {
    /// A maker of pictures from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { press: Press::new(LabelTemplate::default()), seed }
    }

    /// The picture of this number; the kinds take turns.
    #[must_use]
    pub fn picture(&self, number: usize) -> Degraded {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(number as u64);
        let kind = Kind::ALL[number % Kind::ALL.len()];
        let severity = between(&mut rng, 0.0, 1.0);
        let spec = random_spec(&mut rng);
        let module_px = self.press.module_px(&spec).unwrap_or(1) as f32;
        let (faults, conditions) = kind.conditions(severity, module_px);
        let mut panel = self.press.print(&spec, &faults, &mut rng);
        if kind.is_wide() {
            panel = from_further_away(&panel);
        }
        let picture = Camera::with_conditions(conditions).photograph(&panel, &mut rng);
        let size = spec.size.unwrap_or_default();
        Degraded { kind, severity, size, element_string: spec.element_string(), picture }
    }
}

/// A random size, and random content that fits it.
fn random_spec(rng: &mut ChaCha8Rng) -> LabelSpec {
    let sizes = match below(rng, 20) {
        0..11 => &USUAL_SIZES[..],
        11..15 => &LARGE_SIZES[..],
        _ => &RECTANGLES[..],
    };
    let (rows, columns) = sizes[below(rng, sizes.len())];
    let held = SymbolFormat::of(rows, columns).map_or(0, |format| format.data_words);
    let mut spec = LabelSpec { size: Some((rows, columns)), ..LabelSpec::default() };
    let mut room = held.saturating_sub(BARE_WORDS);
    if room >= GTIN_WORDS + 3 {
        spec.gtin = "04150037528643".into();
        spec.expiry = "281130".into();
        room -= GTIN_WORDS + 3;
    }
    spec.serial = text(below(rng, room.min(VALUE_CHARS_MAX) + 1), rng);
    room -= spec.serial.len();
    spec.lot = text(below(rng, room.min(VALUE_CHARS_MAX) + 1), rng);
    spec
}

fn text(chars: usize, rng: &mut ChaCha8Rng) -> String {
    (0..chars).map(|_| char::from(ALPHABET[below(rng, ALPHABET.len())])).collect()
}

/// The panel in the middle of more carton.
fn from_further_away(panel: &Picture) -> Picture {
    let mut wide = Picture::filled(WIDE_SIDE_PX, WIDE_SIDE_PX, CARTON_GREY);
    let margin = (WIDE_SIDE_PX - LABEL_SIDE_PX) / 2;
    for (y, row) in panel.pixels.chunks(LABEL_SIDE_PX).enumerate() {
        let start = (margin + y) * WIDE_SIDE_PX + margin;
        wide.pixels[start..start + row.len()].copy_from_slice(row);
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_and_number_make_one_picture_whose_content_fits() {
        let degrader = Degrader::new(5);
        for number in 0..60 {
            let first = degrader.picture(number);
            assert_eq!(first.picture, Degrader::new(5).picture(number).picture);
            let (rows, columns) = first.size;
            let format = SymbolFormat::of(rows, columns).unwrap();
            assert!(format.encode(&first.element_string).is_some(), "{format:?}");
        }
        assert_ne!(degrader.picture(0).picture, Degrader::new(6).picture(0).picture);
    }
}
