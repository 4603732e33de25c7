//! What the flight recorder costs the line thread: each input of a recorded batch through the real
//! `Line`, without and with the push into the recorder's ring, while a recorder drains it into a
//! file as the service's does.
//!
//! The batch is one of `tests/recordings`. Candidates take turns; then the codec alone.

mod support;

use line_core::line::Line;
use packline::recordings::{Seen, Source, replay};
use recording::{Item, Reader, SegmentHeader, Timed, Writer};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::spread::Spread;
use support::table::{Table, ratio};
use support::{Done, Run, clock_ns, elapsed_ns};

const RING: usize = line_core::limits::RECORDER_RING;
const NAP: Duration = Duration::from_millis(20);
/// Rounds of each candidate.
const ROUNDS: usize = 30;
/// Inputs between two pauses: what the recorder takes in one nap at the highest rate.
const BURST: usize = 500;

/// A life of the core that was recorded.
struct Life {
    header: SegmentHeader,
    serials: Box<[codes::SerialNumber]>,
    inputs: Vec<Timed>,
}

fn life() -> Result<Life, Box<dyn std::error::Error>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let source =
        Source { files: vec![root.join("tests/recordings/holds-and-commands.rec")], ledger: None };
    let mut life = None;
    replay(&source, &mut |seen| match seen {
        Seen::Begin(header, serials) => {
            let (header, serials) = (header.clone(), serials.into());
            life = Some(Life { header, serials, inputs: Vec::new() });
        }
        Seen::Input(timed) => life.iter_mut().for_each(|life| life.inputs.push(*timed)),
        Seen::Output(..) => {}
    })?;
    life.ok_or_else(|| "the recording is empty".into())
}

/// Every input; its time in nanoseconds, with the push when there is a ring.
fn run(life: &Life, mut ring: Option<HeapProd<Timed>>, spans: &mut Vec<u64>) -> Done {
    let Life { header, serials, inputs } = life;
    let data = header.order.to_batch_data().ok_or("the header's order")?;
    let mut line = Line::new(header.line, data, serials.clone(), header.target, header.low_pool);
    for burst in inputs.chunks(BURST) {
        for timed in burst {
            let began = Instant::now();
            if let Some(ring) = &mut ring {
                ring.try_push(*timed).map_err(|_| "the ring is full")?;
            }
            line.handle(timed.now, timed.input);
            while let Some(output) = line.poll() {
                black_box(&output);
            }
            spans.push(elapsed_ns(began));
        }
        while ring.as_ref().is_some_and(|ring| ring.occupied_len() > RING / 2) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    Ok(())
}

/// As the service's recorder: look, encode, write, nap.
fn record(mut ring: HeapCons<Timed>) -> std::io::Result<()> {
    let mut file = tempfile::tempfile()?;
    let (mut writer, mut out) = (Writer::new(), Vec::new());
    loop {
        let over = !ring.write_is_held();
        while let Some(timed) = ring.try_pop() {
            writer.push(&timed, &mut out);
        }
        writer.flush(&mut out);
        file.write_all(&out)?;
        out.clear();
        if over {
            return Ok(());
        }
        std::thread::sleep(NAP);
    }
}

fn codec(life: &Life) -> Result<(f64, f64, f64), Box<dyn std::error::Error>> {
    let count = life.inputs.len() as f64;
    let (mut writer, mut out) = (Writer::new(), Vec::new());
    writer.begin(&life.header, None, &mut out);
    let before = out.len();
    let began = Instant::now();
    life.inputs.iter().for_each(|timed| writer.push(timed, &mut out));
    writer.flush(&mut out);
    let encode = elapsed_ns(began) as f64 / count;
    let began = Instant::now();
    let mut reader = Reader::new(&out)?;
    while let Some(item) = reader.next_item()? {
        if let Item::Inputs(inputs) = item {
            black_box(&inputs);
        }
    }
    Ok((encode, elapsed_ns(began) as f64 / count, (out.len() - before) as f64 / count))
}

fn main() -> Done {
    let run_of = Run::from_args();
    let life = life()?;
    let setting = format!(
        "{} inputs of a batch with holds, through the real `Line`; ring of {RING} of {} bytes. \
         Reading the clock, once in each figure: {} ns.",
        life.inputs.len(),
        size_of::<Timed>(),
        clock_ns(),
    );
    run_of.open("recorder_cost", &setting);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..run_of.scaled(ROUNDS) {
        run(&life, None, &mut without)?;
        let (push, pop) = HeapRb::new(RING).split();
        let recorder = std::thread::spawn(move || record(pop));
        run(&life, Some(push), &mut with)?;
        recorder.join().map_err(|_| "the recorder died")??;
    }
    let (without, with) = (Spread::new(without), Spread::new(with));
    let heads = [&["ns per input"][..], &Spread::HEAD, &["mean / without"]].concat();
    let mut table = Table::new(&heads);
    for (name, spread) in [("without", &without), ("with the recorder", &with)] {
        let cells = spread.cells(1.0, 0).into_iter();
        table.row(name, cells.chain([ratio(spread.mean(), without.mean())]));
    }
    table.print();
    let (encode, decode, bytes) = codec(&life)?;
    println!("Codec: {encode:.0} ns to write an input, {decode:.0} ns to read; {bytes:.2} bytes.");
    Ok(())
}
