//! `packline code`: check, parse, build and convert codes.
//!
//! Called by the command line. Must never repair a code, and never decide anything about a pack: a
//! code that is right under a profile is not thereby the right one.

pub mod args;
mod build;
mod check;
mod convert;
mod parse;
mod report;

use std::io::{self, BufReader, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use codes::Profile;

use super::args::CodeCommand;
use super::exit::Exit;

pub use check::check_lines;

/// Does what the words say: the answer goes to `out`, what is for people only to `err`.
///
/// # Errors
/// Writing fails.
pub fn run(command: CodeCommand, out: &mut impl Write, err: &mut impl Write) -> io::Result<Exit> {
    match command {
        CodeCommand::Check { profile, code, .. } => {
            let checked = if code == "-" {
                check_lines(&profile, BufReader::new(io::stdin()), out)
            } else {
                check_lines(&profile, code.as_bytes(), out)
            };
            match checked {
                Ok(true) => Ok(Exit::Ok),
                Ok(false) => Ok(Exit::NotProven),
                Err(error) => refuse(&error.to_string(), err),
            }
        }
        CodeCommand::Parse(args) => parse::run(&args, current_year(), out, err),
        CodeCommand::Build(args) => build::run(&args, current_year(), out, err),
        CodeCommand::Convert(args) => convert::run(&args, out, err),
    }
}

fn refuse(text: &str, err: &mut impl Write) -> io::Result<Exit> {
    writeln!(err, "packline: {text}")?;
    Ok(Exit::Refused)
}

/// The profile of that name, or what to say.
fn profile_of(name: &str) -> Result<Profile, String> {
    Profile::by_id(name).ok_or_else(|| {
        let known = Profile::ALL.map(Profile::id).join(", ");
        format!("failed to read the profile: found '{name}', expected one of {known}")
    })
}

/// The current year (UTC), good enough for a window of a hundred years.
fn current_year() -> u16 {
    const SECONDS_PER_YEAR: u64 = 31_556_952; // the mean Gregorian year
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let years = since.map_or(0, |elapsed| elapsed.as_secs() / SECONDS_PER_YEAR);
    u16::try_from(1970 + years).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
