//! `packline device trust`: the certificates of OPC UA devices.
//!
//! Works on the files of the data directory; a running service sees them at its next connect. Must
//! never trust a certificate that nobody has named.

use crate::cli::device_args::TrustArgs;
use crate::cli::exit::Exit;
use crate::service::setup::Setup;
use devices::certificates::{CertificateInfo, Certificates, Pki, PkiError};
use serde_json::json;

/// Does `device trust`.
pub(super) fn run(args: &TrustArgs) -> Exit {
    match trust(args) {
        Ok(()) => Exit::Ok,
        Err(text) => {
            eprintln!("packline: {text}");
            Exit::Refused
        }
    }
}

fn trust(args: &TrustArgs) -> Result<(), String> {
    let setup = Setup::read(&args.config).map_err(|error| error.to_string())?;
    let pki = setup.pki();
    let moved = match (&args.thumbprint, &args.file, &args.withdraw) {
        (Some(thumbprint), _, _) => Some(("trusted", pki.trust(thumbprint))),
        (None, Some(file), _) => Some(("trusted", pki.trust_file(file))),
        (None, None, Some(thumbprint)) => Some(("rejected", pki.reject(thumbprint))),
        (None, None, None) => None,
    };
    match moved {
        Some((now, moved)) => moved.map(|one| tell_moved(&one, now, args.json)),
        None => pki.list().map(|all| tell(&all, &pki, args.json)),
    }
    .map_err(|error| told(&error))
}

fn told(error: &PkiError) -> String {
    match error {
        PkiError::Thumbprint { .. } => {
            format!("{error}; packline device trust lists them, name one of them in full")
        }
        PkiError::File { .. } | PkiError::Make(_) => error.to_string(),
    }
}

fn tell_moved(one: &CertificateInfo, now: &str, json: bool) {
    if json {
        println!("{}", json!({ "certificate": one, "state": now }));
    } else {
        println!("{now}: {}", line(one));
    }
}

fn tell(all: &Certificates, pki: &Pki, json: bool) {
    if json {
        println!("{}", json!({ "certificates": all, "directory": pki.directory }));
        return;
    }
    match &all.own {
        Some(own) => {
            println!("own       {}\n          for devices: {}", line(own), own.file.display())
        }
        None => {
            println!("own       none yet: the first start of a line with a secured link makes it")
        }
    }
    for (state, those) in [("trusted", &all.trusted), ("rejected", &all.rejected)] {
        for one in those {
            println!("{state:<9} {}", line(one));
        }
    }
    if !all.rejected.is_empty() {
        println!(
            "Compare a thumbprint with the device's own display, then: device trust THUMBPRINT"
        );
    }
}

fn line(one: &CertificateInfo) -> String {
    format!("{}  {}  until {}", one.thumbprint, one.subject, &one.valid_to[..10])
}
