//! A labeler that is told by methods over OPC UA, as its maker would have built it.
//!
//! `StoreMessage` sets what is the same on every label, `PrintPrd` gives the next serial number and
//! answers 0, or -1 when all eight places are taken; `StopPrinting` drops what waits;
//! `GetStatusInformation` tells state, places taken, labels printed. It reads no profile: that a
//! profile describes it is what is tried.

use super::Shared;
use super::opcua::Answer;
use super::printer::{Fixed, Printer};
use super::tags::{Deed, Space, Tag};
use contracts::labeler::LabelerFault;
use opcua::types::{DataTypeId, StatusCode, Variant};

/// Jobs that it holds.
const PLACES: usize = 8;

/// See the module.
pub(super) struct MethodLabeler {
    printer: Printer,
}

impl MethodLabeler {
    /// The labeler of this line.
    pub(super) fn new(devices: Shared) -> Self {
        Self { printer: Printer::new(devices) }
    }

    fn store(&self, arguments: &[Variant]) -> Answer {
        let [
            Variant::String(gtin),
            Variant::String(lot),
            Variant::String(expiry),
            Variant::UInt16(national_ai),
            Variant::String(national),
        ] = arguments
        else {
            return Err(StatusCode::BadInvalidArgument);
        };
        self.printer.set(&Fixed {
            gtin: gtin.to_string(),
            lot: lot.to_string(),
            expiry: expiry.to_string(),
            national_ai: *national_ai,
            national: national.to_string(),
        });
        Ok(vec![Variant::Int32(0)])
    }

    fn print(&self, arguments: &[Variant]) -> Answer {
        let [Variant::String(serial)] = arguments else {
            return Err(StatusCode::BadInvalidArgument);
        };
        let done = self.printer.queued() < PLACES && self.printer.print(serial.as_ref());
        Ok(vec![Variant::Int32(if done { 0 } else { -1 })])
    }

    fn status(&self) -> Vec<Variant> {
        let status = self.printer.status();
        let state = match status.fault {
            LabelerFault::WebBreak => 9,
            _ => 2,
        };
        vec![
            Variant::Int32(state),
            Variant::UInt32(self.printer.queued() as u32),
            Variant::UInt32(status.printed_total),
        ]
    }
}

const RESULT: &[(&str, DataTypeId)] = &[("Result", DataTypeId::Int32)];

impl Space for MethodLabeler {
    fn name(&self) -> &'static str {
        "labeler-methods"
    }

    fn namespace_uri(&self) -> &'static str {
        "urn:example:method-printer"
    }

    fn tags(&self) -> Vec<Tag> {
        Vec::new()
    }

    fn deeds(&self) -> Vec<Deed> {
        use DataTypeId as T;
        vec![
            Deed {
                path: "PrintEngine.StoreMessage",
                inputs: &[
                    ("Gtin", T::String),
                    ("Lot", T::String),
                    ("Expiry", T::String),
                    ("NationalAi", T::UInt16),
                    ("National", T::String),
                ],
                outputs: RESULT,
            },
            Deed {
                path: "PrintEngine.PrintPrd",
                inputs: &[("Serial", T::String)],
                outputs: RESULT,
            },
            Deed { path: "PrintEngine.StopPrinting", inputs: &[], outputs: RESULT },
            Deed {
                path: "PrintEngine.GetStatusInformation",
                inputs: &[],
                outputs: &[("State", T::Int32), ("Queued", T::UInt32), ("Printed", T::UInt32)],
            },
        ]
    }

    fn read(&self, _path: &str) -> Variant {
        Variant::Empty
    }

    fn write(&self, _path: &str, _value: &Variant) -> Result<(), StatusCode> {
        Err(StatusCode::BadNotWritable)
    }

    fn call(&self, path: &str, arguments: &[Variant]) -> Answer {
        match path {
            "PrintEngine.StoreMessage" => self.store(arguments),
            "PrintEngine.PrintPrd" => self.print(arguments),
            "PrintEngine.StopPrinting" => {
                self.printer.clear();
                Ok(vec![Variant::Int32(0)])
            }
            "PrintEngine.GetStatusInformation" => Ok(self.status()),
            _ => Err(StatusCode::BadMethodInvalid),
        }
    }
}
