//! Chance of tests with real processes, from a seed that is printed.
//!
//! Never draws from anything else, so that the printed seed brings the same faults and instants
//! back.

/// The seed first, then the generator's state.
pub struct Chance(pub u64);

impl Chance {
    /// From the environment's `variable`, or drawn.
    pub fn of(variable: &str) -> Self {
        let given = std::env::var(variable).ok().map(|text| text.parse().expect("a seed"));
        let seed = given.unwrap_or_else(|| {
            let mut bytes = [0; 4];
            getrandom::fill(&mut bytes).expect("random bytes");
            u64::from(u32::from_le_bytes(bytes))
        });
        println!("{variable}={seed}");
        Self(seed)
    }

    /// SplitMix64, `low..=high`.
    pub fn within(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        low + (mixed ^ (mixed >> 31)) % (high - low + 1)
    }
}
