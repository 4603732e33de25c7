//! Recovers the state of a 64-bit LCG with known constants from its top digits: closest vector in
//! the lattice of LCG sequences (Frieze et al. 1988), by LLL and Babai's nearest plane.

/// Knuth's MMIX constants, those of many libraries.
const FACTOR: u64 = 6_364_136_223_846_793_005;
const STEP: u64 = 1_442_695_040_888_963_407;
const DIMENSION: usize = 4;

type Row = [i128; DIMENSION];
type Basis = [Row; DIMENSION];

/// The generator under attack.
pub fn step(state: u64) -> u64 {
    state.wrapping_mul(FACTOR).wrapping_add(STEP)
}

/// What a serial shows of one state: `state * outcomes / 2^64`, rounded down.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The number shown.
    pub value: u64,
    /// How many different numbers can be shown, at most 2^64.
    pub outcomes: u128,
}

impl Shown {
    /// What `state` shows.
    pub fn of(state: u64, outcomes: u128) -> Self {
        let (high, low) = (outcomes >> 32, outcomes & 0xFFFF_FFFF);
        let state = u128::from(state);
        let value = ((state * high + ((state * low) >> 32)) >> 32) as u64;
        Self { value, outcomes }
    }

    /// The middle of the states that show this.
    fn middle(self) -> u64 {
        let width = (1_u128 << 64) / self.outcomes;
        let start = u128::from(self.value) * width
            + u128::from(self.value) * ((1_u128 << 64) % self.outcomes) / self.outcomes;
        (start + width / 2) as u64
    }
}

/// The state after the last of `shown`, which are of consecutive states.
pub fn last_state(shown: &[Shown]) -> Option<u64> {
    let basis = reduced(basis());
    let mut offset = 0;
    let mut target = [0_i128; DIMENSION];
    for (entry, shown) in target.iter_mut().zip(shown) {
        *entry = i128::from(shown.middle().wrapping_sub(offset) as i64);
        offset = step(offset);
    }
    // The first offset is zero: the first entry of the lattice vector is the first state.
    let mut state = nearest(&basis, target)[0] as u64;
    for (index, shown) in shown.iter().enumerate() {
        if index > 0 {
            state = step(state);
        }
        if Shown::of(state, shown.outcomes).value != shown.value {
            return None;
        }
    }
    Some(state)
}

/// Rows (1, a, a^2, a^3) and 2^64 on the diagonal.
fn basis() -> Basis {
    let mut basis = [[0; DIMENSION]; DIMENSION];
    let mut power = 1_u64;
    for (i, row) in basis.iter_mut().enumerate() {
        row[i] = 1 << 64;
    }
    for entry in &mut basis[0] {
        *entry = i128::from(power);
        power = power.wrapping_mul(FACTOR);
    }
    basis
}

fn dot(a: &[f64; DIMENSION], b: &[f64; DIMENSION]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn floats(row: &Row) -> [f64; DIMENSION] {
    row.map(|x| x as f64)
}

/// Gram-Schmidt vectors and coefficients.
fn orthogonal(basis: &Basis) -> ([[f64; DIMENSION]; DIMENSION], [[f64; DIMENSION]; DIMENSION]) {
    let mut stars = [[0.0; DIMENSION]; DIMENSION];
    let mut mu = [[0.0; DIMENSION]; DIMENSION];
    for i in 0..DIMENSION {
        let row = floats(&basis[i]);
        stars[i] = row;
        for j in 0..i {
            mu[i][j] = dot(&row, &stars[j]) / dot(&stars[j], &stars[j]);
            let (times, other) = (mu[i][j], stars[j]);
            for (x, y) in stars[i].iter_mut().zip(other) {
                *x -= times * y;
            }
        }
    }
    (stars, mu)
}

fn subtract(from: &mut Row, times: i128, row: &Row) {
    for (x, y) in from.iter_mut().zip(row) {
        *x -= times * y;
    }
}

/// LLL reduction (Lenstra, Lenstra, Lovasz 1982), delta 3/4.
fn reduced(mut basis: Basis) -> Basis {
    let mut k = 1;
    for _ in 0..10_000 {
        if k == DIMENSION {
            break;
        }
        for j in (0..k).rev() {
            let (_, mu) = orthogonal(&basis);
            let row = basis[j];
            subtract(&mut basis[k], mu[k][j].round() as i128, &row);
        }
        let (stars, mu) = orthogonal(&basis);
        let below = dot(&stars[k - 1], &stars[k - 1]);
        if dot(&stars[k], &stars[k]) >= (0.75 - mu[k][k - 1].powi(2)) * below {
            k += 1;
        } else {
            basis.swap(k, k - 1);
            k = 1.max(k - 1);
        }
    }
    basis
}

/// A lattice vector close to `target`.
fn nearest(basis: &Basis, target: Row) -> Row {
    let (stars, _) = orthogonal(basis);
    let mut rest = target;
    for i in (0..DIMENSION).rev() {
        let times = dot(&floats(&rest), &stars[i]) / dot(&stars[i], &stars[i]);
        subtract(&mut rest, times.round() as i128, &basis[i]);
    }
    core::array::from_fn(|i| target[i] - rest[i])
}
