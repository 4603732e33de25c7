//! A labeler that talks in texts, as inkjet and laser coders do, as its maker would have built it.
//!
//! Commands and answers end with CR, their parts with a bar. `SLA|job|NAME=value|..` sets what is
//! the same on every label, `JDA|SERIAL=value|` gives the next serial number (ten places), `CQI`
//! drops what waits, `GST` answers `STS|state|error|job|batch|total|`, `QSZ` answers
//! `QSZ|waiting|`. `ACK` or `ERR` answer the others. It reads no profile: that a profile describes
//! it is what is tried.

use super::printer::{Fixed, Printer};
use super::text::{Texts, line};
use super::{Shared, held};
use std::sync::Mutex;

/// Jobs that it holds.
const PLACES: usize = 10;
const END: u8 = b'\r';

/// See the module.
pub(super) struct TextLabeler {
    printer: Printer,
    /// Name of the job that was selected, since which epoch of the labeler behind it.
    job: Mutex<(u32, String)>,
}

impl TextLabeler {
    /// The labeler of this line.
    pub(super) fn new(devices: Shared) -> Self {
        Self { printer: Printer::new(devices), job: Mutex::default() }
    }

    fn command(&self, text: &str) -> String {
        let (command, rest) = text.split_once('|').unwrap_or((text, ""));
        let done = match command {
            "SLA" => self.select(rest),
            "JDA" => self.update(rest),
            "CQI" => {
                self.printer.clear();
                true
            }
            "GST" => return self.state(),
            "QSZ" => return format!("QSZ|{}|", self.printer.queued()),
            _ => false,
        };
        if done { "ACK" } else { "ERR" }.to_owned()
    }

    fn select(&self, rest: &str) -> bool {
        let Some((job, fields)) = rest.split_once('|') else { return false };
        let value = |name: &str| {
            let mut fields = fields.split('|').filter_map(|field| field.split_once('='));
            fields.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        let (Some(gtin), Some(lot), Some(expiry)) = (value("GTIN"), value("LOT"), value("EXP"))
        else {
            return false;
        };
        let national_ai = value("NAI").and_then(|ai| ai.parse().ok()).unwrap_or(0);
        let national = value("NAT").unwrap_or_default();
        self.printer.set(&Fixed { gtin, lot, expiry, national_ai, national });
        *held(&self.job) = (self.printer.status().epoch, job.to_owned());
        true
    }

    fn update(&self, rest: &str) -> bool {
        let serial = rest.strip_prefix("SERIAL=").and_then(|rest| rest.strip_suffix('|'));
        let selected = held(&self.job).0 == self.printer.status().epoch;
        let room = self.printer.queued() < PLACES;
        serial.is_some_and(|serial| selected && room && self.printer.print(serial))
    }

    fn state(&self) -> String {
        let status = self.printer.status();
        let (epoch, job) = held(&self.job).clone();
        let job = if epoch == status.epoch { job } else { String::new() };
        let (state, error) = if Printer::fault(&status) == 2 { (4, 2) } else { (3, 0) };
        let printed = status.printed_total;
        format!("STS|{state}|{error}|{job}|{printed}|{printed}|")
    }
}

impl Texts for TextLabeler {
    fn answer(&self, come: &mut Vec<u8>) -> Vec<u8> {
        let mut answers = Vec::new();
        while let Some(text) = line(come, END) {
            answers.extend(self.command(&text).into_bytes());
            answers.push(END);
        }
        answers
    }
}
