//! Numbers of the closed lists that occur in inputs. They are the format's own and stay as they
//! are, whatever the lists' own order becomes.
//!
//! Used by `row.rs`. Must never give a number to two members, nor a new meaning to a number.

use contracts::camera::ReadStatus;
use contracts::labeler::LabelerFault;
use contracts::line_io::{Channel, DeviceFault, Edge};
use contracts::open_scs::{JobOrderState, SerialState};
use contracts::station::{Finding, Station};
use line_core::event::PackFate;
use line_core::reason::{RejectReason, Resolution};
use line_core::record::Verdict;

/// A closed list with numbers of the format.
pub(crate) trait Closed: Sized + Copy {
    /// Its number.
    fn number(self) -> u64;
    /// The member with this number.
    fn of(number: u64) -> Option<Self>;
    /// Every member.
    #[cfg(test)]
    fn all() -> Vec<Self>;
}

macro_rules! closed {
    ($list:ident { $($member:ident = $number:literal),+ $(,)? }) => {
        impl Closed for $list {
            fn number(self) -> u64 {
                match self { $(Self::$member => $number),+ }
            }

            fn of(number: u64) -> Option<Self> {
                match number { $($number => Some(Self::$member),)+ _ => None }
            }

            #[cfg(test)]
            fn all() -> Vec<Self> {
                vec![$(Self::$member),+]
            }
        }
    };
}

closed!(Channel {
    Infeed = 0,
    Applied = 1,
    CameraEye = 2,
    CameraTrigger = 3,
    Gate = 4,
    Exit = 5,
    EjectConfirm = 6,
    TextCheck = 7,
    CartonCode = 8,
    TamperEvident = 9,
    Checkweigher = 10,
});
closed!(Edge { Rising = 0, Falling = 1 });
closed!(DeviceFault {
    None = 0,
    HeartbeatLost = 1,
    ExitWithoutPermit = 2,
    EjectNotConfirmed = 3,
    FifoFull = 4,
    EncoderImplausible = 5,
});
closed!(LabelerFault { None = 0, Gap = 1, Conflict = 2, NoHeader = 3, Empty = 4, WebBreak = 5 });
closed!(ReadStatus { Decoded = 0, NoRead = 1, Multiple = 2, Error = 3 });
closed!(Finding { Measured = 0, Nothing = 1, Error = 2 });
closed!(Station { TextCheck = 0, CartonCode = 1, TamperEvident = 2, Checkweigher = 3 });
closed!(Verdict { Accept = 0, Reject = 1 });
closed!(Resolution { Exited = 0, Ejected = 1, Removed = 2 });
closed!(PackFate {
    InProcess = 0,
    Exited = 1,
    Ejected = 2,
    Unresolved = 3,
    ResolvedExited = 4,
    ResolvedEjected = 5,
    Removed = 6,
});
closed!(JobOrderState {
    Waiting = 1,
    Ready = 2,
    Loaded = 3,
    Running = 4,
    Completed = 5,
    Aborted = 6,
    Held = 7,
    Suspended = 8,
    Closed = 9,
});
closed!(SerialState {
    Unassigned = 0,
    Unallocated = 1,
    Allocated = 2,
    SnInvalid = 3,
    Encoded = 4,
    LabelSampled = 5,
    LabelScrapped = 6,
    Commissioned = 7,
    Sampled = 8,
    Inactive = 9,
    Destroyed = 10,
    Released = 11,
});
closed!(RejectReason {
    NoJob = 0,
    PrintUnconfirmed = 1,
    NoRead = 2,
    MultipleCodes = 3,
    CameraError = 4,
    ContentMismatch = 5,
    Slip = 6,
    LowGrade = 7,
    NoResult = 8,
    ResultLate = 9,
    ResultDuplicate = 10,
    LedgerLate = 11,
    PermitLate = 12,
    Untracked = 13,
    LostAtStation = 14,
    Touching = 15,
    NotSeparable = 16,
    LinkDown = 17,
    Purge = 18,
    TextMismatch = 19,
    CartonMismatch = 20,
    TamperEvidenceMissing = 21,
    WeightOutOfLimits = 22,
    StationNoRead = 23,
    StationError = 24,
    StationNoResult = 25,
    FirstPack = 26,
});

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Closed + PartialEq + core::fmt::Debug>() {
        for member in T::all() {
            assert_eq!(T::of(member.number()), Some(member));
        }
        assert_eq!(T::of(u64::MAX), None);
    }

    #[test]
    fn every_member_comes_back_by_its_number() {
        check::<Channel>();
        check::<Edge>();
        check::<DeviceFault>();
        check::<LabelerFault>();
        check::<ReadStatus>();
        check::<Finding>();
        check::<Station>();
        check::<Verdict>();
        check::<Resolution>();
        check::<PackFate>();
        check::<JobOrderState>();
        check::<SerialState>();
        check::<RejectReason>();
    }
}
