//! The result, as it is printed and as the demo passes it on.
//!
//! Filled by `judge`. It must never hold a number that a rule did not count.

use serde::Serialize;

use super::findings::Finding;
use super::join::Joined;
use crate::truth::Fate;

/// What was proven of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// No false good, none unexplained, sums agree, the order is the one given.
    pub ok: bool,
    /// The batch.
    pub batch: String,
    /// The batch is closed; otherwise its books were not compared.
    pub closed: bool,
    /// Packs that left as good and are not proven to be.
    pub false_good: u64,
    /// Good packs rejected without an excuse; they do not spoil `ok`.
    pub false_reject: u64,
    /// Packs or serials recorded otherwise than it happened.
    pub unexplained: u64,
    /// Packs of the batch by ground truth.
    pub packs: u64,
    /// Packs that left as good.
    pub good_out: u64,
    /// Every sum is the same on both sides.
    pub sums_agree: bool,
    /// The ledger's order is the one given.
    pub order_agrees: bool,
    /// Packs by true fate.
    pub fates: Fates,
    /// Packs in process or unresolved in a batch that is not closed.
    pub pending: u64,
    /// Packs whose infeed edge was lost in a line-I/O restart and which were removed by hand.
    pub edges_lost: u64,
    /// Packs of the ground truth that belong to other production batches of the ledger.
    pub other_batches: u64,
    /// Packs of trials (challenge, setup) and other prepared packs: none of the order's.
    pub trial_packs: u64,
    /// Packs that left as good with an ink fault, however slight.
    pub ink_fault_out: u64,
    /// Good packs that were rejected, by excuse.
    pub excused: Excused,
    /// Torn last lines of ground truth, left out.
    pub torn_lines: u64,
    /// Every sum that was compared.
    pub sums: Vec<Sum>,
    /// How many findings there are; only the first are kept.
    pub findings_total: u64,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Packs by true fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// Left through the exit for good.
    pub exited: u64,
    /// In the reject bin.
    pub ejected: u64,
    /// Taken off the belt by hand.
    pub removed: u64,
    /// Taken back from behind the exit.
    pub retrieved: u64,
    /// On the belt at the end.
    pub on_belt: u64,
}

impl Fates {
    pub(super) fn of(joined: &Joined<'_>) -> Self {
        let mut fates = Self::default();
        for pack in &joined.packs {
            *match pack.truth.fate {
                Fate::Exited => &mut fates.exited,
                Fate::Ejected => &mut fates.ejected,
                Fate::Removed => &mut fates.removed,
                Fate::Retrieved => &mut fates.retrieved,
                Fate::OnBelt => &mut fates.on_belt,
            } += 1;
        }
        fates
    }
}

/// Good packs that were rejected, by the first excuse that held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Excused {
    /// A fault struck the pack itself.
    pub own_fault: u64,
    /// A fault struck the pack before or after.
    pub neighbour_fault: u64,
    /// A fault was open.
    pub open_fault: u64,
    /// The line was purged.
    pub purge: u64,
    /// The line held.
    pub hold: u64,
    /// The first pack was not approved yet.
    pub first_pack: u64,
}

/// Two sums that must be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Which, and whose on either side.
    pub name: &'static str,
    /// Left side.
    pub left: i64,
    /// Right side.
    pub right: i64,
    /// How far left may lie below right: edges that a device lost with its power.
    pub slack: i64,
    /// It holds.
    pub holds: bool,
}

impl Sum {
    pub(super) const fn new(name: &'static str, left: i64, right: i64, slack: i64) -> Self {
        let holds = left <= right && right - left <= slack;
        Self { name, left, right, slack, holds }
    }
}
