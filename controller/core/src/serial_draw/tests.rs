//! Tests of the draw: form, bias, distinctness, bounded retries. That seen serials do not help to
//! predict others is tested in `tests/serial_attack.rs`.

use super::*;
use crate::serial_format::Alphabet;

fn draw(alphabet: &str, length: u8, seed: u8) -> SerialDraw {
    let alphabet = Alphabet::by_name(alphabet).expect("alphabet");
    SerialDraw::new([seed; 32], SerialFormat::new(length, alphabet).expect("format"))
}

#[test]
fn serials_have_the_form_of_their_format() {
    for (alphabet, length) in [("numeric", 1), ("custom:01", 2), ("safe30", 13), ("set82", 20)] {
        let mut source = draw(alphabet, length, 1);
        for _ in 0..1_000 {
            let serial = source.draw();
            assert_eq!(serial.as_bytes().len(), usize::from(length));
            let symbols = source.format().alphabet().symbols();
            assert!(serial.as_bytes().iter().all(|b| symbols.contains(b)), "{serial}");
        }
    }
}

#[test]
fn one_seed_one_sequence() {
    let sequence = |seed| {
        let mut source = draw("safe30", 20, seed);
        (0..100).map(|_| source.draw()).collect::<Vec<_>>()
    };
    assert_eq!(sequence(3), sequence(3));
    assert_ne!(sequence(3), sequence(4));
}

/// Chi-square against the uniform distribution, as a distance in standard deviations
/// (Wilson-Hilferty).
fn sigmas(counts: &[u32]) -> f64 {
    let draws: f64 = counts.iter().map(|c| f64::from(*c)).sum();
    let expected = draws / counts.len() as f64;
    let square = |c: &u32| (f64::from(*c) - expected).powi(2) / expected;
    let chi: f64 = counts.iter().map(square).sum();
    let degrees = counts.len() as f64 - 1.0;
    let ninth = 2.0 / (9.0 * degrees);
    ((chi / degrees).cbrt() - (1.0 - ninth)) / ninth.sqrt()
}

#[test]
fn the_measure_itself_sees_a_bias() {
    let mut counts = [3_333_u32; 30];
    assert!(sigmas(&counts) < 0.0);
    // A byte modulo 30: 100,000 draws with the first 16 symbols at 9 in 256, the others at 8.
    counts[..16].fill(3_515);
    counts[16..].fill(3_125);
    assert!(sigmas(&counts) > 5.0);
}

#[test]
fn symbols_and_pairs_of_neighbours_are_uniform_at_every_place() {
    for (alphabet, length, seed) in [("safe30", 20, 7), ("numeric", 12, 8), ("set82", 20, 9)] {
        let mut source = draw(alphabet, length, seed);
        let symbols = source.format().alphabet().symbols().to_vec();
        let (size, length) = (symbols.len(), usize::from(length));
        let index = |b: &u8| symbols.iter().position(|s| s == b).expect("in alphabet");
        let mut single = vec![vec![0_u32; size]; length];
        let mut pairs = vec![vec![0_u32; size * size]; length];
        for _ in 0..100_000 {
            let serial = source.draw();
            let indices: Vec<usize> = serial.as_bytes().iter().map(index).collect();
            for at in 0..length {
                single[at][indices[at]] += 1;
                pairs[at][indices[at] * size + indices[(at + 1) % length]] += 1;
            }
        }
        for at in 0..length {
            let (one, two) = (sigmas(&single[at]), sigmas(&pairs[at]));
            assert!(one.abs() < 4.5, "{alphabet} seed {seed} place {at}: {one}");
            assert!(two.abs() < 4.5, "{alphabet} seed {seed} pair {at}: {two}");
        }
    }
}

/// With words of 64 bits a missing rejection is too small to see in draws; the refused part is
/// checked by counting: accepted words divide evenly among the outcomes.
#[test]
fn accepted_words_divide_evenly() {
    for size in 2..=82_u8 {
        for symbols in 1..=10 {
            let chunk = Chunk::new(symbols, size);
            let outcomes = u128::from(size).pow(symbols as u32);
            let accepted = (1_u128 << 64) - u128::from(chunk.refused_below);
            assert_eq!(accepted % outcomes, 0, "{size} {symbols}");
            assert!(u128::from(chunk.refused_below) < outcomes, "rejects no more than needed");
        }
    }
}

/// A word counts exactly when what the multiplications leave over is not below the bound; with a
/// bound of half the range the rejection is seen, against plain long multiplication.
#[test]
fn words_below_the_bound_are_drawn_again() {
    let seed = [10; 32];
    let mut source = SerialDraw::new(seed, draw("safe30", 10, 0).format);
    let mut words = ChaCha20Rng::from_seed(seed);
    let outcomes = 30_u128.pow(10);
    for bound in [0, 1 << 62, 1 << 63, 3 << 62] {
        for _ in 0..1_000 {
            let mut symbols = [0; 10];
            let alphabet = *source.format.alphabet();
            source.fill(&mut symbols, bound, &alphabet);
            let accepted = loop {
                // In halves of the word, so that nothing is lost.
                let word = u128::from(words.next_u64());
                let low = (word & 0xFFFF_FFFF) * outcomes;
                let high = (word >> 32) * outcomes + (low >> 32);
                if (high << 32 | low & 0xFFFF_FFFF) as u64 >= bound {
                    break (high >> 32) as u64;
                }
            };
            let value = |b: &u8| SAFE_30.iter().position(|s| s == b).expect("in alphabet") as u64;
            let got = symbols.iter().fold(0, |all, b| all * 30 + value(b));
            assert_eq!(got, accepted, "bound {bound}");
        }
    }
}

const SAFE_30: &[u8; 30] = b"0123456789ABCDEFGHKMNPRSTVWXYZ";

/// The same multiplication and rejection with words of 8 bits, counted over all words.
#[test]
fn the_method_is_unbiased_over_all_words_of_a_small_width() {
    for size in 2..=6_u32 {
        for symbols in 1..=2_u32 {
            let outcomes = size.pow(symbols);
            let mut counts = vec![0_u32; outcomes as usize];
            for word in 0..256_u32 {
                let (mut fraction, mut outcome) = (word, 0);
                for _ in 0..symbols {
                    let product = fraction * size;
                    outcome = outcome * size + (product >> 8);
                    fraction = product & 0xFF;
                }
                if fraction >= 256 % outcomes {
                    counts[outcome as usize] += 1;
                }
            }
            assert!(counts.iter().all(|c| *c == 256 / outcomes), "{size} {symbols} {counts:?}");
        }
    }
}

#[test]
fn a_batch_is_distinct_and_avoids_what_is_taken() {
    let mut source = draw("numeric", 4, 11);
    let odd = |s: &SerialNumber| s.as_bytes()[3] % 2 == 1;
    let batch = source.draw_distinct(4_000, odd).expect("half of 10,000 is free");
    assert!(!batch.iter().any(odd));
    let distinct: std::collections::BTreeSet<_> = batch.iter().collect();
    assert_eq!(distinct.len(), 4_000);
}

#[test]
fn a_full_format_ends_in_an_error_not_in_a_loop() {
    let table = [
        ("numeric", 1, 11, 0, Some(0)),      // more than the space
        ("numeric", 2, 1, 100, Some(0)),     // everything taken
        ("numeric", 1, 1, 9, None),          // one left
        ("numeric", 3, 0, 1_000, None),      // none wanted
        ("numeric", 3, 1_000, 999, Some(1)), // one free of all wanted
    ];
    for (alphabet, length, wanted, taken, expected) in table {
        let mut source = draw(alphabet, length, 12);
        let is_taken = |s: &SerialNumber| s.as_str().parse::<usize>().is_ok_and(|n| n < taken);
        let got = source.draw_distinct(wanted, is_taken);
        let drawn = got.as_ref().err().map(|e| e.drawn);
        match expected {
            None => assert_eq!(got.map(|s| s.len()), Ok(wanted)),
            Some(most) => assert!(drawn.is_some_and(|d| d <= most), "{length} {wanted} {taken}"),
        }
    }
}

#[test]
fn debug_shows_no_state() {
    let text = format!("{:?}", draw("numeric", 4, 13));
    assert!(text.contains("Alphabet(0123456789)") && text.len() < 120, "{text}");
}

/// Fault 21: many short histories of two lines that draw serials of one product in turn. The
/// format is so small that lines without shares meet in nearly every history.
fn meetings(histories: u32, shares: impl Fn(u32) -> Option<(String, String)>) -> u32 {
    let whole = SerialFormat::new(2, Alphabet::safe30()).expect("format");
    let mut meetings = 0;
    for history in 0..histories {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&history.to_le_bytes());
        let (one, other) = match shares(history) {
            Some((one, other)) => (whole.partition(&one), whole.partition(&other)),
            None => (Ok(whole), Ok(whole)),
        };
        let mut lines = [one, other].map(|format| {
            seed[31] += 1;
            SerialDraw::new(seed, format.expect("share"))
        });
        // Eight orders, alternating, two serials each: marked in a table of the 900 serials.
        let mut owner = [[0_u8; 128]; 128];
        for order in 0..8_u8 {
            for _ in 0..2 {
                let line = usize::from(order % 2);
                let serial = lines[line].draw();
                let &[a, b] = serial.as_bytes() else { panic!("two characters") };
                let mark = &mut owner[usize::from(a)][usize::from(b)];
                meetings += u32::from(*mark == 2 - line as u8);
                *mark = line as u8 + 1;
            }
        }
    }
    meetings
}

#[test]
fn two_lines_with_shares_never_draw_the_same_serial() {
    const SYMBOLS: &str = "0123456789ABCDEFGHKMNPRSTVWXYZ";
    // Every way to cut the alphabet in two, in turn.
    let cut = |history: u32| {
        let (one, other) = SYMBOLS.split_at(1 + history as usize % (SYMBOLS.len() - 1));
        Some((one.to_owned(), other.to_owned()))
    };
    assert_eq!(meetings(1_000_000, cut), 0);
    // The control: without shares they do meet, and this test would see it.
    assert!(meetings(10_000, |_| None) > 100);
}

#[test]
fn a_share_is_drawn_from_evenly() {
    let format = SerialFormat::new(5, Alphabet::safe30()).and_then(|f| f.partition("ACEGKMN"));
    let mut source = SerialDraw::new([11; 32], format.expect("share"));
    let mut counts = [0_u32; 7];
    let mut rest = [0_u32; 30];
    for _ in 0..70_000 {
        let serial = source.draw();
        assert!(source.format().can_write(serial.as_bytes()), "{serial}");
        let at = |symbols: &[u8], byte: u8| symbols.iter().position(|s| *s == byte).expect("known");
        counts[at(b"ACEGKMN", serial.as_bytes()[0])] += 1;
        let symbols = source.format().alphabet().symbols();
        rest[at(symbols, serial.as_bytes()[1])] += 1;
    }
    assert!(sigmas(&counts) < 5.0 && sigmas(&rest) < 5.0, "{counts:?} {rest:?}");
    let one = SerialFormat::new(1, Alphabet::safe30()).and_then(|f| f.partition("7"));
    assert_eq!(SerialDraw::new([1; 32], one.expect("share")).draw().as_str(), "7");
}
