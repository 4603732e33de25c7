//! One event: its members, and its id by the hash of the CBV standard (2.0, section 8.9).
//!
//! The id follows from the content alone, so the same event has the same id wherever it is told.
//! Must never take anything from outside the event.

use crate::hashed::hex;
use crate::source::Source;
use ledger::LedgerKind;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What happened to a serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It is in the world.
    Commissioned,
    /// It was taken as a sample.
    Sampled,
    /// It was taken off by hand.
    Decommissioned,
    /// It was destroyed.
    Destroyed,
}

/// Words of the CBV: action, business step, disposition.
type Words = (&'static str, &'static str, &'static str);

impl What {
    /// In the order of the file.
    pub(super) const ALL: [Self; 4] =
        [Self::Commissioned, Self::Sampled, Self::Decommissioned, Self::Destroyed];

    const fn words(self) -> Words {
        match self {
            Self::Commissioned => ("ADD", "commissioning", "active"),
            Self::Sampled => ("OBSERVE", "sampling", "non_sellable_other"),
            Self::Decommissioned => ("DELETE", "decommissioning", "inactive"),
            Self::Destroyed => ("DELETE", "destroying", "destroyed"),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Event {
    /// What happened.
    pub what: What,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// To whom.
    pub serials: Vec<String>,
}

impl Event {
    pub(super) fn to_json(&self, source: &Source) -> Value {
        let gtin = source.row.gtin.as_str();
        let epc = |serial: &String| match source.kind {
            LedgerKind::Production => format!("https://id.gs1.org/01/{gtin}/21/{}", part(serial)),
            // No Digital Link: nobody may take it for a pack.
            LedgerKind::Simulation => {
                format!("https://simulation.invalid/{gtin}/{}", part(serial))
            }
        };
        let mut epcs: Vec<String> = self.serials.iter().map(epc).collect();
        epcs.sort();
        let (lot, expiry) = (source.row.lot.as_str(), source.row.expiry.as_str());
        self.whole(&epcs, (lot, expiry))
    }

    fn whole(&self, epcs: &[String], (lot, expiry): (&str, &str)) -> Value {
        let (action, step, disposition) = self.what.words();
        let mut event = json!({
            "type": "ObjectEvent",
            "eventID": self.id(epcs, (lot, expiry)),
            "eventTime": self.at,
            "eventTimeZoneOffset": "+00:00",
            "epcList": epcs,
            "action": action,
            "bizStep": step,
            "disposition": disposition,
        });
        if self.what == What::Commissioned {
            event["ilmd"] = json!({ "cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": expiry });
        }
        event
    }

    /// Hash of the members in the standard's order; `epcs` are sorted.
    fn id(&self, epcs: &[String], (lot, expiry): (&str, &str)) -> String {
        let (action, step, disposition) = self.what.words();
        let mut hash = Sha256::new();
        let at = self.at.replace("+00:00", "Z");
        hash.update(format!("eventType=ObjectEventeventTime={at}eventTimeZoneOffset=+00:00"));
        hash.update("epcList");
        for epc in epcs {
            hash.update(format!("epc={epc}"));
        }
        hash.update(format!("action={action}"));
        hash.update(format!("bizStep=https://ref.gs1.org/cbv/BizStep-{step}"));
        hash.update(format!("disposition=https://ref.gs1.org/cbv/Disp-{disposition}"));
        if self.what == What::Commissioned {
            hash.update(format!("ilmdcbvmda:itemExpirationDate={expiry}cbvmda:lotNumber={lot}"));
        }
        format!("ni:///sha-256;{}?ver=CBV2.0", hex(&hash.finalize()))
    }
}

/// A serial as a segment of a Digital Link.
fn part(serial: &str) -> String {
    serial.bytes().fold(String::new(), |mut part, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(what: What) -> Event {
        let at = "2026-11-22T12:21:53.007+00:00".to_owned();
        Event { what, at, serials: Vec::new() }
    }

    /// The ids are those of another hand's program for the standard's hash
    /// (epcis-event-hash-generator 1.9.3).
    #[test]
    fn ids_are_those_of_the_standard() {
        let link = |serial| format!("https://id.gs1.org/01/04150037528643/21/{}", part(serial));
        let (first, second) = (link("A/b"), link("B100000002"));
        let of = ("LOT1", "2027-11-30");
        assert_eq!(
            event(What::Commissioned).id(&[first, second.clone()], of),
            "ni:///sha-256;2b5c239b9a2f0e72b35ef965ccd7ced40c4e4fac2aa30829a9ec63b8d165aa50\
             ?ver=CBV2.0"
        );
        assert_eq!(
            event(What::Decommissioned).id(&[second], of),
            "ni:///sha-256;a404bcdf5adabd341bebbb0ee3356e40763cfc8e765d105bf82625d0592395af\
             ?ver=CBV2.0"
        );
    }
}
