//! Weak generators, planted so that the attacks can be seen to work. Never for use.

/// Alphabet size and length of the serials under attack.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Characters of the alphabet.
    pub size: u64,
    /// Characters of a serial.
    pub length: usize,
}

impl Shape {
    /// A shape whose space is below 2^62, so that products fit into 128 bits.
    pub const fn new(size: u64, length: usize) -> Self {
        Self { size, length }
    }

    /// Number of different serials.
    pub fn space(self) -> i128 {
        i128::from(self.size).pow(self.length as u32)
    }

    /// A serial as a number, first symbol most significant.
    pub fn value(self, symbols: &[u64]) -> i128 {
        let size = i128::from(self.size);
        symbols.iter().fold(0, |value, s| value * size + i128::from(*s))
    }

    /// The serial of a number.
    pub fn symbols(self, mut value: i128) -> Vec<u64> {
        let mut symbols = vec![0; self.length];
        for symbol in symbols.iter_mut().rev() {
            *symbol = (value % i128::from(self.size)) as u64;
            value /= i128::from(self.size);
        }
        symbols
    }
}

type Generate = fn(Shape, u64, usize) -> Vec<Vec<u64>>;

const NUMERIC: Shape = Shape::new(10, 18);
const SAFE: Shape = Shape::new(30, 12);
const BASE_32: Shape = Shape::new(32, 12);
const HEX_8: Shape = Shape::new(16, 8);
const HEX_12: Shape = Shape::new(16, 12);

/// Name, shape, the attack that must break it, the generator.
pub const WEAK: &[(&str, Shape, &str, Generate)] = &[
    ("lfsr, state printed", NUMERIC, "lfsr_columns", lfsr_state),
    ("lfsr, state printed, 30", SAFE, "lfsr_columns", lfsr_state),
    ("xorshift64", BASE_32, "lfsr_columns", xorshift),
    ("lfsr, bit stream", BASE_32, "lfsr_stream", lfsr_stream),
    ("lcg modulo the space", NUMERIC, "lcg_known_modulus", lcg_space),
    ("lcg modulo the space, 30", SAFE, "lcg_known_modulus", lcg_space),
    ("lcg modulo the space, 32", BASE_32, "lcg_known_modulus", lcg_space),
    ("lcg, secret modulus", NUMERIC, "lcg_unknown_modulus", lcg_secret),
    ("lcg, secret modulus, 30", SAFE, "lcg_unknown_modulus", lcg_secret),
    ("rand() of C, 32", BASE_32, "truncated_lcg_low_bits", c_rand),
    ("rand() of C, 30", SAFE, "truncated_lcg_low_bits", c_rand),
    ("rand() of C, digits", NUMERIC, "truncated_lcg_low_bits", c_rand),
    ("top 32 of a 64-bit lcg", HEX_8, "truncated_lcg_lattice", lcg_top_bits),
    ("top 48 of a 64-bit lcg", HEX_12, "truncated_lcg_lattice", lcg_top_bits),
    ("our draw on a 64-bit lcg, 30", SAFE, "truncated_lcg_lattice", lcg_words),
    ("our draw on a 64-bit lcg", NUMERIC, "truncated_lcg_lattice", lcg_words),
    ("counter", NUMERIC, "differences", counter),
    ("quadratic counter", SAFE, "differences", quadratic),
    ("scrambled symbol counters", SAFE, "symbol_differences", symbol_counters),
    ("short period", NUMERIC, "period", short_period),
];

/// One 64-bit number from another (SplitMix64's finaliser): seeds for tests.
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn values(shape: Shape, count: usize, mut next: impl FnMut() -> i128) -> Vec<Vec<u64>> {
    (0..count).map(|_| shape.symbols(next() % shape.space())).collect()
}

/// Galois LFSR of 58 bits, taps and start from the seed.
fn lfsr(seed: u64) -> impl FnMut() -> u64 {
    let mask = (1 << 58) - 1;
    let taps = mix(seed) & mask | 1 << 57;
    let mut state = mix(seed + 1_000) & mask | 1;
    move || {
        state = (state >> 1) ^ (taps & (state & 1).wrapping_neg());
        state
    }
}

fn lfsr_state(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut state = lfsr(seed);
    values(shape, count, || i128::from(state()))
}

fn lfsr_stream(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut state = lfsr(seed);
    let mut symbol = || (0..5).fold(0, |bits, _| bits << 1 | state() & 1);
    (0..count).map(|_| (0..shape.length).map(|_| symbol()).collect()).collect()
}

fn xorshift(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut x = mix(seed) | 1;
    values(shape, count, || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        i128::from(x)
    })
}

fn lcg(shape: Shape, seed: u64, count: usize, modulus: i128) -> Vec<Vec<u64>> {
    let factor = i128::from(mix(seed)) % modulus / 60 * 60 + 1;
    let step = i128::from(mix(seed + 1_000)) % modulus / 10 * 10 + 1;
    let mut state = i128::from(mix(seed + 2_000)) % modulus;
    values(shape, count, || {
        state = (state * factor + step) % modulus;
        state
    })
}

fn lcg_space(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    lcg(shape, seed, count, shape.space())
}

fn lcg_secret(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let modulus = 100_000_000_000_000_003 + i128::from(mix(seed + 3_000) % 1_000_000_000) * 2;
    lcg(shape, seed, count, modulus)
}

fn c_rand(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut state = mix(seed) as u32;
    let mut symbol = || {
        state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
        u64::from(state >> 16 & 0x7FFF) % shape.size
    };
    (0..count).map(|_| (0..shape.length).map(|_| symbol()).collect()).collect()
}

fn lcg_top_bits(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let hidden = 64 - shape.space().ilog2();
    let mut state = mix(seed);
    values(shape, count, || {
        state = crate::lattice::step(state);
        i128::from(state >> hidden)
    })
}

/// Two states a serial, digits by multiplication: our own draw with the wrong generator.
fn lcg_words(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut state = mix(seed);
    let mut serial = || {
        let mut symbols = vec![0; shape.length];
        for chunk in symbols.chunks_mut(shape.length.div_ceil(2)) {
            state = crate::lattice::step(state);
            let mut fraction = state;
            for symbol in chunk {
                let product = u128::from(fraction) * u128::from(shape.size);
                *symbol = (product >> 64) as u64;
                fraction = product as u64;
            }
        }
        symbols
    };
    (0..count).map(|_| serial()).collect()
}

fn counter(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut state = i128::from(mix(seed));
    let stride = i128::from(mix(seed + 1_000) % 1_000 + 1);
    values(shape, count, || {
        state += stride;
        state
    })
}

fn quadratic(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let (start, stride) = (i128::from(mix(seed)), i128::from(mix(seed + 1_000)));
    let mut n = 0;
    values(shape, count, || {
        n += 1;
        start + stride * n + n * n
    })
}

fn symbol_counters(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let at = |n: usize, place: usize| {
        let key = mix(seed * 100 + place as u64);
        (key % 7_919 + n as u64 * (key >> 32)) % shape.size
    };
    (0..count).map(|n| (0..shape.length).map(|place| at(n, place)).collect()).collect()
}

fn short_period(shape: Shape, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let mut n = 0;
    values(shape, count, || {
        n = (n + 1) % 97;
        i128::from(mix(seed * 100 + n))
    })
}
