//! What the decision core costs per pack, by the number of packs on the belt and by kind of input.
//!
//! Beside it, in the same run and on the same packs: SHA-256 of the pack's code, a hash map's
//! insert and remove, and the mere copying of the inputs and outputs, which no core with this
//! interface can go below. No camera and no transport: the inputs come from a tape. Must never
//! allocate in the timed loop, and says when it does.

mod support;

use contracts::line_io::{Channel, Edge};
use contracts::packml::UnitState;
use line_core::event::{Input, Output};
use line_core::ids::Nanos;
use line_core::line::Line;
use line_core::record::Record;
use line_core::track::Slot;
use sha2::{Digest, Sha256};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use support::batch;
use support::belt::Belt;
use support::spread::Spread;
use support::table::{Table, ratio};
use support::{Done, Run, clock_ns, elapsed_ns};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Packs that are timed in one repetition.
const PACKS: usize = 4_000;
/// Repetitions, each on a fresh core; peers take turns with it.
const ROUNDS: usize = 5;
/// Packs per second that the line is laid out for; 10 is the shipped line.
const RATES: [f64; 4] = [10.0, 40.0, 160.0, 300.0];

/// One geometry's script.
struct Script {
    belt: Belt,
    /// Inputs until the belt is in its steady state, then those of each pack.
    tape: Vec<(Nanos, Input)>,
    /// First input of each timed pack, and the end.
    marks: Vec<usize>,
    on_belt: usize,
    outputs_per_pack: f64,
}

fn script(packs_per_s: f64, packs: usize) -> Result<Script, Box<dyn Error>> {
    let config = batch::line(packs_per_s)?;
    let filling = (config.exit_counts * 2 / batch::PITCH) as usize + 20;
    let mut belt = Belt::new(config, filling + packs, true)?;
    for _ in 0..filling {
        belt.step();
        if belt.line.unit_state() != UnitState::Execute {
            return Err(format!("the line holds: {:?}", belt.line.holds()).into());
        }
    }
    let on_belt = belt.line.in_process();
    let before = (belt.outputs, belt.line.line_commissioned());
    let mut marks = Vec::with_capacity(packs + 1);
    for _ in 0..packs {
        marks.push(belt.tape.as_ref().map_or(0, Vec::len));
        belt.step();
    }
    let tape = belt.tape.take().unwrap_or_default();
    marks.push(tape.len());
    let good = belt.line.line_commissioned() - before.1;
    if belt.line.overflowed() || (good as usize) < packs * 9 / 10 {
        return Err(format!("{good} of {packs} packs went through: {:?}", belt.line.holds()).into());
    }
    let outputs_per_pack = (belt.outputs - before.0) as f64 / packs as f64;
    Ok(Script { belt, tape, marks, on_belt, outputs_per_pack })
}

fn give(line: &mut Line, (now, input): (Nanos, Input)) {
    line.handle(now, input);
    while let Some(output) = line.poll() {
        black_box(&output);
    }
}

impl Script {
    /// A fresh core in the steady state.
    fn warm(&self) -> Box<Line> {
        let mut line = self.belt.fresh_line();
        self.tape[..self.marks[0]].iter().for_each(|&step| give(&mut line, step));
        line
    }

    /// Times each pack; also says how often the heap was asked.
    fn core(&self, spans: &mut Vec<u64>) -> usize {
        let mut line = self.warm();
        let heap = Region::new(HEAP);
        for pack in self.marks.windows(2) {
            let started = Instant::now();
            self.tape[pack[0]..pack[1]].iter().for_each(|&step| give(&mut line, step));
            spans.push(elapsed_ns(started));
        }
        let asked = heap.change();
        asked.allocations + asked.reallocations + asked.deallocations
    }

    fn sha(&self, spans: &mut Vec<u64>) -> Result<(), Box<dyn Error>> {
        let data = batch::data()?;
        let numbers = self.belt.numbers().iter().take(self.marks.len() - 1);
        let codes: Vec<_> = numbers.map(|number| batch::code(&data, number)).collect();
        for code in &codes {
            let started = Instant::now();
            black_box(Sha256::digest(black_box(code.as_bytes())));
            spans.push(elapsed_ns(started));
        }
        Ok(())
    }

    /// A map with as many packs as are on the belt: one comes, the oldest goes.
    fn map(&self, spans: &mut Vec<u64>) {
        let numbers = self.belt.numbers();
        let mut map = HashMap::with_capacity(2 * self.on_belt + 16);
        for (i, number) in numbers.iter().take(self.marks.len() - 1).enumerate() {
            let started = Instant::now();
            black_box(map.insert(*number, i));
            if let Some(oldest) = i.checked_sub(self.on_belt) {
                black_box(map.remove(&numbers[oldest]));
            }
            spans.push(elapsed_ns(started));
        }
    }

    /// Each input and each output is copied once.
    fn copies(&self, spans: &mut Vec<u64>, output: &Output) {
        let outputs = self.outputs_per_pack.round() as usize;
        for pack in self.marks.windows(2) {
            let started = Instant::now();
            for step in &self.tape[pack[0]..pack[1]] {
                black_box(*step);
            }
            (0..outputs).for_each(|_| {
                black_box(*black_box(output));
            });
            spans.push(elapsed_ns(started));
        }
    }
}

fn kind(input: &Input) -> &'static str {
    match input {
        Input::LineIoEvent { edge: Edge::Falling, .. } => "edge, falling",
        Input::LineIoEvent { channel, .. } => match channel {
            Channel::Infeed => "edge, infeed",
            Channel::Applied => "edge, applied",
            Channel::CameraEye => "edge, camera eye",
            Channel::CameraTrigger => "edge, camera trigger",
            Channel::Gate => "edge, gate",
            Channel::Exit => "edge, exit",
            Channel::EjectConfirm => "edge, eject confirm",
            Channel::TextCheck
            | Channel::CartonCode
            | Channel::TamperEvident
            | Channel::Checkweigher => "strobe of a station",
        },
        Input::LineIoSample { .. } => "line-I/O sample",
        Input::LabelerStatus(_) => "labeler report",
        Input::CameraResult(_) => "camera result",
        Input::StationResult(_) => "station result",
        Input::Watermark(_) => "watermark",
        _ => "other",
    }
}

/// Median of each kind of input, less the clock.
fn by_kind(script: &Script, clock: u64) -> HashMap<&'static str, u64> {
    let mut line = script.warm();
    let mut spans: HashMap<&'static str, Vec<u64>> = HashMap::new();
    for &step in &script.tape[script.marks[0]..] {
        let started = Instant::now();
        give(&mut line, step);
        spans.entry(kind(&step.1)).or_default().push(elapsed_ns(started));
    }
    let median = |spans: Vec<u64>| Spread::new(spans).at(0.5).saturating_sub(clock);
    spans.into_iter().map(|(kind, spans)| (kind, median(spans))).collect()
}

fn per_pack(scripts: &[Script], run: Run) -> Done {
    let mut heads = vec!["packs on the belt", "inputs", "outputs"];
    heads.extend(Spread::HEAD);
    heads.extend(["p50 / SHA-256", "p50 / map", "p50 / copies", "heap"]);
    let mut table = Table::new(&heads);
    for script in scripts {
        let rounds = run.scaled(ROUNDS * 10).min(ROUNDS);
        let room = rounds * script.marks.len();
        let [mut core, mut sha, mut map, mut copies] = [(); 4].map(|()| Vec::with_capacity(room));
        let mut asked = 0;
        let output = Output::LineIoOutputs { bits: 0 };
        for _ in 0..rounds {
            asked += script.core(&mut core);
            script.sha(&mut sha)?;
            script.map(&mut map);
            script.copies(&mut copies, &output);
        }
        let packs = (script.marks.len() - 1) as f64;
        let inputs = (script.tape.len() - script.marks[0]) as f64 / packs;
        let [core, sha, map, copies] = [core, sha, map, copies].map(Spread::new);
        let median = core.at(0.5) as f64;
        let mut cells = vec![format!("{inputs:.1}"), format!("{:.1}", script.outputs_per_pack)];
        cells.extend(core.cells(1.0, 0));
        cells.extend([&sha, &map, &copies].map(|peer| ratio(median, peer.at(0.5) as f64)));
        cells.push(asked.to_string());
        table.row(&format!("{}", script.on_belt), cells);
        let named = [("SHA-256 of the code", sha), ("map", map), ("copies", copies)];
        for (name, peer) in named {
            let blank = [String::new(), String::new()];
            table.row(&format!("- {name}"), blank.into_iter().chain(peer.cells(1.0, 0)));
        }
    }
    println!("Nanoseconds per pack; `heap` counts allocations, frees and reallocations:\n");
    table.print();
    Ok(())
}

fn by_input(scripts: &[Script], clock: u64) {
    let belts: Vec<String> = scripts.iter().map(|s| format!("{} packs", s.on_belt)).collect();
    let heads: Vec<&str> =
        std::iter::once("input").chain(belts.iter().map(String::as_str)).collect();
    let mut table = Table::new(&heads);
    let found: Vec<_> = scripts.iter().map(|script| by_kind(script, clock)).collect();
    let mut kinds: Vec<&str> = found.iter().flat_map(|f| f.keys().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let cell = |f: &HashMap<&str, u64>| f.get(kind).map_or("-".to_owned(), u64::to_string);
        table.row(kind, found.iter().map(cell));
    }
    println!("Nanoseconds per input (p50, less the clock), by packs on the belt:\n");
    table.print();
}

fn main() -> Done {
    let run = Run::from_args();
    let setting = "The real `Line`, scripted: no transport, no camera, virtual ledger (the \
                   watermark is one pack behind); pitch 120 mm, every 50th pack without a \
                   code; seed 42.";
    run.open("core_per_pack", setting);
    let clock = clock_ns();
    println!(
        "Bytes: `Input` {}, `Output` {}, `Record` {}, `Slot` {}, `Line` {}. Reading the clock, \
         once in each figure: {clock} ns.\n",
        size_of::<Input>(),
        size_of::<Output>(),
        size_of::<Record>(),
        size_of::<Slot>(),
        size_of::<Line>(),
    );
    let packs = run.scaled(PACKS);
    let scripts: Vec<Script> =
        RATES.into_iter().map(|rate| script(rate, packs)).collect::<Result<_, _>>()?;
    per_pack(&scripts, run)?;
    by_input(&scripts, clock);
    Ok(())
}
