//! Hand-made ground truth and ledgers that agree with each other, to be spoilt by the cases.

use serde_json::{Value, json};

use crate::judge::{Order, Recipe};
use crate::truth::{Fate, FaultTruth, JobRef, PackTruth, ScrapCause, ScrappedLabel};
use crate::world::label::{LabelText, Text};

pub(super) const GTIN: &str = "04150037528643";
pub(super) const LOT: &str = "LOT-7781";
pub(super) const BATCH: &str = "B-1";
/// Another order of the ledger.
pub(super) const OTHER: &str = "B-2";
/// A challenge of the order.
pub(super) const TRIAL: &str = "B-1-C1";
/// Serials beyond those printed: one invalid, two given back.
const SPARE: usize = 3;

/// A recipe that asks everything of the stations.
pub(super) const RECIPE: &str = r#"
    [verify]
    stations = ["camera", "text_check", "carton_code", "tamper_evident", "checkweigher"]
    [verify.carton_code]
    expected = "C-1"
    [verify.checkweigher]
    min_mg = 24000
    max_mg = 26000
"#;

/// How a pack fares.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Left as good.
    Good,
    /// Smeared, rejected, ejected.
    Smeared,
    /// No job: nothing printed, ejected.
    Blank,
    /// Taken off the belt by somebody, resolved so.
    Missing,
    /// Wrong data and a stuck ejector: through the exit, taken back, resolved as removed.
    Stuck,
    /// Accepted, exit not bound, resolved by a person as exited.
    Resolved,
    /// Good, on the belt during a purge, ejected.
    Purged,
    /// Good and ejected for nothing.
    Wronged,
    /// Good, on the belt when the line held, ejected.
    Held,
}

pub(super) struct Row {
    pub(super) batch: &'static str,
    pub(super) track: u32,
    pub(super) serial: Option<String>,
    pub(super) verdict: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    pub(super) fate: &'static str,
    pub(super) infeed_count: u64,
    pub(super) io_epoch: u32,
    pub(super) accepted: bool,
}

pub(super) struct Serial {
    pub(super) batch: &'static str,
    pub(super) serial: String,
    pub(super) idx: u32,
    pub(super) state: u8,
    pub(super) track: Option<u32>,
}

pub(super) struct Fixture {
    pub(super) packs: Vec<PackTruth>,
    pub(super) faults: Vec<FaultTruth>,
    pub(super) scrapped: Vec<ScrappedLabel>,
    /// Packs of a simulator that was started again.
    pub(super) second_run: Option<Vec<PackTruth>>,
    pub(super) tail: &'static str,
    pub(super) order: Order,
    pub(super) state: &'static str,
    pub(super) books: Option<Value>,
    pub(super) rows: Vec<Row>,
    pub(super) serials: Vec<Serial>,
    /// Chain, kind and body.
    pub(super) events: Vec<(&'static str, Value)>,
}

pub(super) const LINE: [Way; 14] = [
    Way::Good,
    Way::Good,
    Way::Smeared,
    Way::Good,
    Way::Blank,
    Way::Good,
    Way::Missing,
    Way::Good,
    Way::Good,
    Way::Stuck,
    Way::Good,
    Way::Resolved,
    Way::Purged,
    Way::Good,
];

pub(super) fn serial(number: u32) -> String {
    format!("7K2M9QXT{number:04}")
}

pub(super) fn label(serial: &str) -> LabelText {
    LabelText {
        gtin: Text::new(GTIN.as_bytes()),
        serial: Text::new(serial.as_bytes()),
        expiry: Text::new(b"291130"),
        lot: Text::new(LOT.as_bytes()),
        national: None,
    }
}

fn read(serial: &str) -> String {
    // Written out once more: the tests must not share the string building that they test.
    ["]d201", GTIN, "21", serial, "\u{1d}", "17291130", "10", LOT].concat()
}

/// The readable lines of a serial's pack.
pub(super) fn readable(serial: &str) -> String {
    [GTIN, serial, LOT, "11.2029"].join("\n")
}

pub(super) fn fault(name: &str, device: &str, from_ms: u64, to_ms: Option<u64>) -> FaultTruth {
    let (fault, device) = (name.to_owned(), device.to_owned());
    FaultTruth { fault, device, from_ms, to_ms, packs: Vec::new(), on_belt: 0 }
}

impl Fixture {
    /// The line of [`LINE`].
    pub(super) fn clean() -> Self {
        Self::line(&LINE)
    }

    /// A closed batch in which packs fared so, ten seconds apart.
    pub(super) fn line(ways: &[Way]) -> Self {
        let order = Order {
            batch: BATCH.to_owned(),
            gtin: GTIN.to_owned(),
            lot: LOT.to_owned(),
            expiry: "2029-11-30".to_owned(),
            first_pack_due: false,
            recipe: Recipe::default(),
        };
        let mut line = Self {
            packs: Vec::new(),
            faults: Vec::new(),
            scrapped: Vec::new(),
            second_run: None,
            tail: "",
            order,
            state: "closed",
            books: None,
            rows: Vec::new(),
            serials: Vec::new(),
            events: Vec::new(),
        };
        line.event(json!({"kind": "ejected_without_pack", "count": 1}));
        line.event(json!({"kind": "counts_begin", "infeed_base": 0}));
        line.executes();
        for (number, way) in (1..).zip(ways) {
            line.pass(number, *way);
        }
        for spare in 0..SPARE {
            let idx = line.serials.len() as u32;
            let state = if spare == 0 { 3 } else { 1 };
            line.serials.push(Serial {
                batch: BATCH,
                serial: serial(idx),
                idx,
                state,
                track: None,
            });
        }
        line.books = Some(books(ways));
        line
    }

    /// The label of this serial was printed and lost with the web.
    pub(super) fn scrap(&mut self, idx: u32) {
        let (label, job) = (label(&serial(idx)), Some(JobRef { epoch: 1, seq: idx + 1 }));
        let (commanded, why) = (Some(label), ScrapCause::WebBreak);
        let lost = ScrappedLabel { label, commanded, job, why, at_ms: 1 };
        self.scrapped.push(lost);
    }

    fn event(&mut self, body: Value) {
        self.events.push((BATCH, body));
    }

    fn executes(&mut self) {
        self.event(json!({"kind": "unit_state", "from": "unholding", "to": "execute"}));
    }

    fn pass(&mut self, track: u32, way: Way) {
        let number = (way != Way::Blank).then(|| self.bind(track, way));
        let printed = number.map(|idx| label(&serial(idx)));
        let fate = match way {
            Way::Good | Way::Resolved => Fate::Exited,
            Way::Missing => Fate::Removed,
            Way::Stuck => Fate::Retrieved,
            Way::Smeared | Way::Blank | Way::Purged | Way::Wronged | Way::Held => Fate::Ejected,
        };
        let names: &[&str] = match way {
            Way::Smeared => &["smear"],
            Way::Missing => &["missing_pack"],
            Way::Stuck => &["wrong_data", "ejector_stuck"],
            _ => &[],
        };
        let at_ms = u64::from(track) * 10_000;
        let mut pack = PackTruth {
            pack: u64::from(track),
            infeed_ordinal: Some(track + 100),
            io_epoch: 1,
            infeed_count: Some(u64::from(track) * 1_200),
            label: printed,
            commanded: printed,
            job: number.map(|idx| JobRef { epoch: 1, seq: idx + 1 }),
            text: number.map(|idx| readable(&serial(idx))),
            carton: Some("C-1".to_owned()),
            tamper: Some(true),
            weight_mg: Some(25_000),
            ink: if way == Way::Smeared { vec!["smear".to_owned()] } else { Vec::new() },
            faults: names.iter().map(|name| (*name).to_owned()).collect(),
            fate,
            at_ms,
            good: printed.is_some() && !matches!(way, Way::Smeared | Way::Stuck),
            prepared: None,
        };
        if way == Way::Stuck {
            pack.label = Some(label("7K2M9QXTZZZZ"));
            let stuck = fault("ejector_stuck", "ejector", at_ms, Some(at_ms + 5_000));
            self.faults.push(FaultTruth { packs: vec![pack.pack], ..stuck });
        }
        self.packs.push(pack);
        self.record(track, number, way);
    }

    /// The next serial, bound to a track.
    fn bind(&mut self, track: u32, way: Way) -> u32 {
        let idx = self.serials.len() as u32;
        let state = if matches!(way, Way::Good | Way::Resolved) { 7 } else { 6 };
        let track = Some(track);
        self.serials.push(Serial { batch: BATCH, serial: serial(idx), idx, state, track });
        idx
    }

    fn record(&mut self, track: u32, idx: Option<u32>, way: Way) {
        let accepted = matches!(way, Way::Good | Way::Resolved);
        let (fate, reason) = match way {
            Way::Good => ("exited", None),
            Way::Resolved => ("resolved_exited", None),
            Way::Smeared => ("ejected", Some("low_grade")),
            Way::Blank => ("ejected", Some("no_job")),
            Way::Missing => ("removed", Some("lost_at_station")),
            Way::Stuck => ("removed", Some("content_mismatch")),
            Way::Purged | Way::Wronged | Way::Held => ("ejected", Some("purge")),
        };
        self.event(json!({"kind": "pack_infeed", "track": track, "count": track * 1_200}));
        if matches!(way, Way::Missing | Way::Resolved | Way::Held) {
            self.event(json!({"kind": "hold", "cause": "unexplained_pack"}));
        }
        if way == Way::Purged {
            self.event(json!({"kind": "purge_begin", "permit_epoch": 2}));
        }
        self.event(json!({
            "kind": "verdict", "track": track, "serial": idx,
            "verdict": if accepted { "accept" } else { "reject" }, "reason": reason,
            "grade": {"overall": 35, "parameters": [35, 35, 35, 35, 35, 35, 35]},
            "read": idx.map(|idx| read(&serial(idx))),
        }));
        self.ends(track, idx, fate, way);
        self.rows.push(Row {
            batch: BATCH,
            track,
            serial: idx.map(serial),
            verdict: Some(if accepted { "accept" } else { "reject" }),
            reason,
            fate,
            infeed_count: u64::from(track) * 1_200,
            io_epoch: 1,
            accepted,
        });
    }

    fn ends(&mut self, track: u32, idx: Option<u32>, fate: &str, way: Way) {
        let resolution = match fate {
            "exited" => {
                return self.event(json!({"kind": "pack_exited", "track": track, "serial": idx}));
            }
            "ejected" => {
                self.event(json!({"kind": "pack_ejected", "track": track, "serial": idx}));
                if way == Way::Purged {
                    self.event(json!({"kind": "purge_end", "ejected": 1}));
                }
                return if way == Way::Held {
                    self.executes()
                };
            }
            "resolved_exited" => "exited",
            _ => "removed",
        };
        self.event(json!({
            "kind": "pack_resolved", "track": track, "serial": idx, "resolution": resolution,
            "exit_edge": way != Way::Missing,
        }));
        self.executes();
    }

    /// Where the first record of a kind on a track stands.
    pub(super) fn place(&self, kind: &str, track: u32) -> usize {
        let here = |(_, body): &(_, Value)| body["kind"] == kind && body["track"] == track;
        self.events.iter().position(here).unwrap()
    }

    pub(super) fn body(&mut self, kind: &str, track: u32) -> &mut Value {
        let at = self.place(kind, track);
        &mut self.events[at].1
    }

    pub(super) fn pack(&mut self, number: usize) -> &mut PackTruth {
        &mut self.packs[number - 1]
    }

    pub(super) fn row(&mut self, track: usize) -> &mut Row {
        &mut self.rows[track - 1]
    }

    pub(super) fn serial_of(&mut self, track: u32) -> &mut Serial {
        self.serials.iter_mut().find(|row| row.track == Some(track)).unwrap()
    }

    /// Adds to a term of the books.
    pub(super) fn book(&mut self, term: &str, more: i64) {
        let books = self.books.as_mut().unwrap();
        books[term] = json!(books[term].as_i64().unwrap() + more);
    }

    /// The ledger forgets a track altogether.
    pub(super) fn forget(&mut self, track: u32) {
        self.rows.retain(|row| row.track != track);
        self.events.retain(|(_, body)| body["track"] != track);
        if let Some(row) = self.serials.iter_mut().find(|row| row.track == Some(track)) {
            (row.track, row.state) = (None, 6);
        }
    }
}

/// The books of such a line.
fn books(ways: &[Way]) -> Value {
    let count = |wanted: &[Way]| ways.iter().filter(|way| wanted.contains(way)).count() as i64;
    let (good, resolved) = (count(&[Way::Good]), count(&[Way::Resolved]));
    let (missing, stuck, blank) =
        (count(&[Way::Missing]), count(&[Way::Stuck]), count(&[Way::Blank]));
    let rejected = count(&[Way::Smeared, Way::Purged, Way::Wronged, Way::Held]);
    let encoded = ways.len() as i64 - blank;
    json!({
        "allocated": encoded + SPARE as i64, "returned": 2, "invalid": 1, "encoded": encoded,
        "commissioned_ever": good + resolved, "label_scrapped": rejected + missing + stuck,
        "label_sampled": 0, "in_reject": 0, "unresolved": 0, "line_commissioned": good,
        "reworked": 0, "resolved_commissioned": resolved, "commissioned_now": good + resolved,
        "released": 0, "sampled": 0, "inactive": 0, "destroyed": 0, "infeed": ways.len(),
        "exit_edges": good + resolved + stuck, "retrieved_after_exit": stuck,
        "resolved_at_exit": resolved, "confirmed_ejects": rejected + blank,
        "serials_in_reject_ever": rejected, "ejects_without_serial": blank,
        "declared_additions": 0, "declared_removals": missing + stuck, "in_process": 0,
        "labeler_printed": encoded, "invalid_but_printed": 0, "duplicate": 0, "setup": 0,
        "challenge": 0, "printed_undeclared": 0,
    })
}
