//! From the encoder's edges to a count that never falls.
//!
//! Called by the soft device for each edge of a channel. Must never hide an edge that is missing:
//! what cannot be is told.
//!
//! Quadrature: each edge is one count; the channel that changed and the level of the other give the
//! direction. The count is the furthest position so far, so that a belt that rocks neither counts
//! twice nor falls; how far it is behind is watched against the tolerance.

use profiles::gpio::{GpioEncoder, GpioEncoderKind};

/// A channel of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    A,
    B,
}

/// What an edge meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Travel {
    /// The belt is further than ever.
    Forward,
    /// It rocks within the tolerance, or the edge does not count.
    Still,
    /// It went back too far, or an edge is missing: positions are no longer certain.
    Uncertain,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Encoder {
    kind: GpioEncoderKind,
    backward_max: u64,
    a: bool,
    b: bool,
    count: u64,
    behind: u64,
}

impl Encoder {
    /// An encoder at count 0 whose channels say no.
    pub(super) fn new(config: &GpioEncoder) -> Self {
        let backward_max = u64::from(config.backward_counts_max);
        Self { kind: config.kind, backward_max, a: false, b: false, count: 0, behind: 0 }
    }

    /// The furthest position so far, in counts since the start.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Takes an edge of a channel and the channel's level after it.
    pub(super) fn edge(&mut self, side: Side, level: bool) -> Travel {
        let before = match side {
            Side::A => core::mem::replace(&mut self.a, level),
            Side::B => core::mem::replace(&mut self.b, level),
        };
        if before == level {
            return self.uncertain();
        }
        match (self.kind, side) {
            (GpioEncoderKind::Single, Side::A) if level => self.forward(),
            (GpioEncoderKind::Single, _) => Travel::Still,
            // A leads: after its edge the channels differ, after B's they are alike.
            (GpioEncoderKind::Quadrature, Side::A) if self.a != self.b => self.forward(),
            (GpioEncoderKind::Quadrature, Side::B) if self.a == self.b => self.forward(),
            (GpioEncoderKind::Quadrature, _) => self.backward(),
        }
    }

    /// The channel is at this level, whatever came before.
    pub(super) fn adopt(&mut self, side: Side, level: bool) {
        match side {
            Side::A => self.a = level,
            Side::B => self.b = level,
        }
    }

    fn forward(&mut self) -> Travel {
        if self.behind > 0 {
            self.behind -= 1;
            return Travel::Still;
        }
        self.count += 1;
        Travel::Forward
    }

    fn backward(&mut self) -> Travel {
        self.behind += 1;
        if self.behind > self.backward_max {
            return self.uncertain();
        }
        Travel::Still
    }

    /// The fault says that positions are lost, so the count goes on from here.
    fn uncertain(&mut self) -> Travel {
        self.behind = 0;
        Travel::Uncertain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles::gpio::{GpioInput, GpioLevel, GpioPull};

    fn encoder(kind: GpioEncoderKind, backward_counts_max: u32) -> Encoder {
        let a = GpioInput { pin: 5, active: GpioLevel::High, pull: GpioPull::Off };
        let config = GpioEncoder { kind, a, b: None, backward_counts_max, standstill_ms: 100 };
        Encoder::new(&config)
    }

    /// Edges of a quadrature encoder: A up, B up, A down, B down.
    const TURN: [(Side, bool); 4] =
        [(Side::A, true), (Side::B, true), (Side::A, false), (Side::B, false)];

    /// Goes from position to position, one edge a step; the last answer that was not `Still`.
    fn go(encoder: &mut Encoder, at: &mut i64, to: i64) -> Travel {
        let mut found = Travel::Still;
        while *at != to {
            let (side, level) = if to > *at {
                TURN[at.rem_euclid(4) as usize]
            } else {
                let (side, level) = TURN[(*at - 1).rem_euclid(4) as usize];
                (side, !level)
            };
            *at += (to - *at).signum();
            let travel = encoder.edge(side, level);
            if travel != Travel::Still {
                found = travel;
            }
        }
        found
    }

    #[test]
    fn quadrature_counts_every_edge_and_never_falls() {
        // positions visited, count at the end, last answer
        let table: [(&[i64], u64, Travel); 6] = [
            (&[8], 8, Travel::Forward),
            (&[8, 3, 8], 8, Travel::Forward),
            (&[8, 3, 10], 10, Travel::Forward),
            (&[8, 3, 9, 4, 12, 7], 12, Travel::Forward),
            (&[8, 2], 8, Travel::Uncertain),
            (&[-6], 0, Travel::Uncertain),
        ];
        for (visited, count, last) in table {
            let (mut encoder, mut at) = (encoder(GpioEncoderKind::Quadrature, 5), 0);
            let mut said = Travel::Still;
            for &to in visited {
                let found = go(&mut encoder, &mut at, to);
                said = if found == Travel::Still { said } else { found };
            }
            assert_eq!((encoder.count(), said), (count, last), "{visited:?}");
        }
    }

    #[test]
    fn a_spike_on_one_channel_counts_nothing() {
        let (mut encoder, mut at) = (encoder(GpioEncoderKind::Quadrature, 5), 0);
        go(&mut encoder, &mut at, 9);
        for (spikes, side) in [(50, Side::A), (50, Side::B)] {
            for _ in 0..spikes {
                let level = if side == Side::A { encoder.a } else { encoder.b };
                encoder.edge(side, !level);
                encoder.edge(side, level);
            }
        }
        // A spike looks like one step ahead or one back: the count is one too far at most.
        assert!((9..=10).contains(&encoder.count()), "{}", encoder.count());
        go(&mut encoder, &mut at, 20);
        assert_eq!(encoder.count(), 20);
    }

    #[test]
    fn a_missing_edge_is_told() {
        let mut encoder = encoder(GpioEncoderKind::Quadrature, 5);
        assert_eq!(encoder.edge(Side::A, true), Travel::Forward);
        assert_eq!(encoder.edge(Side::A, true), Travel::Uncertain);
    }

    #[test]
    fn a_single_channel_counts_rising_edges() {
        let mut encoder = encoder(GpioEncoderKind::Single, 0);
        for _ in 0..7 {
            assert_eq!(encoder.edge(Side::A, true), Travel::Forward);
            assert_eq!(encoder.edge(Side::A, false), Travel::Still);
        }
        assert_eq!(encoder.count(), 7);
        assert_eq!(encoder.edge(Side::A, false), Travel::Uncertain);
    }
}
