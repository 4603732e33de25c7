//! The person at the line: looks, scans, takes away, and says what became of a pack, through hands
//! and commands alone.

use crate::Outcome;
use crate::plant::{BATCH, Line, Plant, wait};
use line_sim::hands::{HandsRequest, HandsResponse, ScannedPack, SeenPack, Zone};
use serde_json::Value;

/// Looks at the same hold in a row before the person comes: it may end by itself.
const LOOKS: u32 = 10;

/// See the module.
pub struct Person<'a> {
    plant: &'a Plant,
    line: &'a Line,
    /// What was taken away.
    in_hand: Vec<ScannedPack>,
    /// Serials of unresolved packs that the service asked for.
    pub asked: Vec<String>,
    /// Holds that were ended by hand.
    pub visits: u32,
}

/// Tracks, counters and names of a status.
pub fn number(status: &Value, pointer: &str) -> i64 {
    status.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

impl<'a> Person<'a> {
    /// Nothing in hand.
    pub fn new(plant: &'a Plant, line: &'a Line) -> Self {
        Self { plant, line, in_hand: Vec::new(), asked: Vec::new(), visits: 0 }
    }

    /// Looks after the line until its status is as wanted.
    pub fn until(&mut self, what: &str, done: impl Fn(&Value) -> bool) -> Outcome<Value> {
        let mut held = 0;
        let mut last = Value::Null;
        let seen = wait(what, || {
            let status = self.plant.status()?;
            if done(&status) {
                return Ok(Some(status));
            }
            held = if status["unit_state"] == "held" { held + 1 } else { 0 };
            if held > LOOKS && !only_restart(&status) {
                held = 0;
                self.come(&status)?;
            }
            last = status;
            Ok(None)
        });
        seen.map_err(|error| format!("{error}; {last}; {:?}", self.plant.said()).into())
    }

    fn come(&mut self, status: &Value) -> Outcome {
        self.visits += 1;
        for pack in status["unresolved_packs"].as_array().into_iter().flatten() {
            self.resolve(pack)?;
        }
        let said = self.plant.order(&["start", BATCH])?;
        // Another cause may have come in the meantime: the person comes again.
        if matches!(said.code, 0 | 2) { Ok(()) } else { Err(said.err.into()) }
    }

    fn resolve(&mut self, pack: &Value) -> Outcome {
        let serial = pack["serial"].as_str().unwrap_or_default().to_owned();
        let track = pack["track"].to_string();
        let (found, reason) = self.find(&serial)?;
        let words = ["resolve", BATCH, &track, "--as", found, "--reason", reason, "--who", "ann"];
        let said = self.plant.order(&words)?;
        self.asked.push(serial);
        if matches!(said.code, 0 | 2) { Ok(()) } else { Err(said.err.into()) }
    }

    /// Looks for a pack by its serial; what lies on the line is taken away.
    fn find(&mut self, serial: &str) -> Outcome<(&'static str, &'static str)> {
        if self.in_hand.iter().any(|pack| bears(pack, serial)) {
            return Ok(("removed", "taken off the belt by hand"));
        }
        for seen in self.line.look()? {
            if !bears(&self.scan(&seen)?, serial) {
                continue;
            }
            if seen.zone == Zone::Bin {
                return Ok(("ejected", "found in the reject bin"));
            }
            self.take(&seen)?;
            return Ok(("removed", "found on the line and taken off"));
        }
        Err(format!("a pack with serial {serial:?} is nowhere").into())
    }

    /// Scans a pack in sight.
    pub fn scan(&self, seen: &SeenPack) -> Outcome<ScannedPack> {
        match self.line.hands(HandsRequest::Scan { pack: seen.pack })? {
            HandsResponse::Scanned(pack) => Ok(pack),
            other => Err(format!("scanning gave {other:?}").into()),
        }
    }

    /// Takes a pack away.
    pub fn take(&mut self, seen: &SeenPack) -> Outcome {
        match self.line.hands(HandsRequest::Remove { pack: seen.pack })? {
            HandsResponse::Removed { packs } => self.in_hand.extend(packs),
            other => return Err(format!("removing gave {other:?}").into()),
        }
        Ok(())
    }
}

/// The serial number in a code, as `{GS}` is written for the separator.
pub fn serial_of(pack: &ScannedPack) -> Option<&str> {
    let (_, rest) = pack.code.as_deref()?.split_once("0104150037528643")?;
    rest.strip_prefix("21")?.split("{GS}").next()
}

fn bears(pack: &ScannedPack, serial: &str) -> bool {
    serial_of(pack) == Some(serial)
}

/// A restart goes on by itself: nobody is to come for it.
fn only_restart(status: &Value) -> bool {
    let holds = status["holds"].as_array();
    let restart = holds.is_some_and(|h| h.iter().any(|hold| hold["cause"] == "restart"));
    let passing = ["restart", "line_io_fault", "line_io_link", "labeler_link", "camera_link"];
    let all = holds
        .into_iter()
        .flatten()
        .all(|hold| hold["cause"].as_str().is_some_and(|cause| passing.contains(&cause)));
    restart && all && status["unresolved_packs"].as_array().is_some_and(Vec::is_empty)
}
