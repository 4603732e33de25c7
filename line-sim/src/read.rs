//! `line-sim read`: reads pictures from files as the camera reads photographs.
//!
//! Called by the command line, and by tests with symbols of other origin. It must never be told
//! what a picture shows.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::optics::text_reader::TextReader;
use crate::optics::{Camera, ReadStatus, Reading, png_file};

/// Arguments of `read`.
#[derive(Debug, Args)]
#[command(after_help = "Prints one JSON line a file:\n  \
    {\"file\":..,\"status\":\"decoded\",\"content\":\"]d201..\",\"grade\":{..}}\n\
    GS is \\u001d. Exit 0 when each file held exactly one symbol that was read, else 3.")]
pub struct ReadArgs {
    /// PNG files of any size.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Read the four readable lines of a label too.
    #[arg(long)]
    pub text: bool,
}

/// Reads the files and prints a line for each.
#[must_use]
pub fn run(args: &ReadArgs) -> ExitCode {
    let camera = Camera::new();
    let texts = args.text.then(TextReader::new);
    let mut all_read = true;
    for file in &args.files {
        let line = match read_file(&camera, texts.as_ref(), file) {
            Ok((reading, text)) => {
                all_read &= reading.status == ReadStatus::Decoded;
                describe(file, &reading, text)
            }
            Err(error) => {
                eprintln!("line-sim read: {}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        };
        if writeln!(io::stdout().lock(), "{line}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    if all_read { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

type Read = (Reading, Option<serde_json::Value>);

fn read_file(camera: &Camera, texts: Option<&TextReader>, file: &Path) -> Result<Read, String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let picture = png_file::decode(&bytes).map_err(|error| error.to_string())?;
    let text = texts.map(|reader| {
        let text = reader.read(&picture);
        serde_json::json!({
            "pc": text.product_code, "sn": text.serial, "lot": text.lot, "exp": text.expiry,
        })
    });
    Ok((camera.read(&picture), text))
}

fn describe(file: &Path, reading: &Reading, text: Option<serde_json::Value>) -> serde_json::Value {
    let status = match reading.status {
        ReadStatus::Decoded => "decoded",
        ReadStatus::NoRead => "no read",
        ReadStatus::Multiple => "more than one",
    };
    let g = &reading.grade;
    let tenths = |grade: u8| f64::from(grade) / 10.0;
    let mut line = serde_json::json!({
        "file": file.display().to_string(),
        "status": status,
        "content": String::from_utf8_lossy(&reading.content),
        "grade": {
            "overall": tenths(g.overall), "sc": tenths(g.sc), "mod": tenths(g.mod_),
            "rm": tenths(g.rm), "anu": tenths(g.anu), "gnu": tenths(g.gnu),
            "uec": tenths(g.uec), "fpd": tenths(g.fpd),
        },
    });
    if let (Some(text), Some(line)) = (text, line.as_object_mut()) {
        line.insert("text".to_owned(), text);
    }
    line
}
