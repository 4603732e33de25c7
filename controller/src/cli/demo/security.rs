//! The demo's secured links: both sides have certificates, and each trusts the other's, as two
//! people would have them do at a commissioning.
//!
//! Must never be used for devices: nobody has compared a thumbprint.

use super::{Stop, refused};
use crate::cli::args::SecurityKind;
use crate::config::{LineFile, LinkSecurity};
use crate::service::setup::Setup;
use devices::certificates::Pki;
use line_sim::sim_config::OpcuaServing;
use profiles::OpcuaPolicy;
use std::path::Path;

/// Directory of the simulator's certificates.
const SIMULATOR: &str = "sim-pki";

const fn policy(kind: SecurityKind) -> OpcuaPolicy {
    match kind {
        SecurityKind::None => OpcuaPolicy::None,
        SecurityKind::Basic256Sha256 => OpcuaPolicy::Basic256Sha256,
        SecurityKind::Aes128Sha256RsaOaep => OpcuaPolicy::Aes128Sha256RsaOaep,
        SecurityKind::Aes256Sha256RsaPss => OpcuaPolicy::Aes256Sha256RsaPss,
    }
}

/// What the simulator offers.
///
/// # Errors
/// The directory has no absolute path.
pub fn serving(kind: SecurityKind, dir: &Path) -> Result<OpcuaServing, Stop> {
    if kind == SecurityKind::None {
        return Ok(OpcuaServing::default());
    }
    let path = std::path::absolute(dir.join(SIMULATOR)).map_err(refused)?;
    let pki_dir = Some(path.display().to_string());
    Ok(OpcuaServing { pki_dir, unsecured: false, ..OpcuaServing::default() })
}

/// Secures every link over OPC UA.
pub fn secure(line: &mut LineFile, kind: SecurityKind) {
    let devices = &mut line.devices;
    let always = [&mut devices.line_io, &mut devices.labeler, &mut devices.camera];
    let stations = [
        &mut devices.text_check,
        &mut devices.carton_code,
        &mut devices.tamper_evident,
        &mut devices.checkweigher,
    ];
    for link in always.into_iter().chain(stations.into_iter().flatten()) {
        let security = LinkSecurity { policy: policy(kind), ..LinkSecurity::default() };
        link.security = link.is_opcua().then_some(security);
    }
}

/// Both sides trust each other; both have their certificates.
///
/// # Errors
/// A certificate cannot be made or copied.
pub fn introduce(setup: &Setup, dir: &Path, kind: SecurityKind) -> Result<(), Stop> {
    if kind == SecurityKind::None {
        return Ok(());
    }
    setup.prepare_certificates().map_err(refused)?;
    let (ours, theirs) = (setup.pki(), Pki::of_line("line-sim", dir.join(SIMULATOR)));
    theirs.trust_file(&ours.own()).map_err(refused)?;
    ours.trust_file(&theirs.own()).map_err(refused)?;
    Ok(())
}
