//! The floor of a line as the scripted person finds it: what can be seen there and done.
//!
//! Implemented by demo and virtual time. Must never offer more than somebody at the line has.

use super::Fallen;
use line_core::event::Refusal;
use line_core::reason::{HoldCause, Resolution};
use line_sim::hands::{HandsRequest, HandsResponse, Zone};

/// A pack that waits for a person, as the controller shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingPack {
    /// n-th pack at the infeed.
    pub track: u32,
    /// Its serial number, when a label was bound.
    pub serial: Option<String>,
    /// It has been rejected: its code may be unreadable.
    pub rejected: bool,
    /// Seen at the exit although rejected.
    pub exit_seen: bool,
}

/// A pack that the controller takes to be on the belt, or waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedPack {
    /// n-th pack at the infeed.
    pub track: u32,
    /// Its serial number, when a label was bound.
    pub serial: Option<String>,
}

/// Edges that belong to no pack the controller knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// In the chute of the reject bin.
    pub ejected: u32,
    /// At the exit.
    pub exited: u32,
}

/// A pack that the person has watched since it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedPack {
    /// The pack.
    pub pack: u64,
    /// Where it is.
    pub zone: Zone,
    /// Its track, when the controller has one for it.
    pub track: Option<u32>,
    /// It came without an edge of the infeed eye, and nobody has declared it yet.
    pub undeclared: bool,
    /// It had one, and it went with the power of the line I/O: told once, too.
    pub edge_lost: bool,
    /// It has not come to the eye in the chute yet.
    pub falling: bool,
    /// It lies in the bin and that eye has not seen it.
    pub fell_unseen: bool,
}

/// What the person can see and do.
pub trait Floor {
    /// What goes wrong when the floor cannot be reached.
    type Error;

    /// Eyes and hands.
    ///
    /// # Errors
    /// When the hands cannot be used.
    fn hands(&mut self, request: HandsRequest) -> Result<HandsResponse, Self::Error>;

    /// Causes of the present hold; empty unless the unit is Held.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn holds(&mut self) -> Result<Vec<HoldCause>, Self::Error>;

    /// Packs that wait for a person.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn waiting(&mut self) -> Result<Vec<WaitingPack>, Self::Error>;

    /// Says what became of a pack.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn resolve(
        &mut self,
        track: u32,
        resolution: Resolution,
        reason: &str,
    ) -> Result<Result<(), Refusal>, Self::Error>;

    /// The packs that the controller takes to be on the belt or waits for, the foremost first.
    /// Nothing when the controller does not show them.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn tracked(&mut self) -> Result<Option<Vec<TrackedPack>>, Self::Error>;

    /// Edges of no pack since this was asked last.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn strays(&mut self) -> Result<Strays, Self::Error>;

    /// Every pack in sight and where it came from, when the person has watched them all. Nothing of
    /// a person who must go by codes and places.
    ///
    /// # Errors
    /// When the floor cannot be reached.
    fn watched(&mut self) -> Result<Option<Vec<WatchedPack>>, Self::Error> {
        Ok(None)
    }

    /// The person has declared this pack, which no edge of the infeed tells: once is enough.
    fn was_told(&mut self, _pack: u64) {}

    /// What the person keeps in mind of packs in the bin, from one look to the next.
    fn fallen(&mut self) -> Fallen {
        Fallen::default()
    }

    /// See [`Self::fallen`].
    fn keep_fallen(&mut self, _fallen: Fallen) {}

    /// Ejections on record since the bin was emptied last. Nothing when the controller does not
    /// show them.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn ejections(&mut self) -> Result<Option<usize>, Self::Error>;

    /// Declares packs that no counter tells: `additions`, `removals`, `retrieved`.
    ///
    /// # Errors
    /// When the controller does not take it.
    fn declare(&mut self, term: &str, count: u32, reason: &str) -> Result<(), Self::Error>;

    /// Looks at the first pack in the bin and approves it, with a second person. Nothing where no
    /// order asks for it.
    ///
    /// # Errors
    /// When the controller does not take it.
    fn approve_first_pack(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Goes on after the hold, or completes the order when its pool is empty.
    ///
    /// # Errors
    /// When the controller does not answer.
    fn go_on(&mut self, stop: bool) -> Result<(), Self::Error>;
}
