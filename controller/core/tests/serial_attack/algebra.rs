//! The algebra of the attacks: Berlekamp-Massey over GF(2), and arithmetic modulo a number below
//! 2^62.

/// The shortest LFSR that makes `bits`: coefficients `c[1..]` with
/// `s[n] = c[1] s[n-1] + c[2] s[n-2] + ..` (Massey 1969).
pub fn berlekamp_massey(bits: &[u8]) -> Vec<u8> {
    let (mut current, mut previous) = (vec![0_u8; bits.len() + 1], vec![0_u8; bits.len() + 1]);
    (current[0], previous[0]) = (1, 1);
    let (mut length, mut gap) = (0, 1);
    for n in 0..bits.len() {
        let discrepancy = (1..=length).fold(bits[n], |d, i| d ^ current[i] & bits[n - i]);
        if discrepancy == 0 {
            gap += 1;
            continue;
        }
        let before = current.clone();
        for i in gap..current.len() {
            current[i] ^= previous[i - gap];
        }
        if 2 * length <= n {
            length = n + 1 - length;
            previous = before;
            gap = 0;
        }
        gap += 1;
    }
    current.truncate(length + 1);
    current
}

/// The next `count` bits of the shortest LFSR that makes `bits`.
pub fn continue_bits(bits: &[u8], count: usize) -> Vec<u8> {
    let taps = berlekamp_massey(bits);
    let mut all = bits.to_vec();
    for n in bits.len()..bits.len() + count {
        all.push((1..taps.len()).fold(0, |bit, i| bit ^ taps[i] & all[n - i]));
    }
    all.split_off(bits.len())
}

/// Greatest common divisor of the magnitudes.
pub fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The inverse of `a` modulo `m`, where there is one.
pub fn inverse(a: i128, m: i128) -> Option<i128> {
    let (mut old, mut new) = ((a.rem_euclid(m), 1), (m, 0));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        let next = (old.0 - quotient * new.0, old.1 - quotient * new.1);
        (old, new) = (new, next);
    }
    (old.0 == 1).then(|| old.1.rem_euclid(m))
}
