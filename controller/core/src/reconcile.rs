//! Reconciliation: the exact identities of domain.md section 4 over serials, packs and the line's
//! own counters.
//!
//! Called at batch close with the sums that the ledger's projections hold, by reports, and by the
//! core's own books. Must never edit a number: `unexplained` may be negative and is only told.

use serde::{Deserialize, Serialize};

/// Every term of the identities. Counts start after the start purge; one set a mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Serials allocated to the order.
    pub allocated: i64,
    /// Serials given back at order end.
    pub returned: i64,
    /// SNInvalid.
    pub invalid: i64,
    /// Printed, valid, whatever became of them.
    pub encoded: i64,
    /// Ever commissioned.
    pub commissioned_ever: i64,
    /// LabelScrapped.
    pub label_scrapped: i64,
    /// LabelSampled.
    pub label_sampled: i64,
    /// Encoded (in reject); 0 at close.
    pub in_reject: i64,
    /// Encoded (unresolved) or still between printing and fate; 0 at close.
    pub unresolved: i64,
    /// Commissioned by the exit eye.
    pub line_commissioned: i64,
    /// Commissioned at the rework station.
    pub reworked: i64,
    /// Commissioned by a person's resolution.
    pub resolved_commissioned: i64,
    /// Commissioned and still so.
    pub commissioned_now: i64,
    /// Released.
    pub released: i64,
    /// Sampled.
    pub sampled: i64,
    /// Inactive.
    pub inactive: i64,
    /// Destroyed.
    pub destroyed: i64,
    /// Infeed edges, by the line's counter.
    pub infeed: i64,
    /// Exit edges, by the line's counter.
    pub exit_edges: i64,
    /// Packs that a person took back behind the exit eye.
    pub retrieved_after_exit: i64,
    /// Exit edges given to a pack by hand, whatever its end state.
    pub resolved_at_exit: i64,
    /// Ejections by the line's counter, and those that a person confirmed in the bin.
    pub confirmed_ejects: i64,
    /// Serials whose pack was ever confirmed in the reject bin.
    pub serials_in_reject_ever: i64,
    /// Ejected packs without a live serial: blank, foreign, serial already SNInvalid.
    pub ejects_without_serial: i64,
    /// Packs put onto the line by hand, declared.
    pub declared_additions: i64,
    /// Packs taken off the line by hand, declared.
    pub declared_removals: i64,
    /// Packs counted on the belt.
    pub in_process: i64,
    /// Labels printed, by the labeler's counter.
    pub labeler_printed: i64,
    /// SNInvalid serials that were printed all the same.
    pub invalid_but_printed: i64,
    /// Labels printed twice.
    pub duplicate: i64,
    /// Labels without live serials.
    pub setup: i64,
    /// Challenge labels.
    pub challenge: i64,
    /// After a lost labeler epoch: the remainder that its counter cannot tell, declared.
    pub printed_undeclared: i64,
}

/// One identity: what it is called, both sides, and whether they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// As in domain.md section 4.
    pub name: &'static str,
    /// Value of the left side.
    pub left: i64,
    /// Value of the right side.
    pub right: i64,
}

impl Identity {
    /// True when both sides are equal.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.left == self.right
    }
}

impl Books {
    /// Exit edges that are not for packs taken back.
    #[must_use]
    pub const fn exit_net(&self) -> i64 {
        self.exit_edges - self.retrieved_after_exit
    }

    /// Exits that neither the line nor a person has given to a pack; may be negative.
    #[must_use]
    pub const fn unexplained_exit(&self) -> i64 {
        self.exit_net() - self.line_commissioned - self.resolved_at_exit
    }

    /// Packs that went in and are nowhere; may be negative.
    #[must_use]
    pub const fn unexplained(&self) -> i64 {
        self.infeed + self.declared_additions
            - self.exit_net()
            - self.confirmed_ejects
            - self.declared_removals
            - self.in_process
    }

    /// The identities of domain.md section 4, in its order.
    #[must_use]
    pub fn identities(&self) -> [Identity; 9] {
        let id = |name, left, right| Identity { name, left, right };
        [
            id("allocated", self.allocated, self.returned + self.invalid + self.encoded),
            id(
                "encoded",
                self.encoded,
                self.commissioned_ever + self.label_scrapped + self.label_sampled + self.in_reject,
            ),
            id(
                "commissioned_ever by cause",
                self.commissioned_ever,
                self.line_commissioned + self.reworked + self.resolved_commissioned,
            ),
            id(
                "commissioned_ever by state",
                self.commissioned_ever,
                self.commissioned_now
                    + self.released
                    + self.sampled
                    + self.inactive
                    + self.destroyed,
            ),
            id("unexplained_exit", self.unexplained_exit(), 0),
            id("unexplained", self.unexplained(), 0),
            id("in_process", self.in_process, 0),
            id(
                "confirmed_ejects",
                self.confirmed_ejects,
                self.serials_in_reject_ever + self.ejects_without_serial,
            ),
            id(
                "labeler_printed",
                self.labeler_printed + self.printed_undeclared,
                self.encoded
                    + self.invalid_but_printed
                    + self.duplicate
                    + self.setup
                    + self.challenge,
            ),
        ]
    }

    /// True when every identity holds: the order may close (invariant I4).
    #[must_use]
    pub fn reconciled(&self) -> bool {
        self.unresolved == 0 && self.identities().iter().all(Identity::holds)
    }
}
