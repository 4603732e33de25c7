//! A line with its stations, prepared packs on its infeed, and a challenge that runs beside us.

use crate::Outcome;
use crate::person::{Person, number};
use crate::plant::{BATCH, Line, Plant, Said, wait};
use contracts::station::Station;
use line_sim::hands::{HandsRequest, PreparedInk, PreparedPack, SeenPack, Zone};
use line_sim::runner::Addresses;
use line_sim::sim_config::SimConfig;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Packs of a challenge without stations and what each must come to; no reason: judged good.
pub const CHALLENGE: [(&str, &[&str]); 8] = [
    ("good_control", &[]),
    ("no_code", &["no_read"]),
    ("unreadable", &["no_read"]),
    ("wrong_content", &["content_mismatch"]),
    ("wrong_product", &["content_mismatch"]),
    ("duplicate", &["content_mismatch", "slip"]),
    ("low_grade", &["low_grade"]),
    ("good_control", &[]),
];

/// The four stations' packs, before the last control.
pub const STATIONS: [(&str, &[&str]); 4] = [
    ("wrong_text", &["text_mismatch"]),
    ("wrong_carton", &["carton_mismatch"]),
    ("tamper_evidence_missing", &["tamper_evidence_missing"]),
    ("underweight", &["weight_out_of_limits"]),
];

/// Lines of these tests run at half the speed: a busy machine may take its time.
const SLOW: &str = "camera = \"no-pixels\"\nrate_packs_s = 5.0\n";

fn slow(plant: &Plant) -> Outcome {
    plant.edit("line.toml", "packs_per_s = 10.0", "packs_per_s = 5.0")
}

/// One line at a time: they run in real time.
pub fn alone() -> MutexGuard<'static, ()> {
    static LINE: Mutex<()> = Mutex::new(());
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A plant whose line has all four stations and whose product asks each of them.
pub fn with_stations(packs: u32) -> Outcome<(Plant, Line, Addresses)> {
    let plant = Plant::new(packs)?;
    let (line, addresses) = add_stations(&plant, packs, "")?;
    Ok((plant, line, addresses))
}

/// Gives a plant's line all four stations, its product asks each of them, and starts the line with
/// `more` configuration.
pub fn add_stations(plant: &Plant, packs: u32, more: &str) -> Outcome<(Line, Addresses)> {
    slow(plant)?;
    let stations = ask_stations(plant)?;
    let config = format!("packs_total = {packs}\n{SLOW}{stations}{more}");
    let (line, addresses) = plant.spawn_line_as(&config, 7)?;
    plant.name_devices(&addresses)?;
    name_stations(plant, &addresses)?;
    Ok((line, addresses))
}

/// Line and product as they are with all four stations; gives what the simulator is told.
pub fn ask_stations(plant: &Plant) -> Outcome<String> {
    let sim = SimConfig::default();
    let g = sim.geometry;
    let places = [g.text_check_mm, g.carton_code_mm, g.tamper_evident_mm, g.checkweigher_mm];
    let names = Station::ALL.map(Station::name);
    let place = |(name, mm): (&str, f64)| format!("{name}_mm = {mm:?}\n");
    let placed: String = names.into_iter().zip(places).map(place).collect();
    plant.edit("line.toml", "\n[rate]", &format!("{placed}\n[rate]"))?;
    let all = json!(["camera", names[0], names[1], names[2], names[3]]);
    plant.edit("products/demo.toml", "stations = [\"camera\"]", &format!("stations = {all}"))?;
    let recipe = std::fs::read_to_string(plant.path("products/demo.toml"))?;
    let (min, max) =
        (sim.weight_mg - sim.weight_tolerance_mg, sim.weight_mg + sim.weight_tolerance_mg);
    let values = format!(
        "\n[verify.carton_code]\nexpected = {:?}\n\n[verify.checkweigher]\nmin_mg = {min}\n\
         max_mg = {max}\n",
        sim.carton_code
    );
    plant.write("products/demo.toml", &(recipe + &values))?;
    Ok(format!("stations = {}\n", json!(names)))
}

/// End of the name of a profile over OPC UA in `line.toml`, and the flag for an unsecured link.
pub const OPCUA_UNSECURED: &str = "opcua.toml\"\nsecurity.policy = \"none\"";

/// Writes where the stations are into `line.toml`.
pub fn name_stations(plant: &Plant, addresses: &Addresses) -> Outcome {
    let mut text = std::fs::read_to_string(plant.path("line.toml"))?;
    for station in Station::ALL {
        let modbus = addresses.station_modbus.get(&station).map(|at| (at, "modbus.toml\""));
        let opcua = addresses.station_opcua.get(&station).map(|at| (at, OPCUA_UNSECURED));
        let (at, protocol) = modbus.or(opcua).ok_or("a station is not served")?;
        let name = station.name();
        text += &format!(
            "\n[devices.{name}]\nendpoint = \"{at}\"\n\
             profile = \"devices/station-{protocol}\n"
        );
    }
    plant.write("line.toml", &text)
}

/// A plant with a camera alone.
pub fn with_camera(packs: u32) -> Outcome<(Plant, Line, Addresses)> {
    let plant = Plant::new(packs)?;
    slow(&plant)?;
    let (line, addresses) = plant.spawn_line_as(&format!("packs_total = {packs}\n{SLOW}"), 7)?;
    plant.name_devices(&addresses)?;
    Ok((plant, line, addresses))
}

/// `order challenge` with the line's hands, to its end: passed.
pub fn passed(plant: &Plant, addresses: &Addresses) -> Outcome<Value> {
    let hands = addresses.hands.to_string();
    let said = plant.order(&["challenge", BATCH, "--hands", &hands, "--json"])?;
    if said.code == 0 { said.json() } else { Err(format!("{}{}", said.out, said.err).into()) }
}

/// `order challenge` while `floor` prepares what it wants.
pub fn challenge_by_hand(plant: &Plant, floor: impl FnOnce() -> Outcome) -> Outcome<Said> {
    std::thread::scope(|scope| {
        let command = || plant.order(&["challenge", BATCH, "--json"]).map_err(|e| e.to_string());
        let told = scope.spawn(command);
        floor()?;
        Ok(told.join().map_err(|_| "the command panicked")??)
    })
}

/// Holds ordinary packs back, or lets them come.
pub fn feed(line: &Line, open: bool) -> Outcome {
    line.hands(HandsRequest::Feed { open }).map(|_| ())
}

/// Lays prepared packs out.
pub fn lay_out(line: &Line, packs: Vec<PreparedPack>) -> Outcome {
    line.hands(HandsRequest::Prepare { packs }).map(|_| ())
}

/// The n-th pack of a challenge without stations, as a person prepares it.
pub fn prepared(n: u32, name: &str) -> Outcome<PreparedPack> {
    let serial = match name {
        "wrong_content" => format!("CHALLENGE-{n:05}X"),
        "duplicate" => "CHALLENGE-00001".to_owned(),
        _ => format!("CHALLENGE-{n:05}"),
    };
    let gtin = if name == "wrong_product" { "09999999999994" } else { "04150037528643" };
    let label = json!({ "gtin": gtin, "serial": serial, "expiry": "291130", "lot": "LOT-7781" });
    let label = if name == "no_code" { None } else { Some(serde_json::from_value(label)?) };
    let ink = match name {
        "unreadable" => PreparedInk::Unreadable,
        "low_grade" => PreparedInk::LowGrade,
        _ => PreparedInk::Clean,
    };
    Ok(PreparedPack { name: name.to_owned(), label, ink, ..PreparedPack::default() })
}

/// The whole challenge, with another pack at one place.
pub fn set_with(at: u32, name: &str) -> Outcome<Vec<PreparedPack>> {
    let pack = |(n, (planned, _)): (u32, (&str, &[&str]))| {
        prepared(n, if n == at { name } else { planned })
    };
    (1..).zip(CHALLENGE).map(pack).collect()
}

/// Waits until the line is in a mode.
pub fn until_mode(plant: &Plant, mode: &str) -> Outcome<Value> {
    wait(mode, || Ok(Some(plant.status()?).filter(|status| status["mode"] == mode)))
}

/// What lies in the bin.
pub fn bin(line: &Line) -> Outcome<Vec<SeenPack>> {
    Ok(line.look()?.into_iter().filter(|pack| pack.zone == Zone::Bin).collect())
}

/// Nothing has gone through the gate.
pub fn nothing_left(line: &Line) -> Outcome {
    let packs = line.look()?;
    assert!(packs.iter().all(|pack| pack.zone != Zone::Exit), "a pack has left: {packs:?}");
    Ok(())
}

/// Each pack of a trial came to what it must, and is in the bin.
pub fn all_as_planned(ended: &Value, plan: &[(&str, &[&str])]) {
    let packs = ended["packs"].as_array().cloned().unwrap_or_default();
    assert_eq!(packs.len(), plan.len(), "{ended}");
    for (pack, (name, reasons)) in packs.iter().zip(plan) {
        assert_eq!(pack["prepared"], *name, "{pack}");
        let verdict = if reasons.is_empty() { "accept" } else { "reject" };
        assert_eq!((&pack["verdict"], &pack["fate"]), (&verdict.into(), &"ejected".into()));
        let known = pack["reason"].as_str().is_none_or(|reason| reasons.contains(&reason));
        assert!(known && pack["passed"] == true, "{pack}");
    }
}

/// A row of `order list`.
pub fn row(plant: &Plant, batch: &str) -> Outcome<Value> {
    let found = plant.orders()?.into_iter().find(|order| order["batch"] == batch);
    found.ok_or_else(|| format!("no order {batch}").into())
}

/// Results of trials on record: id, mode, passed.
pub fn on_record(plant: &Plant) -> Outcome<Vec<(String, String, bool)>> {
    let db = rusqlite::Connection::open_with_flags(
        plant.path("data/ledger.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?;
    let mut rows = db.prepare("SELECT trial, mode, passed FROM trial ORDER BY seq")?;
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Why a pack is rejected that a machine which stood still had no time for.
const LATE: [&str; 5] = ["ledger_late", "link_down", "permit_late", "purge", "result_late"];

/// Runs an order of `packs` packs, which get no successors, to its end: all are good, and on a
/// machine that stood still the rest is on record as late. Gives how many were.
pub fn run_out(plant: &Plant, person: &mut Person<'_>, packs: i64) -> Outcome<i64> {
    let done = person.until("the order completes", |status| {
        let is_starved = matches!(status["unit_state"].as_str(), Some("execute" | "suspended"))
            && number(status, "/packs/in_process") == 0;
        if is_starved && number(status, "/packs/infeed") >= packs {
            let _ = plant.order(&["stop", BATCH]);
        }
        status["order_state"] == "completed"
    })?;
    let late = LATE.map(|reason| number(&done["rejects"], &format!("/{reason}"))).iter().sum();
    assert_eq!(number(&done, "/good") + late, packs, "{done}");
    assert_eq!(done["mode"], "production");
    assert!(late > 0 || (person.visits, person.asked.len()) == (0, 0), "{done}");
    Ok(late)
}
