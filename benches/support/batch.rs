//! The order of the benchmarks: product, serials from a seed, the shipped line's geometry.

use codes::{CodeBytes, Expiry, Gtin, SerialNumber, build_fmd_with_symbology};
use line_core::line_config::LineConfig;
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};
use line_core::verify::BatchData;
use std::error::Error;

/// Seed of every serial in the benchmarks.
pub const SEED: [u8; 32] = [42; 32];
/// Product code.
pub const GTIN: &str = "04150037528643";
/// Distance between leading edges on the shipped line.
pub const PITCH: u64 = 1_200;

/// Product code, lot, expiry.
pub fn data() -> Result<BatchData, Box<dyn Error>> {
    Ok(BatchData {
        gtin: GTIN.parse::<Gtin>()?,
        expiry: "2028-12-31".parse::<Expiry>()?,
        lot: "LOT42".parse()?,
    })
}

/// The format of serials: 20 characters of the default alphabet.
pub fn format() -> Result<SerialFormat, Box<dyn Error>> {
    Ok(SerialFormat::new(20, Alphabet::safe30())?)
}

/// Serials in index order.
pub fn numbers(count: usize) -> Result<Box<[SerialNumber]>, Box<dyn Error>> {
    let drawn = SerialDraw::new(SEED, format()?).draw_distinct(count, |_| false)?;
    Ok(drawn.into_boxed_slice())
}

/// What the camera reads on a good pack.
pub fn code(data: &BatchData, number: &SerialNumber) -> CodeBytes {
    build_fmd_with_symbology(&data.gtin, number, &data.expiry, &data.lot)
}

/// `config/line.toml` in encoder counts, with every distance times `stretch`: more packs are on
/// the belt at the same pitch, as at a higher rate.
pub const fn line(stretch: u64) -> LineConfig {
    LineConfig {
        pack_counts: 1_000,
        pitch_counts_min: 1_050,
        labeler_counts: 2_000 * stretch,
        camera_eye_counts: 4_000 * stretch,
        trigger_counts: 4_500 * stretch,
        gate_counts: 8_000 * stretch,
        exit_counts: 9_200 * stretch,
        eject_counts_min: 400 * stretch,
        eject_counts_max: 1_200 * stretch,
        window_counts: 400,
        gate_lead_counts: 300 * stretch,
        permit_budget_counts: 720 * stretch,
        purge_counts: 11_600 * stretch,
        look_ahead: 16,
        grade_min: 15,
        consecutive_rejects_max: 5,
        reject_percent_max: 20,
        simulation: true,
    }
}
