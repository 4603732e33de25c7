//! A batch over proxied links: each fault strikes a running line, and the next one comes when the
//! line runs again.

use crate::Outcome;
use crate::chance::Chance;
use crate::floor;
use crate::person::{Person, number};
use crate::plan::{faults, must_hold};
use crate::plant::{BATCH, Line, Plant, Process, packline};
use crate::proof::close_and_prove;
use crate::wire::{BEATS_PER_HEARTBEAT, TRAVEL_MAX, Wire, before};
use contracts::station::Station;
use line_sim::hands::HandsRequest;
use line_sim::proxy::{Fault, FaultKind, Proxy};
use line_sim::runner::Addresses;
use line_sim::sim_config::{EjectorKind, ForeignLabeler};
use serde_json::Value;
use std::collections::BTreeMap;

/// Packs that the line could be fed; each fault costs about twenty.
const PACKS_EACH: u32 = 40;
/// Heartbeats of the line thread until the run permit is taken back: three answers missed at
/// 100 ms, one to spare, and one more for a busy machine.
const NOTICE_MAX: u64 = 5 * BEATS_PER_HEARTBEAT / 2;
/// Until a link is back after its fault: a session that was just begun in the dark, its pause, and
/// the page's own pace.
const RECOVER_MAX: u64 = 10 * BEATS_PER_HEARTBEAT;

/// The pack at which a foreign labeler loses its power.
const RESTART_AT: i64 = 30;
const LABELER_RESTART: &str = r#"
name = "restart"
[[scheduled]]
fault = "device_restart"
device = "labeler"
at_pack = 30
"#;

/// What the labeler speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labeler {
    Modbus,
    Opcua,
    Foreign(ForeignLabeler),
}

impl Labeler {
    /// Its profile, of those that are shipped.
    fn profile(self) -> &'static str {
        match self {
            Self::Modbus => "labeler-modbus.toml",
            Self::Opcua => "labeler-opcua.toml",
            Self::Foreign(ForeignLabeler::Registers) => "labeler-registers.toml",
            Self::Foreign(ForeignLabeler::Variables) => "labeler-variables.toml",
            Self::Foreign(ForeignLabeler::Methods) => "labeler-methods.toml",
            Self::Foreign(ForeignLabeler::Zpl) => "labeler-zpl.toml",
            Self::Foreign(ForeignLabeler::Text) => "labeler-text.toml",
        }
    }

    /// Its endpoint on the simulated line.
    fn endpoint(self, at: &Addresses) -> Outcome<&str> {
        Ok(match self {
            Self::Modbus => &at.labeler,
            Self::Opcua => &at.labeler_opcua,
            Self::Foreign(kind) => at.foreign_labelers.get(&kind).ok_or("it is not served")?,
        })
    }
}

/// See the module.
pub struct Course {
    plant: Plant,
    labeler: Labeler,
    line: Line,
    service: Process,
    wire: Wire,
    chance: Chance,
    rounds: u32,
    /// By the name that the page gives the device.
    links: BTreeMap<&'static str, (Proxy, bool)>,
    table: BTreeMap<(&'static str, FaultKind), Row>,
}

/// What came of a kind of fault on a link.
#[derive(Default)]
struct Row {
    struck: u32,
    held: u32,
    notice: Vec<u64>,
    recover: Vec<u64>,
}

/// Packs in process and links as the page shows them.
fn runs(status: &Value) -> bool {
    let up = |device: &Value| device["link"] == "up";
    let links = status["devices"].as_array().is_some_and(|d| d.iter().all(up));
    links && status["unit_state"] == "execute" && number(status, "/packs/in_process") >= 6
}

impl Course {
    /// A line with every station, each link proxied, and a service that runs a batch on it.
    pub fn begin(labeler: Labeler, ejector: EjectorKind) -> Outcome<Self> {
        let rounds = std::env::var("FAULT_ROUNDS").map_or(Ok(1), |text| text.parse())?;
        let chance = Chance::of("FAULT_SEED");
        let packs = PACKS_EACH * 45 * rounds;
        let plant = Plant::new(packs)?;
        let ejector = serde_json::to_value(ejector)?;
        let config =
            format!("packs_total = {packs}\ncamera = \"no-pixels\"\nejector = {ejector}\n");
        let stations = floor::ask_stations(&plant)?;
        if matches!(labeler, Labeler::Foreign(_)) {
            plant.write("scenario.toml", LABELER_RESTART)?;
        }
        let foreign = match labeler {
            Labeler::Foreign(kind) => {
                format!("foreign_labelers = [{}]\n", serde_json::to_value(kind)?)
            }
            Labeler::Modbus | Labeler::Opcua => String::new(),
        };
        let (line, at) = plant.spawn_line_as(&(config + &foreign + &stations), 7)?;
        let (wire, mut links) = (Wire::default(), BTreeMap::new());
        let ours = proxied(&at, labeler, &wire, &mut links)?;
        plant.name_devices(&ours)?;
        let profile = format!("{}\"", labeler.profile());
        let unsecured = format!("{profile}\nsecurity.policy = \"none\"");
        let secured = if ours.labeler.starts_with("opc.tcp") { unsecured } else { profile };
        plant.edit("line.toml", "labeler-modbus.toml\"", &secured)?;
        floor::name_stations(&plant, &ours)?;
        let service = plant.start_service()?;
        plant.load_and_start()?;
        let table = BTreeMap::new();
        Ok(Self { plant, labeler, line, service, wire, chance, rounds, links, table })
    }

    /// Waits until a foreign labeler has lost its power and the line has got over it.
    pub fn after_the_restart(self) -> Outcome<Self> {
        let mut person = Person::new(&self.plant, &self.line);
        let enough =
            |status: &Value| runs(status) && number(status, "/packs/infeed") >= RESTART_AT + 20;
        person.until("the labeler is back", enough)?;
        Ok(self)
    }

    /// Every kind of fault on these links, then the books and the proof.
    pub fn every_fault_on(self, links: &[&'static str]) -> Outcome {
        self.faults_on(&FaultKind::ALL, links)
    }

    /// These kinds of faults on these links, then the books and the proof.
    pub fn faults_on(mut self, kinds: &[FaultKind], links: &[&'static str]) -> Outcome {
        let mut asked = 0;
        for _ in 0..self.rounds {
            for (link, fault) in faults(kinds, links, &mut self.chance) {
                asked += self.strike(link, fault)?;
            }
        }
        let mut person = Person::new(&self.plant, &self.line);
        person.until("the line runs", runs)?;
        self.line.hands(HandsRequest::Feed { open: false })?;
        person.until("the order completes", |status| {
            // Refused while the line holds: the person sees to that first.
            if number(status, "/packs/in_process") == 0 && status["unit_state"] != "held" {
                let _ = self.plant.order(&["stop", BATCH]);
            }
            status["order_state"] == "completed"
        })?;
        let seen = self.wire.seen();
        assert!(seen.travel_max <= TRAVEL_MAX, "the belt outlived the heartbeat: {seen:?}");
        let contacts = self.table.values().map(|row| row.struck).sum::<u32>() + 1;
        if self.labeler == Labeler::Foreign(ForeignLabeler::Zpl) {
            declare_labels_of_the_dark(&self.plant, contacts)?;
        }
        let (truth, books) = close_and_prove(&self.plant, self.line)?;
        assert!(self.service.stop()?.success());
        let travel = seen.travel_max;
        println!("{} packs, {asked} asked for, travel {travel} of {TRAVEL_MAX}", truth.len());
        println!("{books}");
        self.table.iter().for_each(|((link, kind), row)| row.print(link, *kind));
        Ok(())
    }

    /// One fault on a running line, until the line runs again. Gives how many packs were asked for.
    fn strike(&mut self, link: &'static str, fault: Fault) -> Outcome<usize> {
        let (proxy, is_opcua) = &self.links[link];
        let mut person = Person::new(&self.plant, &self.line);
        // The page is a quarter of a second behind the link.
        let now = |status: &Value| runs(status) && self.wire.seen().runs;
        let before = person.until("the line runs", now)?;
        let begun = self.wire.seen();
        proxy.inject(fault);
        person.until("the fault is over", |_| proxy.is_quiet())?;
        let over = self.wire.seen();
        let is_up = |status: &Value| {
            let devices = status["devices"].as_array();
            devices.is_some_and(|d| d.iter().any(|d| d["name"] == link && d["link"] == "up"))
        };
        person.until("the link is back", is_up)?;
        let back = self.wire.seen();
        let more = number(&before, "/packs/infeed") + 6;
        let on = |status: &Value| runs(status) && number(status, "/packs/infeed") >= more;
        person.until("the line runs again", on)?;
        let told = format!("{fault:?} on {link}: {begun:?}");
        let row = self.table.entry((link, fault.kind)).or_default();
        row.struck += 1;
        let stop = self.wire.first_stop_after(begun.beats);
        let held = stop.is_some();
        let may_run = !must_hold(*is_opcua, fault.kind) || !begun.runs;
        assert!(held || may_run, "nothing held the line: {told}");
        row.recover.push(back.beats - over.beats);
        assert!(back.beats - over.beats <= RECOVER_MAX, "{} to recover: {told}", back.beats);
        row.held += u32::from(held);
        let renewed = self.wire.seen().permit_epoch > begun.permit_epoch;
        assert!(renewed || may_run || link != "line I/O", "permits outlived the link: {told}");
        // How soon the line I/O notices that its own link is dead, the belt's travel tells.
        if let Some(stop) = stop.filter(|_| link != "line I/O") {
            row.notice.push(stop - begun.beats);
            let in_time = stop - begun.beats <= NOTICE_MAX || !must_hold(*is_opcua, fault.kind);
            assert!(in_time, "noticed at {stop}: {told}");
        }
        Ok(person.asked.len())
    }
}

/// A labeler without a counter cannot tell what it printed while its link was dark, a label each
/// time at most: a person sees it on its pack and declares it.
fn declare_labels_of_the_dark(plant: &Plant, contacts: u32) -> Outcome {
    let (data, out) = (plant.text("data"), plant.text("open.json"));
    let words = ["report", BATCH, "--format", "json", "--data-dir", &data, "--out", &out];
    let told = packline(&words, "")?;
    assert_eq!(told.code, 0, "{}", told.err);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
    println!("{}", report["counts"]);
    let term = |name: &str| number(&report, &format!("/counts/{name}"));
    let known = term("encoded") + term("invalid_but_printed") + term("duplicate");
    let missing = known - term("labeler_printed");
    assert!((0..=i64::from(contacts)).contains(&missing), "{}", report["counts"]);
    if missing > 0 {
        let count = missing.to_string();
        let words = ["declare", BATCH, "--term", "printed", "--count", &count, "--reason", "seen"];
        assert_eq!(plant.order(&words)?.code, 0);
    }
    Ok(())
}

impl Row {
    fn print(&self, link: &str, kind: FaultKind) {
        let name = kind.name();
        let Self { struck, held, notice, recover } = self;
        let counts = format!("struck {struck} held {held}");
        println!("{link:<12} {name:<10} {counts} notice {notice:?} recover {recover:?}");
    }
}

/// A proxy before each device; the addresses as the service is told them.
fn proxied(
    at: &Addresses,
    labeler: Labeler,
    wire: &Wire,
    links: &mut BTreeMap<&'static str, (Proxy, bool)>,
) -> Outcome<Addresses> {
    let mut ours = at.clone();
    let mut put = |name: &'static str, endpoint: &str, tap| -> Outcome<String> {
        let (proxy, address) = before(endpoint, tap)?;
        links.insert(name, (proxy, endpoint.starts_with("opc.tcp://")));
        Ok(address)
    };
    ours.line_io = put("line I/O", &at.line_io, Some(wire.tap()))?;
    ours.labeler = put("labeler", labeler.endpoint(at)?, None)?;
    ours.camera = put("camera", &at.camera, None)?;
    let named =
        |station: Station| if station == Station::TextCheck { "text check" } else { "carton code" };
    for stations in [&mut ours.station_modbus, &mut ours.station_opcua] {
        for (station, address) in stations.iter_mut() {
            if matches!(station, Station::TextCheck | Station::CartonCode) {
                *address = put(named(*station), address, None)?;
            }
        }
    }
    Ok(ours)
}
