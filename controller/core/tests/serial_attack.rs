//! Attacks on serial numbers: what somebody who has seen some of ours can do (Delegated
//! Regulation (EU) 2016/161, Art. 4(c)).
//!
//! Each attack must break the weak generators planted for it, every time, and must not predict a
//! single one of ours. So the test can fail in both directions. A published open generator (an
//! LFSR) falls to the first two attacks.

#[path = "serial_attack/algebra.rs"]
mod algebra;
#[path = "serial_attack/attacks.rs"]
mod attacks;
#[path = "serial_attack/lattice.rs"]
mod lattice;
#[path = "serial_attack/weak.rs"]
mod weak;

use attacks::{ATTACKS, Seen};
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};
use weak::{Shape, WEAK, mix};

/// Serials that the attacker has seen, in order.
const SEEN: usize = 200;
/// Serials that come after; predicting any of them counts.
const NEXT: usize = 16;
/// Runs of each pair of generator and attack; run `n` uses seed `n`.
const RUNS: u64 = 12;

type Serials = Vec<Vec<u64>>;

/// Runs in which `attack` predicted one of the next serials from the seen ones.
fn hits(name: &str, shape: Shape, serials_of_run: &dyn Fn(u64) -> Serials) -> u64 {
    let (_, attack) =
        ATTACKS.iter().find(|(known, _)| *known == name).expect("the attack is in the table");
    let hit = |run: &u64| {
        let mut serials = serials_of_run(*run);
        let next = serials.split_off(SEEN);
        let seen = Seen { shape, serials };
        let predictions = attack(&seen);
        predictions.iter().any(|p| next.iter().any(|serial| p.matches(shape, serial)))
    };
    (0..RUNS).filter(hit).count() as u64
}

/// Symbol values of serials of ours from one seed, from place `from`, `shape.length` of them.
fn ours(format: SerialFormat, from: usize, shape: Shape, seed: [u8; 32]) -> Serials {
    let symbols = format.alphabet().symbols().to_vec();
    let value = |b: &u8| symbols.iter().position(|s| s == b).expect("in alphabet") as u64;
    let mut source = SerialDraw::new(seed, format);
    let window = |_| {
        let serial = source.draw();
        serial.as_bytes()[from..from + shape.length].iter().map(value).collect()
    };
    (0..SEEN + NEXT).map(window).collect()
}

fn full_seed(run: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    for (index, chunk) in seed.chunks_exact_mut(8).enumerate() {
        chunk.copy_from_slice(&mix(run * 4 + index as u64).to_le_bytes());
    }
    seed
}

fn format_of(alphabet: &str, length: u8) -> SerialFormat {
    let alphabet = Alphabet::by_name(alphabet).expect("alphabet");
    SerialFormat::new(length, alphabet).expect("format")
}

#[test]
fn every_attack_breaks_the_weak_generators_planted_for_it() {
    for (weak, shape, attack, generate) in WEAK {
        let found = hits(attack, *shape, &|run| generate(*shape, run, SEEN + NEXT));
        println!("{weak:30} {attack:24} {found:2} of {RUNS}");
        assert_eq!(found, RUNS, "{attack} must break {weak}, seeds 0..{RUNS}");
    }
    for (attack, _) in ATTACKS {
        let planted = WEAK.iter().any(|(_, _, by, _)| by == attack);
        assert!(planted || *attack == attacks::SMALL_SEED, "{attack} is never shown to work");
    }
}

/// Our own generator is no better than its seed: 32 bytes that can be guessed are found.
#[test]
fn a_guessable_seed_breaks_ours_too() {
    let (format, shape) = (format_of("numeric", 18), Shape::new(10, 18));
    let small = |run| ours(format, 0, shape, attacks::small_seed(mix(run) % attacks::SMALL_SEEDS));
    assert_eq!(hits(attacks::SMALL_SEED, shape, &small), RUNS);
}

#[test]
fn no_attack_predicts_a_serial_of_ours() {
    let hex = "custom:0123456789ABCDEF";
    let base_32 = "custom:0123456789ABCDEFGHIJKLMNOPQRSTUV";
    // Alphabet, its size, length, and the window of the serial that is attacked.
    let table = [
        ("numeric", 10, 18, 0, 18),
        ("safe30", 30, 12, 0, 12),
        ("safe30", 30, 20, 0, 12),
        ("safe30", 30, 20, 8, 12),
        (base_32, 32, 12, 0, 12),
        (hex, 16, 8, 0, 8),
        (hex, 16, 12, 0, 12),
    ];
    for (alphabet, size, length, from, window) in table {
        let (format, shape) = (format_of(alphabet, length), Shape::new(size, window));
        for (attack, _) in ATTACKS {
            let found = hits(attack, shape, &|run| ours(format, from, shape, full_seed(run)));
            println!("ours {alphabet} x {length} from {from}: {attack:24} {found:2} of {RUNS}");
            assert_eq!(found, 0, "{attack} predicted {alphabet} x {length}, seeds 0..{RUNS}");
        }
    }
}
