//! Whether a line can work: order of stations, windows, braking, deadlines, slots, look-ahead.
//!
//! Called after reading and after scaling. Must never repair: every refusal says the numbers and
//! what to change.

use super::errors::Finding;
use super::line::{Geometry, LineFile, Service};
use line_core::limits::{LOOK_AHEAD_MAX, SLOTS};
use std::net::{IpAddr, SocketAddr};

/// Longest belt that is believed.
pub(super) const POSITION_MM_MAX: f64 = 1_000_000.0;
/// Lowest grade presumed to comply (Delegated Regulation (EU) 2016/161, Art. 6).
pub(super) const GRADE_MIN: f64 = 1.5;
/// Highest grade of ISO/IEC 15415.
pub(super) const GRADE_MAX: f64 = 4.0;

impl LineFile {
    /// Everything that is wrong with it; empty when the line can work.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = numbers(self);
        if found.is_empty() {
            found.extend(order_of_stations(&self.geometry));
            found.extend(windows(&self.geometry));
            found.extend(braking(&self.geometry));
            found.extend(deadline(self));
            found.extend(slots(self));
            found.extend(look_ahead(self));
            found.extend(super::stations::places(self));
            found.extend(super::stations::rate(self));
        }
        found.extend(settings(self));
        found.extend(super::line_network::findings(self));
        found.extend(super::workflow::findings(self));
        found
    }
}

/// Every number is one that a line can have.
fn numbers(line: &LineFile) -> Vec<Finding> {
    let g = &line.geometry;
    let lengths = [
        ("mm_per_pulse", g.mm_per_pulse, 0.001, 1.0),
        ("pitch_mm", g.pitch_mm, 1.0, 10_000.0),
        ("pack_length_mm", g.pack_length_mm, 1.0, 10_000.0),
        ("labeler_mm", g.labeler_mm, 1.0, POSITION_MM_MAX),
        ("camera_eye_mm", g.camera_eye_mm, 1.0, POSITION_MM_MAX),
        ("camera_trigger_mm", g.camera_trigger_mm, 1.0, POSITION_MM_MAX),
        ("gate_mm", g.gate_mm, 1.0, POSITION_MM_MAX),
        ("exit_mm", g.exit_mm, 1.0, POSITION_MM_MAX),
        ("handover_mm", g.handover_mm, 1.0, POSITION_MM_MAX),
        ("eject_confirm_mm", g.eject_confirm_mm, 1.0, POSITION_MM_MAX),
        ("eject_window_mm", g.eject_window_mm, 1.0, 10_000.0),
        ("window_mm", g.window_mm, 1.0, 10_000.0),
        ("gate_lead_mm", g.gate_lead_mm, 1.0, POSITION_MM_MAX),
        ("braking_mm", g.braking_mm, 1.0, POSITION_MM_MAX),
        ("purge_margin_mm", g.purge_margin_mm, 1.0, POSITION_MM_MAX),
    ];
    let mut found: Vec<Finding> = lengths
        .iter()
        .filter_map(|(name, value, min, max)| {
            outside(&format!("geometry.{name}"), *value, *min, *max)
        })
        .collect();
    found.extend(super::stations::numbers(line));
    let (timing, rules) = (&line.timing, &line.rules);
    let budget = f64::from(timing.result_to_permit_budget_ms);
    let reconnect = f64::from(timing.reconnect_worst_ms);
    let heartbeat = f64::from(timing.heartbeat_ms_max);
    let in_a_row = f64::from(rules.consecutive_rejects_max);
    let percent = f64::from(rules.reject_percent_max);
    found.extend(
        [
            outside("rate.packs_per_s", line.rate.packs_per_s, 0.01, 100_000.0),
            outside("timing.result_to_permit_budget_ms", budget, 1.0, 10_000.0),
            outside("timing.heartbeat_ms_max", heartbeat, 50.0, 2_000.0),
            outside("timing.reconnect_worst_ms", reconnect, 1.0, 60_000.0),
            outside("rules.consecutive_rejects_max", in_a_row, 1.0, 100.0),
            outside("rules.reject_percent_max", percent, 1.0, 100.0),
            outside("rules.grade_min", rules.grade_min, GRADE_MIN, GRADE_MAX),
        ]
        .into_iter()
        .flatten(),
    );
    found
}

/// A number outside its bounds; not-a-number is outside.
pub(super) fn outside(key: &str, value: f64, min: f64, max: f64) -> Option<Finding> {
    if (min..=max).contains(&value) {
        return None;
    }
    let what = format!("{value} is not within {min} to {max}");
    Some(Finding::new(key, what, format!("use a value from {min} to {max}")))
}

/// Packs meet the stations in the order of the pipeline.
fn order_of_stations(g: &Geometry) -> Vec<Finding> {
    let stations = [
        ("labeler_mm", g.labeler_mm),
        ("camera_eye_mm", g.camera_eye_mm),
        ("camera_trigger_mm", g.camera_trigger_mm),
        ("gate_mm", g.gate_mm),
        ("exit_mm", g.exit_mm),
        ("handover_mm", g.handover_mm),
    ];
    let mut found: Vec<Finding> = stations
        .windows(2)
        .filter(|pair| pair[0].1 > pair[1].1)
        .map(|pair| {
            let ((before, before_mm), (name, mm)) = (pair[0], pair[1]);
            let what = format!("{name} = {mm} lies before {before} = {before_mm}");
            let remedy = "give positions in running order: labeler, camera eye, camera trigger, \
                          gate, exit, handover";
            Finding::new(&format!("geometry.{name}"), what, remedy)
        })
        .collect();
    if g.pack_length_mm >= g.pitch_mm {
        let what = format!(
            "packs of {} mm at a pitch of {} mm leave no gap between them",
            g.pack_length_mm, g.pitch_mm
        );
        found.push(Finding::new("geometry.pack_length_mm", what, "raise pitch_mm"));
    }
    found
}

/// Two neighbours are never expected at the same place.
fn windows(g: &Geometry) -> Vec<Finding> {
    [("window_mm", g.window_mm), ("eject_window_mm", g.eject_window_mm)]
        .into_iter()
        .filter(|(_, half)| 2.0 * half >= g.pitch_mm)
        .map(|(name, half)| {
            let what = format!(
                "windows of 2 x {half} mm overlap at a pitch of {} mm: an edge could be either \
                 neighbour's",
                g.pitch_mm
            );
            let remedy = format!("keep {name} below {} mm", g.pitch_mm / 2.0);
            Finding::new(&format!("geometry.{name}"), what, remedy)
        })
        .collect()
}

/// A pack that is seen at the exit without a permit comes to rest before the handover.
fn braking(g: &Geometry) -> Option<Finding> {
    let stands_at = g.exit_mm + g.braking_mm;
    (stands_at > g.handover_mm).then(|| {
        let what = format!(
            "a pack stopped at the exit ({} mm) comes to rest at {stands_at} mm, behind the \
             handover at {} mm",
            g.exit_mm, g.handover_mm
        );
        let remedy = format!(
            "brake within {} mm, or move the handover to {stands_at} mm or beyond",
            g.handover_mm - g.exit_mm
        );
        Finding::new("geometry.braking_mm", what, remedy)
    })
}

/// From the trigger on there is time for the permit, and some left for the camera.
fn deadline(line: &LineFile) -> Option<Finding> {
    let g = &line.geometry;
    let budget_ms = line.timing.result_to_permit_budget_ms;
    let budget_mm = f64::from(budget_ms) / 1_000.0 * line.speed_mm_s();
    let there_is = g.gate_mm - g.camera_trigger_mm;
    let needed = g.gate_lead_mm + budget_mm;
    (needed >= there_is).then(|| {
        let what = format!(
            "{there_is:.1} mm from camera trigger to gate do not hold {budget_mm:.1} mm for the \
             budget of {budget_ms} ms at {:.0} mm/s and {} mm of gate lead, with time left for the \
             camera",
            line.speed_mm_s(),
            g.gate_lead_mm
        );
        let remedy = format!(
            "move the gate beyond {:.1} mm, run slower, or lower \
             timing.result_to_permit_budget_ms",
            g.camera_trigger_mm + needed
        );
        Finding::new("geometry.gate_mm", what, remedy)
    })
}

/// The tracking slots hold twice what can be on the belt.
fn slots(line: &LineFile) -> Option<Finding> {
    let transit_s = line.geometry.exit_mm / line.speed_mm_s();
    let needed = 2.0 * line.rate.packs_per_s * transit_s;
    (needed > SLOTS as f64).then(|| {
        let rate = line.rate.packs_per_s;
        let what = format!(
            "2 x {rate} packs/s x {transit_s:.3} s from infeed to exit need {:.0} tracking slots, \
             there are {SLOTS}",
            needed.ceil()
        );
        let remedy =
            format!("run at {:.0} packs/s or less", (SLOTS as f64 / 2.0 / transit_s).floor());
        Finding::new("rate.packs_per_s", what, remedy)
    })
}

/// The labeler has a job for each pack between infeed and strobe, and its buffer is bounded.
fn look_ahead(line: &LineFile) -> Option<Finding> {
    let jobs = usize::from(line.look_ahead());
    let least = (line.geometry.labeler_mm / line.geometry.pitch_mm).floor() as usize + 2;
    let key = if line.rules.look_ahead.is_some() { "rules.look_ahead" } else { "rate.packs_per_s" };
    if jobs > LOOK_AHEAD_MAX {
        let what = format!("{jobs} print jobs at the labeler are more than {LOOK_AHEAD_MAX}");
        let remedy =
            format!("use {least} to {LOOK_AHEAD_MAX}, or leave it out to have it computed");
        return Some(Finding::new(key, what, remedy));
    }
    (jobs < least).then(|| {
        let what = format!(
            "{jobs} print jobs at the labeler do not cover the {least} that the way from infeed \
             to strobe needs ({} mm at a pitch of {} mm)",
            line.geometry.labeler_mm, line.geometry.pitch_mm
        );
        let remedy = format!("use {least} to {LOOK_AHEAD_MAX} jobs, or run slower");
        Finding::new(key, what, remedy)
    })
}

/// True for the name of a line.
pub(super) fn is_line_id(id: &str) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    (1..=16).contains(&id.len()) && plain
}

/// Names, endpoints and addresses.
fn settings(line: &LineFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let id = &line.line_id;
    if !is_line_id(id) {
        let what = format!("{id:?} is not a line name");
        found.push(Finding::new("line_id", what, "use 1 to 16 of A-Z, 0-9 and -, e.g. LINE-1"));
    }
    for (name, link) in line.links() {
        // An OPC UA endpoint may name a path behind the port.
        let url = link.endpoint.strip_prefix("opc.tcp://");
        let bare = url.map_or(link.endpoint.as_str(), |url| url.split('/').next().unwrap_or(url));
        let (host, port) = bare.rsplit_once(':').unwrap_or((bare, ""));
        let wired = name == "line_io" && link.endpoint == devices::line_io::gpio::ENDPOINT;
        let address = !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok();
        if !address && !wired {
            let what = format!("{:?} is not an endpoint", link.endpoint);
            let remedy = "use HOST:PORT for Modbus TCP, opc.tcp://HOST:PORT for OPC UA, gpio for \
                          a line I/O on this machine's pins";
            found.push(Finding::new(&format!("devices.{name}.endpoint"), what, remedy));
        }
        found.extend(super::security::findings(name, link));
        if link.profile.is_empty() {
            let key = format!("devices.{name}.profile");
            found.push(Finding::new(&key, "no profile is named", "name a file of config/devices"));
        }
    }
    let http = &line.service.http;
    let loopback = http.parse::<SocketAddr>().is_ok_and(|addr| addr.ip().is_loopback());
    if http != "off" && !loopback {
        let what = format!("{http:?} is not a loopback address with a port");
        found.push(Finding::new("service.http", what, "use 127.0.0.1:8080 or off"));
    }
    found.extend(https(&line.service));
    if line.service.data_dir.is_empty() {
        found.push(Finding::new("service.data_dir", "is empty", "name a directory"));
    }
    found
}

fn https(service: &Service) -> Vec<Finding> {
    let Some(https) = &service.https else { return Vec::new() };
    let mut found = Vec::new();
    let mut tell = |key: &str, what: String, remedy: &str| {
        found.push(Finding::new(&format!("service.https.{key}"), what, remedy));
    };
    if https.listen.parse::<SocketAddr>().is_err() {
        let what = format!("{:?} is not an address with a port", https.listen);
        tell("listen", what, "use 0.0.0.0:8443, or the address of one interface");
    }
    if service.http == "off" {
        let what = "commands on this machine use service.http, which is off".to_owned();
        tell("listen", what, "give service.http a loopback address");
    }
    for (key, file) in [("certificate", &https.certificate), ("key", &https.key)] {
        if file.is_empty() {
            tell(key, "is empty".into(), "name a PEM file");
        }
    }
    let whole = |name: &String| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        name.parse::<IpAddr>().is_ok() || !name.is_empty() && name.chars().all(known)
    };
    if https.names.is_empty() {
        tell("names", "no name is given".into(), "list the names that browsers use");
    }
    if let Some(name) = https.names.iter().find(|name| !whole(name)) {
        let what = format!("{name:?} is neither a host's name nor an address");
        tell("names", what, "give it without scheme and port");
    }
    found
}
