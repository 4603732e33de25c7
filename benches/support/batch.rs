//! The order of the benchmarks: product, serials from a seed, the shipped line's geometry.

use codes::{CodeBytes, Expiry, Gtin, SerialNumber, build_fmd_with_symbology};
use line_core::line_config::LineConfig;
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};
use line_core::verify::BatchData;
use packline::config::{LineFile, ProductFile, read};
use std::error::Error;
use std::path::Path;

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
        national: None,
        stations: line_core::station::StationRules::default(),
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

/// `config/line.toml` at this rate, in encoder counts, as the service would make it: above 10
/// packs/s every distance is stretched at the same pitch, so that more packs are on the belt.
pub fn line(packs_per_s: f64) -> Result<LineConfig, Box<dyn Error>> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let (line, product) = (config.join("line.toml"), config.join("products/demo.toml"));
    let line = LineFile::parse("line.toml", &read(&line)?)?.scaled(packs_per_s)?;
    let product = ProductFile::parse("demo.toml", &read(&product)?)?;
    Ok(line.line_config(&product))
}
