//! The attacks: from the serials seen, predictions of the next ones.

use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};

use crate::algebra::{continue_bits, gcd, inverse};
use crate::lattice::{self, Shown};
use crate::weak::Shape;

/// What the attacker has.
pub struct Seen {
    /// The format, always known.
    pub shape: Shape,
    /// Symbol values of consecutive serials.
    pub serials: Vec<Vec<u64>>,
}

impl Seen {
    fn values(&self) -> Vec<i128> {
        self.serials.iter().map(|s| self.shape.value(s)).collect()
    }
}

/// What the attacker claims about a serial to come.
pub enum Prediction {
    /// The serial as a number.
    Value(i128),
    /// The low `bits` bits of every symbol.
    LowBits(u32, Vec<u64>),
}

impl Prediction {
    /// Whether `serial` is what was claimed.
    pub fn matches(&self, shape: Shape, serial: &[u64]) -> bool {
        match self {
            Self::Value(value) => shape.value(serial) == *value,
            Self::LowBits(bits, symbols) => {
                let mask = (1 << bits) - 1;
                serial.iter().zip(symbols).all(|(s, p)| s & mask == p & mask)
            }
        }
    }
}

type Attack = fn(&Seen) -> Vec<Prediction>;

/// Name of the attack on poor seeds, which is planted with our own generator.
pub const SMALL_SEED: &str = "small_seed";

/// Every attack by name.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("lfsr_columns", lfsr_columns),
    ("lfsr_stream", lfsr_stream),
    ("lcg_known_modulus", lcg_known_modulus),
    ("lcg_unknown_modulus", lcg_unknown_modulus),
    ("truncated_lcg_low_bits", truncated_lcg_low_bits),
    ("truncated_lcg_lattice", truncated_lcg_lattice),
    ("differences", differences),
    ("symbol_differences", symbol_differences),
    ("period", period),
    (SMALL_SEED, small_seeds),
];

/// Berlekamp-Massey on each bit of the serial as a number.
fn lfsr_columns(seen: &Seen) -> Vec<Prediction> {
    let values = seen.values();
    let next_bit = |bit: u32| {
        let column: Vec<u8> = values.iter().map(|v| (v >> bit & 1) as u8).collect();
        i128::from(continue_bits(&column, 1)[0]) << bit
    };
    vec![Prediction::Value((0..62).map(next_bit).sum())]
}

/// Berlekamp-Massey on the low bits of all symbols as one stream.
fn lfsr_stream(seen: &Seen) -> Vec<Prediction> {
    const STREAM_BITS_MAX: usize = 3_000;
    let width = seen.shape.size.ilog2();
    let bits_of = |s: &u64| {
        let symbol = *s;
        (0..width).rev().map(move |bit| (symbol >> bit & 1) as u8)
    };
    let stream: Vec<u8> = seen.serials.iter().flatten().flat_map(bits_of).collect();
    let tail = &stream[stream.len().saturating_sub(STREAM_BITS_MAX)..];
    let next = continue_bits(tail, seen.shape.length * width as usize);
    let symbol = |bits: &[u8]| bits.iter().fold(0, |s, bit| s << 1 | u64::from(*bit));
    let symbols = next.chunks(width as usize).map(symbol).collect();
    vec![Prediction::LowBits(width, symbols)]
}

/// The factor from three values, checked against all, for one modulus. Differences follow
/// `t[i+1] = factor t[i]`; where they share a divisor with the modulus, the factor is known up to
/// that divisor, and that is enough.
fn lcg_next(values: &[i128], modulus: i128) -> Option<Prediction> {
    if values.iter().any(|v| *v >= modulus) {
        return None;
    }
    let steps: Vec<i128> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let shared = |t: &[i128]| gcd(t[0], modulus);
    let best = steps.windows(2).min_by_key(|t| shared(t))?;
    let divisor = shared(best);
    let rest = modulus / divisor;
    let factor = best[1] / divisor % rest * inverse(best[0] / divisor, rest)?;
    let next = |t: i128| (t * factor.rem_euclid(rest)).rem_euclid(modulus);
    let holds = |t: &[i128]| next(t[0]) == t[1].rem_euclid(modulus);
    let next_value = (values.last()? + next(*steps.last()?)) % modulus;
    steps.windows(2).all(holds).then_some(Prediction::Value(next_value))
}

/// A full LCG whose modulus is the space or a usual one.
fn lcg_known_modulus(seen: &Seen) -> Vec<Prediction> {
    let values = seen.values();
    let usual = [31, 32, 48, 59, 60, 61].map(|bits| 1_i128 << bits);
    let primes = [(1 << 31) - 1, (1 << 61) - 1];
    let moduli = usual.into_iter().chain(primes).chain([seen.shape.space()]);
    moduli.filter_map(|modulus| lcg_next(&values, modulus)).collect()
}

/// A full LCG with secret modulus: it divides `t[i] t[i+2] - t[i+1]^2` of the differences. What
/// all differences share comes out as a further factor; it is small and found by trying.
fn lcg_unknown_modulus(seen: &Seen) -> Vec<Prediction> {
    let values = seen.values();
    let steps: Vec<i128> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let multiple = steps.windows(3).fold(0, |m, t| gcd(m, t[0] * t[2] - t[1] * t[1]));
    let divisors = (1..10_000).filter(|d| multiple > *d && multiple % d == 0);
    let moduli = divisors.map(|d| multiple / d).filter(|m| *m < 1 << 62);
    moduli.filter_map(|modulus| lcg_next(&values, modulus)).take(1).collect()
}

/// `rand()` of C (32-bit LCG, bits 16 to 30, modulo the alphabet): symbols of an even alphabet
/// show low bits that depend on few bits of the state, found by trying all.
fn truncated_lcg_low_bits(seen: &Seen) -> Vec<Prediction> {
    let shown = seen.shape.size.trailing_zeros();
    if shown == 0 {
        return Vec::new();
    }
    let step = |state: u32| state.wrapping_mul(214_013).wrapping_add(2_531_011);
    let mask = (1 << shown) - 1;
    let symbol = |state: u32| u64::from(state >> 16) & mask;
    let symbols: Vec<u64> = seen.serials.iter().flatten().map(|s| s & mask).collect();
    let run = |first: u32| {
        let mut state = first;
        for shown in &symbols {
            if symbol(state) != *shown {
                return None;
            }
            state = step(state);
        }
        Some(state)
    };
    let low = (0..1_u32 << 16).map(|low| low | (symbols[0] as u32) << 16);
    let predict = |mut state: u32| {
        let mut next = Vec::new();
        for _ in 0..seen.shape.length {
            next.push(symbol(state));
            state = step(state);
        }
        Prediction::LowBits(shown, next)
    };
    low.filter_map(run).map(predict).collect()
}

/// The top digits of a 64-bit LCG with known constants; a serial shows one state or, as our own
/// draw does, two.
fn truncated_lcg_lattice(seen: &Seen) -> Vec<Prediction> {
    [1, 2].iter().filter_map(|states| lattice_next(seen, *states)).collect()
}

fn lattice_next(seen: &Seen, states: usize) -> Option<Prediction> {
    let Shape { size, length } = seen.shape;
    let chunk = length.div_ceil(states);
    let outcomes = |symbols: usize| u128::from(size).pow(symbols as u32);
    let of_chunk = |symbols: &[u64]| Shown {
        value: symbols.iter().fold(0, |value, s| value * size + s),
        outcomes: outcomes(symbols.len()),
    };
    let chunks = seen.serials.iter().flat_map(|serial| serial.chunks(chunk));
    let mut state = lattice::last_state(&chunks.map(of_chunk).collect::<Vec<_>>())?;
    let mut next = 0;
    for part in seen.serials.first()?.chunks(chunk) {
        state = lattice::step(state);
        let outcomes = outcomes(part.len());
        next = next * outcomes as i128 + i128::from(Shown::of(state, outcomes).value);
    }
    Some(Prediction::Value(next))
}

/// Extrapolation by differences of order 0 to 4.
fn differences(seen: &Seen) -> Vec<Prediction> {
    let values = seen.values();
    let space = seen.shape.space();
    let mut row = values.clone();
    let mut next = 0;
    let mut predictions = Vec::new();
    for _ in 0..=4 {
        next += row[row.len() - 1];
        predictions.push(Prediction::Value(next.rem_euclid(space)));
        row = row.windows(2).map(|w| w[1] - w[0]).collect();
    }
    predictions
}

/// Each place of the serial counts on its own.
fn symbol_differences(seen: &Seen) -> Vec<Prediction> {
    let [.., before, last] = &seen.serials[..] else {
        return Vec::new();
    };
    let size = seen.shape.size;
    let next = |(a, b): (&u64, &u64)| (2 * b + size - a) % size;
    let symbols: Vec<u64> = before.iter().zip(last).map(next).collect();
    vec![Prediction::Value(seen.shape.value(&symbols))]
}

/// What has been comes again.
fn period(seen: &Seen) -> Vec<Prediction> {
    seen.values().into_iter().map(Prediction::Value).collect()
}

/// How many seeds [`SMALL_SEED`] tries; as with a clock or a process number.
pub const SMALL_SEEDS: u64 = 5_000;

/// A seed of 32 bytes that holds one small number.
pub fn small_seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

/// Our own generator with each small seed: the digits, to compare with what was seen.
fn small_seeds(seen: &Seen) -> Vec<Prediction> {
    let Shape { size, length } = seen.shape;
    let alphabet = match size {
        10 => Alphabet::numeric(),
        30 => Alphabet::safe30(),
        _ => return Vec::new(),
    };
    let Ok(format) = SerialFormat::new(length as u8, alphabet) else {
        return Vec::new();
    };
    let value = |b: &u8| alphabet.symbols().iter().position(|s| s == b).unwrap_or(0) as u64;
    let predict = |number| {
        let mut source = SerialDraw::new(small_seed(number), format);
        let mut draw = || -> Vec<u64> { source.draw().as_bytes().iter().map(value).collect() };
        let equal = seen.serials.iter().all(|serial| draw() == *serial);
        equal.then(|| Prediction::Value(seen.shape.value(&draw())))
    };
    (0..SMALL_SEEDS).filter_map(predict).collect()
}
