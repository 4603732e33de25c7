//! A labeler with a register map that nobody ships: other addresses, byte order, word order, four
//! tables, a counter for jobs, a toggle for headers, a pulse to empty it. Modbus TCP by hand.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places for jobs.
const PLACES: usize = 2;

/// What its memory holds.
#[derive(Default)]
pub struct Memory {
    /// Holding registers from 8192 on.
    holding: Vec<u16>,
    coils: [bool; 8],
    /// Answers to the counter of jobs, the toggle of headers, the pulse to empty.
    job_ack: u16,
    header_ack: bool,
    cleared: bool,
    /// Serial numbers that wait.
    pub queue: Vec<String>,
    /// Every serial number that it ever took.
    pub taken: Vec<String>,
    /// Product code and lot of the header in force.
    pub header: (String, String),
}

/// Its profile, as an integrator would write it from the manual.
pub const PROFILE: &str = r#"
format = 1
kind = "labeler-registers"
name = "Invented labeler"
unit_id = 17

[labeler]
slots = 2

[labeler.header]
write = { product = "{gtin}", batch = "{lot}" }
handshake = { kind = "toggle", strobe = "new_header", ack = "header_taken" }

[labeler.job]
write = { serial = "{serial}" }
handshake = { kind = "counter", strobe = "job_number", ack = "job_taken" }

[labeler.clear]
handshake = { kind = "pulse", strobe = "empty", ack = "emptied" }

[labeler.status]
queued = "waiting"
printed = "total"
fault = "state"

[labeler.meanings.state]
numbers = { 7 = 0 }
otherwise = 1

[points]
product = { address = 8192, as = "text", registers = 7, bytes = "low-first", pad = "space" }
batch = { address = 8199, as = "text", registers = 10, bytes = "low-first", pad = "space" }
serial = { address = 8220, as = "text", registers = 10, bytes = "low-first", pad = "space" }
job_number = { address = 8240, as = "u16" }
new_header = { address = 4, table = "coil", as = "bit" }
empty = { address = 3, table = "coil", as = "bit" }
header_taken = { address = 10, table = "discrete", as = "bit" }
emptied = { address = 9, table = "discrete", as = "bit" }
job_taken = { address = 30, table = "input", as = "u16" }
waiting = { address = 40, table = "input", as = "u16" }
total = { address = 41, table = "input", as = "u32", words = "low-first" }
state = { address = 50, table = "input", as = "u16" }
"#;

/// First holding register.
const BASE: u16 = 8192;

impl Memory {
    /// Characters of registers, low byte first, without the spaces behind.
    fn text(&self, address: u16, registers: usize) -> String {
        let from = usize::from(address - BASE);
        let words = &self.holding[from..from + registers];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }

    fn scan(&mut self) {
        if self.coils[4] != self.header_ack {
            self.header = (self.text(8192, 7), self.text(8199, 10));
            self.header_ack = self.coils[4];
        }
        if self.coils[3] && !self.cleared {
            self.queue.clear();
        }
        self.cleared = self.coils[3];
        let job = self.holding[usize::from(8240 - BASE)];
        if job != self.job_ack && self.queue.len() < PLACES {
            let serial = self.text(8220, 10);
            self.queue.push(serial.clone());
            self.taken.push(serial);
            self.job_ack = job;
        }
    }

    fn input(&self, address: u16) -> u16 {
        match address {
            30 => self.job_ack,
            40 => self.queue.len() as u16,
            50 => 7,
            _ => 0,
        }
    }

    /// The answer to a request without its header; an exception for what it has not.
    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let word = |at: usize| u16::from_be_bytes([request[at], request[at + 1]]);
        let (code, address, count) = (request[0], word(1), word(3));
        let mut answer = vec![code];
        match code {
            2 => {
                let bit = |n: u16| u8::from([self.cleared, self.header_ack][usize::from(n - 9)]);
                let bits = (address..address + count).rev().fold(0, |byte, n| byte << 1 | bit(n));
                answer.extend([1, bits]);
            }
            4 => {
                answer.push((count * 2) as u8);
                let words = (address..address + count).flat_map(|n| self.input(n).to_be_bytes());
                answer.extend(words);
            }
            15 => {
                for n in 0..count {
                    let bit = request[6 + usize::from(n / 8)] >> (n % 8) & 1;
                    self.coils[usize::from(address + n)] = bit == 1;
                }
                answer.extend(&request[1..5]);
            }
            16 => {
                for n in 0..count {
                    let at = usize::from(address - BASE + n);
                    self.holding[at] = word(6 + 2 * usize::from(n));
                }
                answer.extend(&request[1..5]);
            }
            _ => return vec![code | 0x80, 1],
        }
        self.scan();
        answer
    }
}

/// See the module; its thread ends with the test.
#[derive(Clone)]
pub struct Invented(Arc<Mutex<Memory>>);

impl Invented {
    /// Serves it on a free port.
    pub fn start() -> io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let memory = Memory { holding: vec![0; 64], ..Memory::default() };
        let device = Self(Arc::new(Mutex::new(memory)));
        let served = device.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                std::thread::spawn(move || served.serve(stream));
            }
        });
        Ok((device, address))
    }

    /// What it holds now.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        loop {
            let mut head = [0; 7];
            stream.read_exact(&mut head)?;
            let length = usize::from(u16::from_be_bytes([head[4], head[5]])) - 1;
            let mut request = vec![0; length];
            stream.read_exact(&mut request)?;
            let answer =
                if head[6] == 17 { self.memory().answer(&request) } else { vec![0x83, 11] };
            let length = (answer.len() as u16 + 1).to_be_bytes();
            head[4..6].copy_from_slice(&length);
            stream.write_all(&[&head[..], &answer].concat())?;
        }
    }
}
