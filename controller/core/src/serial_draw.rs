//! Draws serial numbers that nobody can predict.
//!
//! Called when an order is planned, by the authority of the product code only. Must never find a
//! seed of its own (the edge hands in 32 bytes from the operating system), never be seeded twice
//! with the same bytes, never be stored, and never show its state.
//!
//! The generator is ChaCha20 (RFC 8439), so that serials already seen do not help to guess others
//! (Delegated Regulation (EU) 2016/161, Art. 4(c)); an LFSR, an LCG or a counter fails there.
//! Several symbols come from one 64-bit word without bias, by multiplication and rejection
//! (Lemire 2019, ACM TOMACS 29(1); Brackett-Rozinsky and Lemire 2024).

use core::fmt;
use core::hash::BuildHasherDefault;
use std::collections::HashSet;
use std::hash::DefaultHasher;

use codes::{SERIAL_LEN_MAX, SerialNumber};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::serial_format::{Alphabet, SerialFormat};

/// Draws in a row that may hit a taken serial before a batch is given up. Under the guess rule a
/// single hit has a probability below 1 in 10,000.
const HITS_IN_A_ROW_MAX: u32 = 64;

/// Fixed keys: the set is only asked for membership, so its order never shows.
type Seen = HashSet<SerialNumber, BuildHasherDefault<DefaultHasher>>;

/// A source of serial numbers of one format. Neither Clone nor Copy: a copy would draw the same
/// serials again.
pub struct SerialDraw {
    random: ChaCha20Rng,
    format: SerialFormat,
    /// The first character when it is drawn from a line's share, else none.
    first: Chunk,
    chunks: [Chunk; CHUNKS_MAX],
}

/// 20 symbols of 82 take two words; longer alphabets do not exist.
const CHUNKS_MAX: usize = 2;

/// Symbols taken from one 64-bit word.
#[derive(Clone, Copy, Debug, Default)]
struct Chunk {
    symbols: usize,
    /// Words whose remainder lies below are refused: 2^64 modulo (alphabet size ^ symbols).
    refused_below: u64,
}

impl Chunk {
    fn new(symbols: usize, alphabet_size: u8) -> Self {
        let outcomes = u128::from(alphabet_size).saturating_pow(symbols as u32);
        debug_assert!(outcomes <= 1 << 64, "a chunk must fit one word");
        let refused_below = ((1_u128 << 64) % outcomes) as u64;
        Self { symbols, refused_below }
    }
}

impl SerialDraw {
    /// A source for `format`; `seed` must be 32 fresh bytes of the operating system's random
    /// source. The same seed draws the same serials: only tests may choose one.
    #[must_use]
    pub fn new(seed: [u8; 32], format: SerialFormat) -> Self {
        let share = format.first().size();
        let size = format.alphabet().size();
        let shared = usize::from(share < size);
        let length = usize::from(format.length()) - shared;
        let half = length.div_ceil(CHUNKS_MAX);
        Self {
            random: ChaCha20Rng::from_seed(seed),
            format,
            first: Chunk::new(shared, share),
            chunks: [Chunk::new(half, size), Chunk::new(length - half, size)],
        }
    }

    /// The format of what is drawn.
    #[must_use]
    pub const fn format(&self) -> &SerialFormat {
        &self.format
    }

    /// Draws one serial: each of the format with the same probability, independent of all others.
    /// It may have been drawn before; see [`SerialDraw::draw_distinct`].
    #[must_use]
    pub fn draw(&mut self) -> SerialNumber {
        loop {
            let mut text = [0; SERIAL_LEN_MAX];
            let length = usize::from(self.format.length());
            let (head, mut rest) = text[..length].split_at_mut(self.first.symbols);
            let (share, alphabet) = (*self.format.first(), *self.format.alphabet());
            self.fill(head, self.first.refused_below, &share);
            for chunk in self.chunks {
                let (head, tail) = rest.split_at_mut(chunk.symbols);
                self.fill(head, chunk.refused_below, &alphabet);
                rest = tail;
            }
            // An alphabet holds nothing that a serial refuses: this returns at the first pass.
            if let Ok(serial) = SerialNumber::from_bytes(&text[..length]) {
                return serial;
            }
        }
    }

    /// Fills `symbols` from one word: the word is a fraction of 2^64 whose digits to the base of
    /// the alphabet are the symbols. What is left over tells whether the word lies in the part
    /// that would make some outcomes more frequent; then another word is drawn.
    fn fill(&mut self, symbols: &mut [u8], refused_below: u64, alphabet: &Alphabet) {
        if symbols.is_empty() {
            return;
        }
        let alphabet = alphabet.symbols();
        loop {
            let mut fraction = self.random.next_u64();
            for symbol in symbols.iter_mut() {
                let product = u128::from(fraction) * alphabet.len() as u128;
                *symbol = alphabet[(product >> 64) as usize];
                fraction = product as u64;
            }
            if fraction >= refused_below {
                return;
            }
        }
    }

    /// Draws `count` serials, all different and none for which `is_taken` answers true (the pool
    /// of the product code, other orders). Memory grows with `count`.
    ///
    /// Heads up: check the guess rule first; this only finds out that a format is full.
    ///
    /// # Errors
    /// [`DrawError`] when the format cannot yield that many; nothing is handed out then.
    pub fn draw_distinct(
        &mut self,
        count: usize,
        mut is_taken: impl FnMut(&SerialNumber) -> bool,
    ) -> Result<Vec<SerialNumber>, DrawError> {
        let space = self.format.space();
        let refuse = |drawn| DrawError { space, wanted: count, drawn };
        if count as u128 > space {
            return Err(refuse(0));
        }
        let mut seen = Seen::with_capacity_and_hasher(count, BuildHasherDefault::default());
        let mut serials = Vec::with_capacity(count);
        let mut hits_in_a_row = 0;
        while serials.len() < count {
            let serial = self.draw();
            if !is_taken(&serial) && seen.insert(serial) {
                serials.push(serial);
                hits_in_a_row = 0;
                continue;
            }
            hits_in_a_row += 1;
            if hits_in_a_row > HITS_IN_A_ROW_MAX {
                return Err(refuse(serials.len()));
            }
        }
        Ok(serials)
    }
}

impl fmt::Debug for SerialDraw {
    /// Shows the format, never the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerialDraw").field("format", &self.format).finish_non_exhaustive()
    }
}

/// The format is too full to draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawError {
    /// Serials that the format can write.
    pub space: u128,
    /// Serials asked for.
    pub wanted: usize,
    /// Serials found before the draw was given up.
    pub drawn: usize,
}

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { space, wanted, drawn } = self;
        write!(
            f,
            "failed to draw serial numbers: {wanted} wanted, {drawn} found free in a format of \
             {space}; use longer serial numbers or a larger alphabet"
        )
    }
}

impl core::error::Error for DrawError {}

#[cfg(test)]
mod tests;
