//! `line-sim render`: an order's labels as PNG files, one a serial.
//!
//! Called by the command line. It must never make serials up: they are the controller's, or given.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Deserialize;
use thiserror::Error;

use crate::optics::{Camera, InkFaults, LabelError, LabelSpec, LabelTemplate, Press, png_file};

/// Arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    line-sim render --order config/orders/demo.toml --product config/products/demo.toml \\\n    \
    --serial 7K2M9QXT4B8Z --symbol 16x48 --national 710:03752864 --out labels\n\
    Writes labels/7K2M9QXT4B8Z.png. Serials of an order that ran come from\n  \
    packline order packs BATCH --json")]
pub struct RenderArgs {
    /// The order (TOML): product code, lot, expiry.
    #[arg(long)]
    pub order: PathBuf,
    /// The product (TOML): the length of its serials fixes the symbol's size.
    #[arg(long)]
    pub product: Option<PathBuf>,
    /// A serial; may be given more than once.
    #[arg(long = "serial")]
    pub serials: Vec<String>,
    /// A file of serials, one a line.
    #[arg(long = "serials")]
    pub serials_file: Option<PathBuf>,
    /// How many of the serials, from the first on; all without it.
    #[arg(long)]
    pub count: Option<usize>,
    /// Rows and columns of the symbol, such as 32x32 or 16x48; the smallest square that fits the
    /// longest serial without it.
    #[arg(long, value_parser = symbol_size)]
    pub symbol: Option<(usize, usize)>,
    /// National number: application identifier 710..717, a colon, and the value.
    #[arg(long, value_parser = national_number)]
    pub national: Option<(String, String)>,
    /// Draw what the camera sees instead of the bare label: photographed from this seed.
    #[arg(long)]
    pub photo: Option<u64>,
    /// Directory to write to.
    #[arg(long)]
    pub out: PathBuf,
}

/// Why nothing was drawn.
#[derive(Debug, Error)]
enum RenderError {
    #[error("{file}: {source}")]
    Read { file: String, source: io::Error },
    #[error("{file} is not as it should be: {source}")]
    Parse { file: String, source: Box<toml::de::Error> },
    #[error("{file}: expiry '{expiry}' is no date: write YYYY-MM-DD or YYMMDD")]
    Expiry { file: String, expiry: String },
    #[error(
        "no serials: give --serial S or --serials FILE (one a line); an order's own are in \
         'packline order packs BATCH --json'"
    )]
    NoSerials,
    #[error("serial '{0}' cannot be a file name: letters, digits and - _ . only are drawn")]
    FileName(String),
    #[error("serial '{serial}': {source}")]
    Label { serial: String, source: LabelError },
}

/// The part of an order that stands on a label.
#[derive(Debug, Deserialize)]
struct Order {
    gtin: String,
    lot: String,
    expiry: String,
}

/// The part of a product that fixes the artwork.
#[derive(Debug, Deserialize)]
struct Product {
    serial: Option<SerialFormat>,
}

#[derive(Debug, Deserialize)]
struct SerialFormat {
    length: usize,
}

/// Draws the labels.
#[must_use]
pub fn run(args: &RenderArgs) -> ExitCode {
    match render(args) {
        Ok(count) => {
            println!("{count} labels in {}", args.out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("line-sim render: {error}");
            ExitCode::FAILURE
        }
    }
}

fn render(args: &RenderArgs) -> Result<usize, RenderError> {
    let order: Order = parse(&args.order)?;
    let product: Option<Product> = args.product.as_deref().map(parse).transpose()?;
    let serials = serials(args)?;
    let longest = serials.iter().map(String::len).max().unwrap_or(0);
    let planned = product.and_then(|product| product.serial).map_or(0, |serial| serial.length);
    let serial_chars_max = longest.max(planned);
    let press = Press::new(LabelTemplate { serial_chars_max, lot_chars_max: order.lot.len() });
    let camera = Camera::new();
    fs::create_dir_all(&args.out).map_err(|source| read_error(&args.out, source))?;
    for (number, serial) in serials.iter().enumerate() {
        let spec = LabelSpec {
            gtin: order.gtin.clone(),
            serial: serial.clone(),
            expiry: six_digits(&order.expiry).ok_or_else(|| RenderError::Expiry {
                file: args.order.display().to_string(),
                expiry: order.expiry.clone(),
            })?,
            lot: order.lot.clone(),
            national: args.national.clone(),
            size: args.symbol,
            text: None,
        };
        let label_error = |source| RenderError::Label { serial: serial.clone(), source };
        press.symbol(&spec).map_err(label_error)?;
        let mut rng = ChaCha8Rng::seed_from_u64(args.photo.unwrap_or(0));
        rng.set_stream(number as u64);
        let mut picture = press.print(&spec, &InkFaults::default(), &mut rng);
        if args.photo.is_some() {
            picture = camera.photograph(&picture, &mut rng);
        }
        let file = args.out.join(format!("{serial}.png"));
        fs::write(&file, png_file::encode(&picture)).map_err(|e| read_error(&file, e))?;
    }
    Ok(serials.len())
}

fn read_error(file: &Path, source: io::Error) -> RenderError {
    RenderError::Read { file: file.display().to_string(), source }
}

fn parse<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, RenderError> {
    let text = fs::read_to_string(file).map_err(|source| read_error(file, source))?;
    let wrong =
        |source| RenderError::Parse { file: file.display().to_string(), source: Box::new(source) };
    toml::from_str(&text).map_err(wrong)
}

/// The serials given, in order; each must be good for a file name.
fn serials(args: &RenderArgs) -> Result<Vec<String>, RenderError> {
    let mut serials = args.serials.clone();
    if let Some(file) = &args.serials_file {
        let text = fs::read_to_string(file).map_err(|source| read_error(file, source))?;
        serials.extend(text.lines().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned));
    }
    serials.truncate(args.count.unwrap_or(usize::MAX));
    if serials.is_empty() {
        return Err(RenderError::NoSerials);
    }
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match serials.iter().find(|serial| !serial.chars().all(harmless)) {
        Some(serial) => Err(RenderError::FileName(serial.clone())),
        None => Ok(serials),
    }
}

/// YYMMDD of a date written so or as YYYY-MM-DD.
fn six_digits(date: &str) -> Option<String> {
    let digits: String = date.chars().filter(|c| *c != '-').collect();
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    match digits.len() {
        6 => Some(digits),
        8 => Some(digits[2..].to_owned()),
        _ => None,
    }
}

fn symbol_size(text: &str) -> Result<(usize, usize), String> {
    let size = text
        .split_once('x')
        .and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)));
    size.ok_or_else(|| "write rows x columns, such as 32x32 or 16x48".to_owned())
}

fn national_number(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((identifier, value))
            if ("710"..="717").contains(&identifier)
                && identifier.len() == 3
                && (1..=20).contains(&value.len()) =>
        {
            Ok((identifier.to_owned(), value.to_owned()))
        }
        _ => Err("write an application identifier 710 to 717, a colon and 1 to 20 characters, \
                  such as 710:03752864"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::{ReadStatus, Reading};

    const ORDER: &str = "gtin = \"04150037528643\"\nlot = \"LOT-7781\"\nexpiry = \"2029-11-30\"\n\
                         target = 500\nbatch = \"X\"\n";

    fn args(directory: &Path, serials: &[&str]) -> RenderArgs {
        let order = directory.join("order.toml");
        fs::write(&order, ORDER).unwrap();
        RenderArgs {
            order,
            product: None,
            serials: serials.iter().map(|s| (*s).to_owned()).collect(),
            serials_file: None,
            count: None,
            symbol: None,
            national: None,
            photo: None,
            out: directory.join("labels"),
        }
    }

    fn read(file: &Path) -> Reading {
        Camera::new().read(&png_file::decode(&fs::read(file).unwrap()).unwrap())
    }

    #[test]
    fn each_serial_gets_a_label_that_reads_as_ordered() {
        let directory = tempfile::tempdir().unwrap();
        let mut args = args(directory.path(), &["A1", "B2", "C3"]);
        args.count = Some(2);
        args.national = Some(("710".into(), "03752864".into()));
        args.symbol = Some((16, 48));
        assert_eq!(render(&args).unwrap(), 2);
        let reading = read(&args.out.join("B2.png"));
        assert_eq!(reading.status, ReadStatus::Decoded);
        let expected = b"]d2010415003752864321B2\x1D1729113010LOT-7781\x1D71003752864";
        assert_eq!(reading.content, expected);
        assert!(!args.out.join("C3.png").exists());
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let message = |args: &RenderArgs| render(args).unwrap_err().to_string();
        assert!(message(&args(directory.path(), &[])).starts_with("no serials"));
        assert!(message(&args(directory.path(), &["../A"])).contains("file name"));
        let mut small = args(directory.path(), &["ABC"]);
        small.symbol = Some((8, 32));
        assert!(message(&small).contains("8x32 holds 10"), "{}", message(&small));
        assert!(symbol_size("32").is_err() && symbol_size("16x48") == Ok((16, 48)));
        assert!(national_number("720:1").is_err() && national_number("711:1").is_ok());
    }
}
