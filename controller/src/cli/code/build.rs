//! `packline code build`: makes a code from its values, and says which symbols hold it.
//!
//! Called by the command line. Must never print a code that its own profile would refuse.

use std::fmt::Display;
use std::io::{self, Write};
use std::str::FromStr;

use codes::{
    AiCode, CodeError, Expiry, Gtin, Lot, NationalNumber, NoteKind, Ppn, Profile, Pzn,
    SYMBOLOGY_DATA_MATRIX, SYMBOLOGY_PPN, SerialNumber, Shape, SymbolSize, Symbology,
    ascii_codewords, build_element_string, build_pack, build_ppn, bytes_to_plain,
};
use serde_json::json;

use super::args::BuildArgs;
use super::report::{ErrorReport, NoteReport};
use super::{profile_of, refuse};
use crate::cli::exit::Exit;

/// Why nothing was built.
enum Refusal {
    /// The words.
    Usage(String),
    /// A value, or the code as a whole.
    Code(CodeError),
}

impl From<CodeError> for Refusal {
    fn from(error: CodeError) -> Self {
        Self::Code(error)
    }
}

/// Builds, checks and prints one code.
///
/// # Errors
/// Writing fails.
pub(super) fn run(
    args: &BuildArgs,
    reference_year: u16,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    match build(args, reference_year) {
        Ok((code, notes)) => {
            tell(args, &code, &notes, out, err)?;
            Ok(Exit::Ok)
        }
        Err(Refusal::Usage(text)) => refuse(&text, err),
        Err(Refusal::Code(error)) => {
            if args.json {
                let answer = json!({ "ok": false, "error": ErrorReport::from(&error) });
                writeln!(out, "{answer}")?;
            }
            refuse(&format!("{}: {error}", error.code()), err)
        }
    }
}

fn build(args: &BuildArgs, year: u16) -> Result<(Vec<u8>, Vec<NoteReport>), Refusal> {
    let profile = profile_of(&args.profile).map_err(Refusal::Usage)?;
    let (identifier, content) = match profile {
        Profile::Fmd => (SYMBOLOGY_DATA_MATRIX, fmd(args)?),
        Profile::Gs1 | Profile::Dscsa => (SYMBOLOGY_DATA_MATRIX, element_string(args, profile)?),
        Profile::Ppn => (SYMBOLOGY_PPN, ppn(args)?),
        Profile::FmdRead => {
            let text = "profile fmd-read is for reading only; build with fmd";
            return Err(Refusal::Usage(text.to_owned()));
        }
    };
    let report = codes::check(profile, &content, Symbology::Optional, year)?;
    let told = report.notes.iter().filter(|note| note.kind != NoteKind::MissingSymbology);
    let notes = told.map(NoteReport::from).collect();
    let head = if args.symbology { identifier.as_bytes() } else { b"" };
    Ok(([head, &content].concat(), notes))
}

fn fmd(args: &BuildArgs) -> Result<Vec<u8>, Refusal> {
    only(args, &[("ppn", args.ppn.is_some()), ("element", !args.elements.is_empty())])?;
    let (serial, lot, expiry) = pack_values(args)?;
    let gtin = gtin(args)?.ok_or_else(|| missing(args, "gtin or --pzn"))?;
    let national = optional::<NationalNumber>(args.national.as_deref())?;
    Ok(build_pack(&gtin, &serial, &expiry, &lot, national.as_ref()).to_vec())
}

fn ppn(args: &BuildArgs) -> Result<Vec<u8>, Refusal> {
    let others = [
        ("gtin", args.gtin.is_some()),
        ("national", args.national.is_some()),
        ("element", !args.elements.is_empty()),
    ];
    only(args, &others)?;
    let (serial, lot, expiry) = pack_values(args)?;
    let from_pzn = optional::<Pzn>(args.pzn.as_deref())?.map(Ppn::from_pzn);
    let ppn = optional::<Ppn>(args.ppn.as_deref())?.or(from_pzn);
    let ppn = ppn.ok_or_else(|| missing(args, "pzn or --ppn"))?;
    Ok(build_ppn(&ppn, &lot, &expiry, &serial).to_vec())
}

/// 01, 21, 17, 10 and the national number as given, then the further elements in their order.
fn element_string(args: &BuildArgs, profile: Profile) -> Result<Vec<u8>, Refusal> {
    only(args, &[("ppn", args.ppn.is_some())])?;
    if profile == Profile::Dscsa {
        pack_values(args)?;
    }
    let expiry = optional::<Expiry>(args.expiry.as_deref())?;
    let national = optional::<NationalNumber>(args.national.as_deref())?;
    let ais = [
        ("01", gtin(args)?.map(|gtin| gtin.to_string())),
        ("21", optional::<SerialNumber>(args.serial.as_deref())?.map(|v| v.to_string())),
        ("17", expiry.map(|date| bytes_to_plain(&date.to_yymmdd()))),
        ("10", optional::<Lot>(args.lot.as_deref())?.map(|v| v.to_string())),
    ];
    let mut elements: Vec<(AiCode, String)> = Vec::new();
    for (digits, value) in ais {
        if let Some(value) = value {
            elements.push((digits.parse()?, value));
        }
    }
    if let Some(number) = national {
        elements.push((number.scheme().digits().parse()?, number.as_str().to_owned()));
    }
    for text in &args.elements {
        let Some((digits, value)) = text.split_once('=') else {
            let text = format!("found element '{text}', expected AI=VALUE, as in 240=X1");
            return Err(Refusal::Usage(text));
        };
        elements.push((digits.parse()?, value.to_owned()));
    }
    let borrowed: Vec<(AiCode, &str)> =
        elements.iter().map(|(ai, value)| (*ai, value.as_str())).collect();
    Ok(build_element_string(&borrowed))
}

/// The values that every pack has.
fn pack_values(args: &BuildArgs) -> Result<(SerialNumber, Lot, Expiry), Refusal> {
    let serial = optional::<SerialNumber>(args.serial.as_deref())?;
    let lot = optional::<Lot>(args.lot.as_deref())?;
    let expiry = optional::<Expiry>(args.expiry.as_deref())?;
    Ok((
        serial.ok_or_else(|| missing(args, "serial"))?,
        lot.ok_or_else(|| missing(args, "lot"))?,
        expiry.ok_or_else(|| missing(args, "expiry"))?,
    ))
}

fn gtin(args: &BuildArgs) -> Result<Option<Gtin>, CodeError> {
    let from_pzn = optional::<Pzn>(args.pzn.as_deref())?.map(Gtin::ntin_de);
    Ok(optional::<Gtin>(args.gtin.as_deref())?.or(from_pzn))
}

fn optional<T: FromStr>(text: Option<&str>) -> Result<Option<T>, T::Err> {
    text.map(str::parse).transpose()
}

fn missing(args: &BuildArgs, option: impl Display) -> Refusal {
    Refusal::Usage(format!("profile {} needs --{option}", args.profile))
}

/// Refuses options that the profile does not print: they would silently be left out.
fn only(args: &BuildArgs, others: &[(&str, bool)]) -> Result<(), Refusal> {
    let found = others.iter().find(|(_, given)| *given);
    found.map_or(Ok(()), |(option, _)| {
        let profile = &args.profile;
        Err(Refusal::Usage(format!("profile {profile} prints no --{option}; leave it out")))
    })
}

fn tell(
    args: &BuildArgs,
    code: &[u8],
    notes: &[NoteReport],
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<()> {
    let plain = bytes_to_plain(code);
    let size = |shape| SymbolSize::smallest_for(code, shape).map(|size| size.to_string());
    let (square, rectangle) = (size(Shape::Square), size(Shape::Rectangle));
    if args.json {
        let answer = json!({
            "ok": true, "profile": args.profile, "code": plain, "bytes": code.len(),
            "symbol": {
                "codewords": ascii_codewords(code), "square": square, "rectangle": rectangle,
            },
            "notes": notes,
        });
        writeln!(out, "{answer}")?;
    } else {
        writeln!(out, "{plain}")?;
        let none = || "none".to_owned();
        let (square, rectangle) = (square.unwrap_or_else(none), rectangle.unwrap_or_else(none));
        writeln!(err, "smallest square {square}, smallest rectangle {rectangle}")?;
    }
    out.flush()
}
