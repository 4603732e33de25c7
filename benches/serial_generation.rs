//! What a serial number costs, beside what it is made of.
//!
//! `SerialDraw` beside the raw ChaCha20 words that it takes, and beside asking the operating system
//! for as many bytes for each serial. Whole orders (`draw_distinct`) show what it costs to see that
//! no two are alike.

mod support;

use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::hint::black_box;
use std::time::Instant;
use support::batch;
use support::spread::Spread;
use support::table::{Table, ratio};
use support::{Done, Run, elapsed_ns};

/// Serials between two readings of the clock.
const BLOCK: usize = 100;
/// Blocks of each candidate; the candidates take turns.
const BLOCKS: usize = 5_000;
/// Serials of an order.
const ORDER: usize = 1_000_000;
/// Random bytes that a serial takes: two 64-bit words.
const BYTES: usize = 16;

/// Per serial, in picoseconds, so that the mean of a block keeps its fractions.
fn block(spans: &mut Vec<u64>, mut one: impl FnMut()) {
    let started = Instant::now();
    (0..BLOCK).for_each(|_| one());
    spans.push(elapsed_ns(started) * 1_000 / BLOCK as u64);
}

fn single(run: Run) -> Done {
    let short = SerialFormat::new(12, Alphabet::numeric())?;
    let mut long_draw = SerialDraw::new(batch::SEED, batch::format()?);
    let mut short_draw = SerialDraw::new(batch::SEED, short);
    let mut raw = ChaCha20Rng::from_seed(batch::SEED);
    let mut failed = None;
    let blocks = run.scaled(BLOCKS);
    let [mut long, mut brief, mut words, mut system] = [(); 4].map(|()| Vec::with_capacity(blocks));
    for _ in 0..blocks {
        block(&mut long, || {
            black_box(long_draw.draw());
        });
        block(&mut brief, || {
            black_box(short_draw.draw());
        });
        block(&mut words, || {
            black_box([raw.next_u64(), raw.next_u64()]);
        });
        block(&mut system, || {
            let mut bytes = [0_u8; BYTES];
            failed = failed.or(getrandom::fill(&mut bytes).err());
            black_box(bytes);
        });
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    let [long, brief, words, system] = [long, brief, words, system].map(Spread::new);
    let limit = words.at(0.5) as f64;
    let mut table = Table::new(&heads("p50 / raw words"));
    let rows = [
        ("draw: 20 characters of 30", &long),
        ("draw: 12 digits", &brief),
        ("limit: two words of ChaCha20", &words),
        ("peer: 16 bytes of the system for each", &system),
    ];
    for (name, spread) in rows {
        let mut cells = spread.cells(1_000.0, 1);
        cells.push(ratio(spread.at(0.5) as f64, limit));
        table.row(name, cells);
    }
    println!("Nanoseconds per serial, over {blocks} blocks of {BLOCK} in turns:\n");
    table.print();
    Ok(())
}

fn heads(last: &'static str) -> Vec<&'static str> {
    let mut heads = vec![""];
    heads.extend(Spread::HEAD);
    heads.push(last);
    heads
}

fn order(run: Run) -> Done {
    let count = run.scaled(ORDER);
    let mut table = Table::new(&["whole order", "serials", "ns per serial", "of it distinctness"]);
    let started = Instant::now();
    let mut draw = SerialDraw::new(batch::SEED, batch::format()?);
    for _ in 0..count {
        black_box(draw.draw());
    }
    let plain = elapsed_ns(started) as f64 / count as f64;
    let started = Instant::now();
    let drawn = SerialDraw::new(batch::SEED, batch::format()?).draw_distinct(count, |_| false)?;
    let distinct = elapsed_ns(started) as f64 / count as f64;
    let share = format!("{:.0} %", 100.0 * (1.0 - plain / distinct));
    table.row("draw", [count.to_string(), format!("{plain:.0}"), "-".to_owned()]);
    table.row("draw_distinct", [drawn.len().to_string(), format!("{distinct:.0}"), share]);
    table.print();
    Ok(())
}

fn main() -> Done {
    let run = Run::from_args();
    run.open("serial_generation", "One thread; seed 42. No transport, no camera.");
    single(run)?;
    order(run)
}
