//! Which faults strike when: by time or by number of frame, from a file or drawn from a seed.
//!
//! Read by the command and by tests. It must never depend on anything but its text or its seed.

use super::fault::{Direction, Fault, FaultKind};
use crate::world::chance::within;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

/// Longest fault that is drawn, and longest pause between two, in milliseconds.
const DRAWN_MS_MAX: u64 = 800;
/// Most frames that are drawn.
const DRAWN_FRAMES_MAX: u64 = 3;

/// A fault and when it strikes: at a time or at a frame, one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Milliseconds since the proxy began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// n-th frame of the fault's direction since the proxy began, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_frame: Option<u64>,
    /// What strikes.
    #[serde(flatten)]
    pub fault: Fault,
}

/// Every fault of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// In any order.
    #[serde(default)]
    pub fault: Vec<Scheduled>,
}

/// Why a script is not used; reads after "failed to ".
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is no script.
    #[error("read the script: {0}")]
    Toml(#[from] toml::de::Error),
    /// A fault has no time, or two.
    #[error("use fault {n} of the script: give it one of at_ms and at_frame")]
    When {
        /// Its place in the file, from 1.
        n: usize,
    },
}

impl Script {
    /// Reads TOML: a `[[fault]]` each, with `kind`, `direction`, `frames`, `ms` and one of `at_ms`
    /// and `at_frame`.
    ///
    /// # Errors
    /// [`ScriptError`]
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text)?;
        let wrong = |f: &Scheduled| f.at_ms.is_some() == f.at_frame.is_some();
        match script.fault.iter().position(wrong) {
            Some(at) => Err(ScriptError::When { n: at + 1 }),
            None => Ok(script),
        }
    }

    /// `faults` faults of every kind, about `every_ms` from the end of one to the next.
    #[must_use]
    pub fn random(seed: u64, faults: usize, every_ms: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut at, mut drawn) = (0, Vec::new());
        for _ in 0..faults {
            at += within(&mut rng, every_ms / 2, every_ms + every_ms / 2);
            let fault = draw(&mut rng);
            drawn.push(Scheduled { at_ms: Some(at), at_frame: None, fault });
            at += fault.lasts_ms();
        }
        Self { fault: drawn }
    }
}

/// One fault of any kind.
fn draw(rng: &mut ChaCha8Rng) -> Fault {
    let kind = FaultKind::ALL[within(rng, 0, FaultKind::ALL.len() as u64 - 1) as usize];
    let direction = Direction::ALL[within(rng, 0, 1) as usize];
    let frames = within(rng, 1, DRAWN_FRAMES_MAX) as u32;
    Fault { kind, direction, frames, ms: within(rng, 0, DRAWN_MS_MAX) }
}

impl Fault {
    /// How long it can last.
    const fn lasts_ms(&self) -> u64 {
        match self.kind {
            FaultKind::Drop | FaultKind::Truncate => 0,
            FaultKind::Flap => 2 * self.ms * self.frames as u64,
            _ => self.ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read() {
        let text = "[[fault]]\nat_ms = 5\nkind = \"half_open\"\ndirection = \"to_controller\"\n\
                    ms = 700\n[[fault]]\nat_frame = 9\nkind = \"drop\"\n";
        let fault = Fault::new(FaultKind::HalfOpen, Direction::ToController, 700);
        let first = Scheduled { at_ms: Some(5), at_frame: None, fault };
        let fault = Fault::new(FaultKind::Drop, Direction::ToDevice, 0);
        let second = Scheduled { at_ms: None, at_frame: Some(9), fault };
        assert_eq!(Script::from_toml(text).unwrap().fault, [first, second]);
        for wrong in [
            "[[fault]]\nkind = \"drop\"\n",
            "[[fault]]\nat_ms = 1\nat_frame = 1\nkind = \"drop\"\n",
            "[[fault]]\nat_ms = 1\nkind = \"melt\"\n",
            "[[fault]]\nat_ms = 1\n",
            "[[faults]]\nat_ms = 1\nkind = \"drop\"\n",
        ] {
            assert!(Script::from_toml(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_seed_draws_every_kind_both_ways_and_always_the_same() {
        let script = Script::random(3, 400, 1_000);
        assert_eq!(script, Script::random(3, 400, 1_000));
        assert_ne!(script, Script::random(4, 400, 1_000));
        for kind in FaultKind::ALL {
            for way in Direction::ALL {
                let here = |s: &&Scheduled| s.fault.kind == kind && s.fault.direction == way;
                let found = script.fault.iter().filter(here).count();
                assert!(found > 5, "{kind:?} {way:?}: {found}");
            }
        }
        assert!(script.fault.is_sorted_by_key(|scheduled| scheduled.at_ms));
    }
}
