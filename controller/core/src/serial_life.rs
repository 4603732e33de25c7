//! Life of a serial number as a table (domain.md section 4): which event takes it from which
//! OPEN-SCS state to which.
//!
//! Asked by the ledger before a projection changes, and by the core. Must never skip a state:
//! `match` without `_`.

use contracts::open_scs::SerialState;

/// What can happen to a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SerialEvent {
    /// Order released.
    Allocate,
    /// Print confirmed.
    PrintConfirmed,
    /// Print status unknown, or flushed unprinted, or batch end by policy.
    Invalidate,
    /// Batch end, never dispatched, given back.
    Return,
    /// Exit seen, or found good by a person, or reworked.
    Commission,
    /// Label destroyed, taken by hand, or order closed on a reject.
    Scrap,
    /// Label kept without product.
    SampleLabel,
    /// Pack taken as a sample.
    SamplePack,
    /// Pack taken off after commissioning.
    Deactivate,
    /// Pack destroyed.
    Destroy,
    /// Batch certified and shipped.
    Release,
}

impl SerialEvent {
    /// The state after this event, or none where the table has no such row.
    #[must_use]
    pub const fn from(self, state: SerialState) -> Option<SerialState> {
        use SerialEvent as E;
        use SerialState as S;
        match (self, state) {
            (E::Allocate, S::Unassigned | S::Unallocated) => Some(S::Allocated),
            (E::PrintConfirmed, S::Allocated) => Some(S::Encoded),
            (E::Invalidate, S::Allocated) => Some(S::SnInvalid),
            (E::Return, S::Allocated) => Some(S::Unallocated),
            (E::Commission, S::Encoded) => Some(S::Commissioned),
            (E::Scrap, S::Encoded) => Some(S::LabelScrapped),
            (E::SampleLabel, S::Encoded) => Some(S::LabelSampled),
            (E::SamplePack, S::Commissioned) => Some(S::Sampled),
            (E::Deactivate, S::Commissioned) => Some(S::Inactive),
            (E::Destroy, S::Inactive | S::Sampled | S::Commissioned) => Some(S::Destroyed),
            (E::Release, S::Commissioned) => Some(S::Released),
            (
                E::Allocate
                | E::PrintConfirmed
                | E::Invalidate
                | E::Return
                | E::Commission
                | E::Scrap
                | E::SampleLabel
                | E::SamplePack
                | E::Deactivate
                | E::Destroy
                | E::Release,
                S::Unassigned
                | S::Unallocated
                | S::Allocated
                | S::SnInvalid
                | S::Encoded
                | S::LabelSampled
                | S::LabelScrapped
                | S::Commissioned
                | S::Sampled
                | S::Inactive
                | S::Destroyed
                | S::Released,
            ) => None,
        }
    }
}
