//! `line-sim bench optics`: degraded pictures, written and read, with rates by kind.
//!
//! Called by the bench command. The pictures and their manifest are for readers of other origin
//! too; nothing of what a picture shows may reach our reader but its pixels.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::bench::degraded::{Degraded, Degrader, Kind};
use crate::optics::{Camera, ReadStatus, Reading, png_file};

/// Name of the list of pictures in their directory.
const MANIFEST: &str = "manifest.jsonl";
/// Bytes of a symbology identifier.
const IDENTIFIER_BYTES: usize = 3;

/// Arguments of `bench optics`.
#[derive(Debug, Args)]
pub struct OpticsArgs {
    /// How many pictures.
    #[arg(long, default_value_t = 2000)]
    pub pictures: usize,
    /// Seed of the pictures.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where to write the pictures (PNG) and their manifest (JSON lines).
    #[arg(long)]
    pub out: PathBuf,
    /// Print one JSON object in place of the table.
    #[arg(long)]
    pub json: bool,
}

/// A line of the manifest.
#[derive(Serialize)]
struct Entry<'a> {
    file: &'a str,
    content_hex: String,
    kind: &'static str,
    severity: f32,
    rows: usize,
    columns: usize,
}

/// What became of the pictures of one kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Tally {
    pictures: usize,
    read: usize,
    wrong: usize,
    more_than_one: usize,
}

impl Tally {
    fn add(&mut self, degraded: &Degraded, reading: &Reading) {
        self.pictures += 1;
        match reading.status {
            ReadStatus::Decoded => {
                let content = reading.content.get(IDENTIFIER_BYTES..).unwrap_or_default();
                let right = content == degraded.element_string;
                self.read += usize::from(right);
                self.wrong += usize::from(!right);
            }
            ReadStatus::Multiple => self.more_than_one += 1,
            ReadStatus::NoRead => {}
        }
    }

    fn sum(tallies: &[Self]) -> Self {
        tallies.iter().fold(Self::default(), |sum, tally| Self {
            pictures: sum.pictures + tally.pictures,
            read: sum.read + tally.read,
            wrong: sum.wrong + tally.wrong,
            more_than_one: sum.more_than_one + tally.more_than_one,
        })
    }

    fn percent(&self) -> f64 {
        100.0 * self.read as f64 / self.pictures.max(1) as f64
    }
}

/// All that was measured.
struct Measured {
    tallies: Vec<Tally>,
    /// Milliseconds of each picture, sorted.
    times_ms: Vec<f64>,
}

impl Measured {
    fn time_ms(&self, share: f64) -> f64 {
        let last = self.times_ms.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.times_ms.get(at).copied().unwrap_or(0.0)
    }
}

/// Makes, writes and reads the pictures, and prints the table. Exit 3 when one was read wrong.
#[must_use]
pub fn run(args: &OpticsArgs) -> ExitCode {
    let measured = match measure(args) {
        Ok(measured) => measured,
        Err(error) => {
            eprintln!("line-sim bench optics: cannot write to {}: {error}", args.out.display());
            return ExitCode::FAILURE;
        }
    };
    let printed = if args.json { print_json(args, &measured) } else { print_table(&measured) };
    match printed {
        Ok(()) if Tally::sum(&measured.tallies).wrong == 0 => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(3),
        Err(_) => ExitCode::FAILURE,
    }
}

fn measure(args: &OpticsArgs) -> io::Result<Measured> {
    fs::create_dir_all(&args.out)?;
    let mut manifest = BufWriter::new(File::create(args.out.join(MANIFEST))?);
    let (degrader, camera) = (Degrader::new(args.seed), Camera::new());
    let mut tallies = vec![Tally::default(); Kind::ALL.len()];
    let mut times_ms = Vec::with_capacity(args.pictures);
    for number in 0..args.pictures {
        let degraded = degrader.picture(number);
        let file = format!("{number:06}.png");
        write_picture(&args.out, &file, &degraded)?;
        serde_json::to_writer(&mut manifest, &entry(&file, &degraded))?;
        manifest.write_all(b"\n")?;
        let begun = Instant::now();
        let reading = camera.read(&degraded.picture);
        times_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        let kind = Kind::ALL.iter().position(|kind| *kind == degraded.kind);
        if let Some(tally) = kind.and_then(|kind| tallies.get_mut(kind)) {
            tally.add(&degraded, &reading);
        }
    }
    manifest.flush()?;
    times_ms.sort_by(f64::total_cmp);
    Ok(Measured { tallies, times_ms })
}

fn write_picture(directory: &Path, file: &str, degraded: &Degraded) -> io::Result<()> {
    fs::write(directory.join(file), png_file::encode(&degraded.picture))
}

fn entry<'a>(file: &'a str, degraded: &Degraded) -> Entry<'a> {
    let hex = degraded.element_string.iter().map(|byte| format!("{byte:02x}"));
    Entry {
        file,
        content_hex: hex.collect(),
        kind: degraded.kind.name(),
        severity: degraded.severity,
        rows: degraded.size.0,
        columns: degraded.size.1,
    }
}

fn print_table(measured: &Measured) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| degraded by     | pictures | read |     % | wrong |")?;
    writeln!(out, "|-----------------|---------:|-----:|------:|------:|")?;
    let mut line = |name: &str, tally: &Tally| {
        writeln!(
            out,
            "| {name:<15} | {:>8} | {:>4} | {:>5.1} | {:>5} |",
            tally.pictures,
            tally.read,
            tally.percent(),
            tally.wrong
        )
    };
    for (kind, tally) in Kind::ALL.iter().zip(&measured.tallies) {
        line(kind.name(), tally)?;
    }
    line("all", &Tally::sum(&measured.tallies))?;
    let (median, late) = (measured.time_ms(0.5), measured.time_ms(0.99));
    writeln!(out, "\nms per picture: p50 {median:.2}, p99 {late:.2}")
}

fn print_json(args: &OpticsArgs, measured: &Measured) -> io::Result<()> {
    let kinds: serde_json::Map<String, serde_json::Value> = Kind::ALL
        .iter()
        .zip(&measured.tallies)
        .map(|(kind, tally)| (kind.name().to_owned(), serde_json::json!(tally)))
        .collect();
    let all = Tally::sum(&measured.tallies);
    let report = serde_json::json!({
        "reader": "packline",
        "seed": args.seed,
        "kinds": kinds,
        "all": all,
        "percent": all.percent(),
        "ms_p50": measured.time_ms(0.5),
        "ms_p99": measured.time_ms(0.99),
    });
    writeln!(io::stdout().lock(), "{report}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_manifest_agree_and_nothing_is_read_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().to_owned();
        let args = OpticsArgs { pictures: 60, seed: 77, out: out.clone(), json: true };
        let measured = measure(&args).unwrap();
        let all = Tally::sum(&measured.tallies);
        assert_eq!((all.pictures, all.wrong, all.more_than_one), (60, 0, 0), "seed 77");
        assert_eq!(measured.tallies[0].read, 5, "clean pictures, seed 77");
        let manifest = fs::read_to_string(out.join(MANIFEST)).unwrap();
        assert_eq!(manifest.lines().count(), 60);
        for line in manifest.lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(out.join(entry["file"].as_str().unwrap()).is_file());
        }
    }
}
