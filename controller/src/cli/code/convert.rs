//! `packline code convert`: one German product number in its three forms.
//!
//! Called by the command line. Must never guess a number that the given one does not hold.

use std::io::{self, Write};

use codes::{CodeError, Gtin, Ppn, Pzn};
use serde_json::json;

use super::args::ConvertArgs;
use super::refuse;
use super::report::ErrorReport;
use crate::cli::exit::Exit;

/// Prints PZN, NTIN and PPN of the number given.
///
/// # Errors
/// Writing fails.
pub(super) fn run(
    args: &ConvertArgs,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    match pzn_of(args) {
        Ok(Some(pzn)) => {
            tell(args, pzn, out)?;
            Ok(Exit::Ok)
        }
        Ok(None) => refuse("the number is right, but it holds no PZN", err),
        Err(error) => {
            if args.json {
                let answer = json!({ "ok": false, "error": ErrorReport::from(&error) });
                writeln!(out, "{answer}")?;
            }
            refuse(&format!("{}: {error}", error.code()), err)
        }
    }
}

fn pzn_of(args: &ConvertArgs) -> Result<Option<Pzn>, CodeError> {
    if let Some(text) = &args.pzn {
        return text.parse().map(Some);
    }
    if let Some(text) = &args.ntin {
        return Ok(text.parse::<Gtin>()?.as_ntin_de());
    }
    match &args.ppn {
        Some(text) => Ok(text.parse::<Ppn>()?.as_pzn()),
        None => Ok(None),
    }
}

fn tell(args: &ConvertArgs, pzn: Pzn, out: &mut impl Write) -> io::Result<()> {
    let (ntin, ppn) = (Gtin::ntin_de(pzn), Ppn::from_pzn(pzn));
    if args.json {
        writeln!(out, "{}", json!({ "ok": true, "pzn": pzn, "ntin": ntin, "ppn": ppn }))
    } else {
        writeln!(out, "PZN  {pzn}\nNTIN {ntin}\nPPN  {ppn}")
    }
}
