//! A labeler whose tags are written and triggered over OPC UA, as its maker would have built it.
//!
//! `Printer.Label.*` is the same on every label and is taken when `Apply` becomes another number
//! than `Applied`; `Printer.Job.Serial` when `Trigger` becomes another number than `Taken` and one
//! of four places is free; `Printer.Queue.Clear` drops what waits, while it is true. It reads no
//! profile: that a profile describes it is what is tried.

use super::opcua::Answer;
use super::printer::{Fixed, Printer};
use super::tags::{Deed, Space, Tag};
use super::{Shared, held};
use contracts::labeler::LabelerFault;
use opcua::types::{DataTypeId, StatusCode, Variant};
use std::sync::Mutex;

/// Jobs that it holds.
const PLACES: usize = 4;

/// What was written, and what was obeyed. Lost with the device's power.
#[derive(Clone, Debug, Default)]
struct Memory {
    /// Of the labeler behind it.
    epoch: u32,
    fixed: Fixed,
    serial: String,
    apply: u16,
    applied: u16,
    trigger: u16,
    taken: u16,
    clear: bool,
    cleared: bool,
}

/// See the module.
pub(super) struct VariableLabeler {
    printer: Printer,
    memory: Mutex<Memory>,
}

impl VariableLabeler {
    /// The labeler of this line.
    pub(super) fn new(devices: Shared) -> Self {
        Self { printer: Printer::new(devices), memory: Mutex::default() }
    }

    /// One scan: takes a value, then obeys.
    fn scan<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> (Memory, T) {
        let mut memory = held(&self.memory);
        let epoch = self.printer.status().epoch;
        if memory.epoch != epoch {
            *memory = Memory { epoch, ..Memory::default() };
        }
        let outcome = act(&mut memory);
        if memory.apply != memory.applied {
            self.printer.set(&memory.fixed);
            memory.applied = memory.apply;
        }
        if memory.clear && !memory.cleared {
            self.printer.clear();
        }
        memory.cleared = memory.clear;
        if memory.trigger != memory.taken && self.printer.queued() < PLACES {
            self.printer.print(&memory.serial);
            memory.taken = memory.trigger;
        }
        (memory.clone(), outcome)
    }
}

impl Space for VariableLabeler {
    fn name(&self) -> &'static str {
        "labeler-variables"
    }

    fn namespace_uri(&self) -> &'static str {
        "urn:example:tag-printer"
    }

    fn tags(&self) -> Vec<Tag> {
        use DataTypeId as T;
        let tag = |path, data_type, writable| Tag { path, data_type, writable };
        vec![
            tag("Printer.Label.Gtin", T::String, true),
            tag("Printer.Label.Lot", T::String, true),
            tag("Printer.Label.Expiry", T::String, true),
            tag("Printer.Label.NationalAi", T::UInt16, true),
            tag("Printer.Label.National", T::String, true),
            tag("Printer.Label.Apply", T::UInt16, true),
            tag("Printer.Label.Applied", T::UInt16, false),
            tag("Printer.Job.Serial", T::String, true),
            tag("Printer.Job.Trigger", T::UInt16, true),
            tag("Printer.Job.Taken", T::UInt16, false),
            tag("Printer.Queue.Clear", T::Boolean, true),
            tag("Printer.Queue.Cleared", T::Boolean, false),
            tag("Printer.Queue.Length", T::UInt16, false),
            tag("Printer.Status.State", T::String, false),
            tag("Printer.Status.Boots", T::UInt32, false),
            tag("Printer.Count.Printed", T::UInt32, false),
            tag("Printer.Count.Applied", T::UInt32, false),
        ]
    }

    fn deeds(&self) -> Vec<Deed> {
        Vec::new()
    }

    fn read(&self, path: &str) -> Variant {
        let (memory, ()) = self.scan(|_| ());
        let status = self.printer.status();
        match path {
            "Printer.Label.Gtin" => Variant::from(memory.fixed.gtin),
            "Printer.Label.Lot" => Variant::from(memory.fixed.lot),
            "Printer.Label.Expiry" => Variant::from(memory.fixed.expiry),
            "Printer.Label.NationalAi" => Variant::from(memory.fixed.national_ai),
            "Printer.Label.National" => Variant::from(memory.fixed.national),
            "Printer.Label.Apply" => Variant::from(memory.apply),
            "Printer.Label.Applied" => Variant::from(memory.applied),
            "Printer.Job.Serial" => Variant::from(memory.serial),
            "Printer.Job.Trigger" => Variant::from(memory.trigger),
            "Printer.Job.Taken" => Variant::from(memory.taken),
            "Printer.Queue.Clear" => Variant::from(memory.clear),
            "Printer.Queue.Cleared" => Variant::from(memory.cleared),
            "Printer.Queue.Length" => Variant::from(self.printer.queued() as u16),
            "Printer.Status.State" => Variant::from(state(status.fault)),
            "Printer.Status.Boots" => Variant::from(status.epoch),
            "Printer.Count.Printed" => Variant::from(status.printed_total),
            "Printer.Count.Applied" => Variant::from(status.applied_total),
            _ => Variant::Empty,
        }
    }

    fn write(&self, path: &str, value: &Variant) -> Result<(), StatusCode> {
        let (_, taken) = self.scan(|memory| take(memory, path, value));
        taken
    }

    fn call(&self, _path: &str, _arguments: &[Variant]) -> Answer {
        Err(StatusCode::BadMethodInvalid)
    }
}

fn state(fault: LabelerFault) -> &'static str {
    match fault {
        LabelerFault::WebBreak => "WEB BREAK",
        LabelerFault::Empty => "NO JOB",
        _ => "READY",
    }
}

fn take(memory: &mut Memory, path: &str, value: &Variant) -> Result<(), StatusCode> {
    let text = |value: &Variant| match value {
        Variant::String(text) => Ok(text.to_string()),
        _ => Err(StatusCode::BadTypeMismatch),
    };
    let number = |value: &Variant| match value {
        Variant::UInt16(number) => Ok(*number),
        _ => Err(StatusCode::BadTypeMismatch),
    };
    match path {
        "Printer.Label.Gtin" => memory.fixed.gtin = text(value)?,
        "Printer.Label.Lot" => memory.fixed.lot = text(value)?,
        "Printer.Label.Expiry" => memory.fixed.expiry = text(value)?,
        "Printer.Label.NationalAi" => memory.fixed.national_ai = number(value)?,
        "Printer.Label.National" => memory.fixed.national = text(value)?,
        "Printer.Label.Apply" => memory.apply = number(value)?,
        "Printer.Job.Serial" => memory.serial = text(value)?,
        "Printer.Job.Trigger" => memory.trigger = number(value)?,
        "Printer.Queue.Clear" => match value {
            Variant::Boolean(clear) => memory.clear = *clear,
            _ => return Err(StatusCode::BadTypeMismatch),
        },
        _ => return Err(StatusCode::BadNotWritable),
    }
    Ok(())
}
