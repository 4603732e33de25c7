//! `packline code parse`: the elements of one code, as a table for people or as JSON.
//!
//! Called by the command line. Must never show a value of a code that was refused.

use std::io::{self, Write};

use codes::{Report, Subject, Symbology, plain_to_bytes};

use super::args::ParseArgs;
use super::report::CodeReport;
use super::{profile_of, refuse};
use crate::cli::exit::Exit;

/// Reads one code.
///
/// # Errors
/// Writing fails.
pub(super) fn run(
    args: &ParseArgs,
    reference_year: u16,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let profile = match profile_of(&args.profile) {
        Ok(profile) => profile,
        Err(text) => return refuse(&text, err),
    };
    let bytes: Vec<u8> = plain_to_bytes(args.code.as_bytes()).collect();
    let result = codes::check(profile, &bytes, Symbology::Optional, reference_year);
    if args.json {
        serde_json::to_writer(&mut *out, &CodeReport::of(profile, &result))?;
        writeln!(out)?;
    }
    match &result {
        Ok(report) if !args.json => table(report, out)?,
        Ok(_) => {}
        Err(error) => writeln!(err, "packline: {}: {error}", error.code())?,
    }
    out.flush()?;
    Ok(if result.is_ok() { Exit::Ok } else { Exit::NotProven })
}

/// A line an element, then a line for each thing that was tolerated.
fn table(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for element in &report.elements {
        let identifier = element.identifier.identifier().unwrap_or_default();
        writeln!(out, "{identifier:<4} {:<24} {}", element.title, element.value)?;
    }
    let facts = [
        ("expiry", report.expiry.map(|date| date.to_string())),
        ("PZN", report.pzn.map(|pzn| pzn.to_string())),
        ("NDC", report.gtin.as_ref().and_then(codes::Gtin::ndc).map(str::to_owned)),
    ];
    for (name, fact) in facts {
        if let Some(text) = fact {
            writeln!(out, "     {name:<24} {text}")?;
        }
    }
    for note in &report.notes {
        let subject = note.identifier.as_ref().and_then(Subject::identifier).unwrap_or_default();
        let (id, meaning) = (note.kind.id(), note.kind.meaning());
        writeln!(out, "note {id:<24} {subject:<4} at byte {}: {meaning}", note.at)?;
    }
    Ok(())
}
