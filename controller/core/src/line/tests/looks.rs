//! What came of a script: records, verdicts, permits and fates, as the rig has seen them.
//!
//! Used by the tests of the invariants. Must never change the rig.

use super::fixture::Rig;
use crate::event::{Output, PackFate};
use crate::reason::{HoldCause, RejectReason};
use crate::record::RecordBody;
use std::collections::BTreeSet;

impl Rig {
    pub(super) fn records(&self) -> impl Iterator<Item = &RecordBody> {
        self.seen
            .iter()
            .filter_map(|o| if let Output::Record(r) = o { Some(&r.body) } else { None })
    }

    /// Verdicts on a pack in their order; none is an accept.
    pub(super) fn verdicts(&self, pack: u32) -> Vec<Option<RejectReason>> {
        let of = |body: &RecordBody| match *body {
            RecordBody::Verdict { track, reason, .. } if track.0 == pack => Some(reason),
            _ => None,
        };
        self.records().filter_map(of).collect()
    }

    pub(super) fn permitted(&self, pack: u32) -> bool {
        self.seen.iter().any(|o| matches!(o, Output::Permit { track, .. } if track.0 == pack))
    }

    pub(super) fn revoked(&self, pack: u32) -> bool {
        self.seen.iter().any(|o| matches!(o, Output::Revoke { track, .. } if track.0 == pack))
    }

    /// The last that the records say of a pack's fate.
    pub(super) fn fate(&self, pack: u32) -> PackFate {
        let of = |body: &RecordBody| match *body {
            RecordBody::PackExited { track, .. } if track.0 == pack => Some(PackFate::Exited),
            RecordBody::PackEjected { track, .. } if track.0 == pack => Some(PackFate::Ejected),
            RecordBody::PackUnresolved { track, .. } if track.0 == pack => {
                Some(PackFate::Unresolved)
            }
            _ => None,
        };
        self.records().filter_map(of).last().unwrap_or_default()
    }

    pub(super) fn held_for(&self, cause: HoldCause) -> bool {
        self.records().any(|body| *body == RecordBody::Hold { cause })
    }

    pub(super) fn dispatched(&self) -> &BTreeSet<u32> {
        &self.watch.ever_dispatched
    }
}
