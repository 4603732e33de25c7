//! A simulated line with its service and people, for the pages.

use crate::Outcome;
use crate::browser::Browser;
use crate::crew::Crew;
use crate::plant::{Line, Plant, wait};
use serde_json::Value;

/// Does everything at the line; who manages access may do nothing else, so that is another person.
pub const VERA: &str = "vera";
/// Operates.
pub const OLGA: &str = "olga";
pub const ADMIN: &str = "admin";
const AT_THE_LINE: [&str; 4] = ["operator", "supervisor", "quality", "engineer"];

pub struct Floor {
    pub crew: Crew,
    /// Goes on until the floor does not.
    _line: Line,
}

impl Floor {
    /// An order is loaded and the devices are there.
    pub fn loaded() -> Outcome<Self> {
        Self::of(Plant::new(5_000)?, "no-pixels")
    }

    /// It runs, and now and then a pack is bad.
    pub fn troubled() -> Outcome<Self> {
        let plant = Plant::new(5_000)?;
        let some = "name = \"pictures\"\n[rates]\ndead_nozzles = 0.03\nmissing_print = 0.01\n\
                    wrong_data = 0.01\n";
        plant.write("scenario.toml", some)?;
        Self::of(plant, "pixels")?.begun()
    }

    fn of(plant: Plant, camera: &str) -> Outcome<Self> {
        let line = plant.start_line(50_000, camera, 5)?;
        let crew = Crew::at(plant)?;
        // It comes back at the same address.
        crew.plant.edit("line.toml", "127.0.0.1:0", &crew.addr.to_string())?;
        crew.administrator()?;
        crew.join(VERA, "Vera Vogt", &AT_THE_LINE)?;
        crew.join(OLGA, "Olga Oker", &["operator"])?;
        crew.plant.load()?;
        wait("the devices are there", || {
            let status = crew.plant.status()?;
            let devices = status["devices"].as_array().cloned().unwrap_or_default();
            let up = devices.len() == 3 && devices.iter().all(|device| device["link"] == "up");
            Ok(up.then_some(()))
        })?;
        Ok(Self { crew, _line: line })
    }

    /// Waits until packs were rejected.
    pub fn rejects(&self) -> Outcome {
        wait("rejects", || {
            let rejected = self.crew.plant.status()?["rejected"].as_u64();
            Ok((rejected > Some(1)).then_some(()))
        })
    }

    /// The order runs and packs come out.
    pub fn running() -> Outcome<Self> {
        Self::loaded()?.begun()
    }

    fn begun(self) -> Outcome<Self> {
        self.crew.plant.start()?;
        wait("good packs", || {
            let good = self.crew.plant.status()?["good"].as_u64().unwrap_or(0);
            Ok((good > 20).then_some(()))
        })?;
        Ok(self)
    }

    pub fn browser(&self) -> Outcome<Browser> {
        Browser::open(self.crew.addr)
    }

    /// Commands of a kind that were done, by the record.
    pub fn commands(&self, what: &str) -> Outcome<usize> {
        let commands = self.crew.events("command")?;
        let is_done = |command: &&Value| command["what"] == what && command["answer"] == "done";
        Ok(commands.iter().filter(is_done).count())
    }
}
