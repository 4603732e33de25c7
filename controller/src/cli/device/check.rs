//! `packline device check`: a profile in words, then the device itself.
//!
//! Called by `device`. Works without a line: no order, no ledger. Must never leave a job in a
//! labeler.

use super::explain::explain;
use super::rehearsal::Rehearsal;
use super::steps::Steps;
use crate::cli::demo_args::SecurityKind;
use crate::cli::device_args::CheckArgs;
use crate::cli::exit::Exit;
use crate::config::read;
use crate::service::setup::{DeviceRun, Setup};
use codes::SerialNumber;
use contracts::labeler::BatchHeader;
use devices::certificates::Pki;
use devices::{OpcuaEndpoint, OpcuaIdentity, OpcuaSecurity, Secured};
use profiles::{OpcuaMode, OpcuaPolicy, Profile};
use serde_json::json;
use std::time::Duration;

/// Serial number of the job that is dropped again.
const SERIAL: &str = "PACKLINECHECK";

/// Does `device check`.
pub(super) fn run(args: &CheckArgs) -> Exit {
    let text = match read(&args.profile) {
        Ok(text) => text,
        Err(error) => return refused(&error.to_string()),
    };
    let profile = match Profile::load(&text) {
        Ok(profile) => profile,
        Err(error) => return refused(&format!("{}: {error}", args.profile.display())),
    };
    let explained = explain(&profile);
    if !args.json {
        println!("{} ({})", profile.name(), profile.kind());
        explained.iter().for_each(|line| println!("  {line}"));
    }
    let steps = match &args.endpoint {
        None => Ok(Steps::default()),
        Some(endpoint) => try_it(args, &profile, endpoint),
    };
    match steps {
        Ok(steps) => tell(args, &profile, &explained, &steps),
        Err(text) => refused(&text),
    }
}

fn refused(text: &str) -> Exit {
    eprintln!("packline: {text}");
    Exit::Refused
}

fn tell(args: &CheckArgs, profile: &Profile, explained: &[String], steps: &Steps) -> Exit {
    if args.json {
        let told = json!({
            "profile": args.profile, "name": profile.name(), "kind": profile.kind().to_string(),
            "endpoint": args.endpoint, "explained": explained, "steps": steps.0, "ok": steps.ok(),
        });
        println!("{told}");
        return steps.exit();
    }
    for step in &steps.0 {
        let sign = if step.ok { "ok" } else { "WRONG" };
        println!("{sign:<5} {:<10} {}", step.step, step.what);
    }
    if args.endpoint.is_none() {
        println!("With --endpoint the device itself is tried.");
    }
    steps.exit()
}

fn try_it(args: &CheckArgs, profile: &Profile, endpoint: &str) -> Result<Steps, String> {
    if profile.kind().is_opcua() != endpoint.starts_with("opc.tcp://") {
        let form = if profile.kind().is_opcua() { "opc.tcp://HOST:PORT" } else { "HOST:PORT" };
        return Err(format!("{endpoint:?} is no endpoint for {}: use {form}", profile.kind()));
    }
    let at = OpcuaEndpoint { url: endpoint.to_owned(), security: security(args, profile)? };
    let run = DeviceRun::of(profile, at).map_err(|text| text.to_owned())?;
    let limit = Duration::from_secs(args.seconds);
    let mut steps = Steps::default();
    if !look(&run, limit, &mut steps) {
        return Ok(steps);
    }
    let serial = SerialNumber::from_bytes(SERIAL.as_bytes()).map_err(|error| error.to_string())?;
    let mut rehearsal = Rehearsal::new(limit, header(), serial, !args.read_only);
    run.run(&mut rehearsal).map_err(|error| error.to_string())?;
    steps.0.extend(rehearsal.end().0);
    Ok(steps)
}

/// Reads the points of a device that has some; false when there is no going on.
fn look(run: &DeviceRun, limit: Duration, steps: &mut Steps) -> bool {
    let Some(look) = run.look(limit) else { return true };
    let look = match look {
        Ok(look) => look,
        Err(error) => {
            steps.failed("connect", format!("failed to {error}"));
            return false;
        }
    };
    let shown = |facts: &devices::Facts| {
        let shown = facts.iter().map(|(point, value)| format!("{point} = {value}"));
        shown.collect::<Vec<_>>().join(", ")
    };
    steps.went("read", shown(&look.read));
    match &look.understood {
        Ok(facts) => steps.went("understand", shown(facts)),
        Err(what) => steps.failed("understand", what.clone()),
    }
    look.understood.is_ok()
}

fn security(args: &CheckArgs, profile: &Profile) -> Result<OpcuaSecurity, String> {
    let policy = match args.security {
        _ if !profile.kind().is_opcua() => return Ok(OpcuaSecurity::Unsecured),
        SecurityKind::None => return Ok(OpcuaSecurity::Unsecured),
        SecurityKind::Basic256Sha256 => OpcuaPolicy::Basic256Sha256,
        SecurityKind::Aes128Sha256RsaOaep => OpcuaPolicy::Aes128Sha256RsaOaep,
        SecurityKind::Aes256Sha256RsaPss => OpcuaPolicy::Aes256Sha256RsaPss,
    };
    let setup = Setup::read(&args.config).map_err(|error| {
        format!(
            "{error}\nour certificate and those that are trusted are a line's: name its \
                 configuration with --config, or use --security none"
        )
    })?;
    let pki: Pki = setup.pki();
    let name = format!("Packline {}", setup.line.line_id);
    pki.prepare(&name).map_err(|error| error.to_string())?;
    let identity = match (&args.user, &args.password_file) {
        (Some(name), Some(password)) => {
            OpcuaIdentity::User { name: name.clone(), password: password.clone() }
        }
        _ => OpcuaIdentity::Anonymous,
    };
    let mode = OpcuaMode::SignAndEncrypt;
    Ok(OpcuaSecurity::Secured(Box::new(Secured { policy, mode, identity, pki })))
}

/// A header that no product has.
fn header() -> BatchHeader {
    let mut header = BatchHeader {
        template_revision: 1,
        gtin: *b"00000000000000",
        expiry: *b"991231",
        look_ahead: 1,
        ..BatchHeader::default()
    };
    header.lot[..5].copy_from_slice(b"CHECK");
    header
}
