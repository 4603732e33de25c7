//! A labeler with plain registers and one slot, as its maker would have built it.
//!
//! Holding registers from 100: GTIN (7), lot (10), expiry (3), AI of the national number, national
//! number (10); serial number from 140 (10); 150: bit 0 job strobe, bit 1 header strobe, bit 2
//! clear strobe. Input registers from 0: bit 0 slot free, bits 1 to 3 answers to the strobes; 1
//! and 3: labels printed and applied (32 bits, low register first); 5: fault. A job is taken when
//! its strobe changes and the slot is free; header and clear while their strobes are 1. Served by
//! the Modbus server. It reads no profile: that a profile describes it is what is tried.

use super::Shared;
use super::modbus::{Answer, Registers, part};
use super::printer::{Fixed, Printer};
use std::sync::{Mutex, PoisonError};
use tokio_modbus::ExceptionCode;

const UNIT_ID: u8 = 1;
const BASE: u16 = 100;
const REGISTERS: usize = 51;
/// The word of strobes.
const STROBES: usize = 50;

/// Memory of the device: lost with its power.
#[derive(Clone, Debug)]
struct Memory {
    /// Of the labeler behind it.
    epoch: u32,
    holding: [u16; REGISTERS],
    /// Answers: job, header, clear.
    answers: [bool; 3],
}

/// See the module.
pub(super) struct PlainLabeler {
    printer: Printer,
    memory: Mutex<Memory>,
}

impl PlainLabeler {
    /// The labeler of this line.
    pub(super) fn new(devices: Shared) -> Self {
        let memory = Memory { epoch: 0, holding: [0; REGISTERS], answers: [false; 3] };
        Self { printer: Printer::new(devices), memory: Mutex::new(memory) }
    }

    /// One scan: obeys the strobes, then lays out the input registers.
    fn scan(&self, write: impl FnOnce(&mut [u16; REGISTERS])) -> [u16; 6] {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut status = self.printer.status();
        if status.epoch != memory.epoch {
            *memory = Memory { epoch: status.epoch, holding: [0; REGISTERS], answers: [false; 3] };
        }
        write(&mut memory.holding);
        let word = memory.holding[STROBES];
        let [job, header, clear] = [0, 1, 2].map(|bit| word >> bit & 1 == 1);
        if header && !memory.answers[1] {
            self.printer.set(&fixed(&memory.holding));
        }
        if clear && !memory.answers[2] {
            self.printer.clear();
        }
        (memory.answers[1], memory.answers[2]) = (header, clear);
        status = self.printer.status();
        if job != memory.answers[0] && self.printer.queued() == 0 {
            self.printer.print(&text(&memory.holding[40..50]));
            memory.answers[0] = job;
            status = self.printer.status();
        }
        let free = self.printer.queued() == 0;
        let bits = [free, memory.answers[0], memory.answers[1], memory.answers[2]];
        let bits = (0..).zip(bits).fold(0, |word, (bit, on)| word | u16::from(on) << bit);
        let [printed, applied] = [status.printed_total, status.applied_total];
        let (low, high) = (|n: u32| (n & 0xFFFF) as u16, |n: u32| (n >> 16) as u16);
        let fault = Printer::fault(&status);
        [bits, low(printed), high(printed), low(applied), high(applied), fault]
    }
}

fn fixed(holding: &[u16; REGISTERS]) -> Fixed {
    Fixed {
        gtin: text(&holding[..7]),
        lot: text(&holding[7..17]),
        expiry: text(&holding[17..20]),
        national_ai: holding[20],
        national: text(&holding[21..31]),
    }
}

/// Two characters a register, up to the first zero.
fn text(words: &[u16]) -> String {
    let bytes = words.iter().flat_map(|word| word.to_be_bytes());
    bytes.take_while(|&byte| byte != 0).map(char::from).collect()
}

impl Registers for PlainLabeler {
    fn unit_id(&self) -> u8 {
        UNIT_ID
    }

    fn read(&self, address: u16, count: u16) -> Answer {
        let mut holding = [0; REGISTERS];
        self.scan(|memory| holding = *memory);
        part(&holding, BASE, address, count)
    }

    fn read_input(&self, address: u16, count: u16) -> Answer {
        part(&self.scan(|_| ()), 0, address, count)
    }

    fn write(&self, address: u16, words: &[u16]) -> Answer {
        let from = address.checked_sub(BASE).map(usize::from);
        let range = from.map(|from| from..from + words.len()).filter(|r| r.end <= REGISTERS);
        let range = range.ok_or(ExceptionCode::IllegalDataAddress)?;
        self.scan(|holding| holding[range].copy_from_slice(words));
        Ok(Some(Vec::new()))
    }

    fn exchange(&self, _write: u16, _words: &[u16], _read: u16, _count: u16) -> Answer {
        Err(ExceptionCode::IllegalFunction)
    }
}
