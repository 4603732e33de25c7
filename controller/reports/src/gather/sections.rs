//! The sections of a batch record and their columns.
//!
//! Must never change a key: programs read them (docs/reports.md).

use crate::table::{Column, Section, Shape, column as c};

const PAIRS: &[Column] = &[c("item", "Item", 30), c("value", "Value", 70)];

/// In the order of the record.
pub(crate) static SECTIONS: [&Section; 11] = [
    &BATCH,
    &COUNTS,
    &RECONCILIATION,
    &REASONS,
    &STEPS,
    &DEVICES,
    &CHALLENGES,
    &CHANGES,
    &TRAIL,
    &SIGNATURES,
    &REJECTS,
];

pub(crate) static BATCH: Section =
    Section { key: "batch", title: "Batch", about: "", shape: Shape::Pairs, columns: PAIRS };

pub(crate) static COUNTS: Section = Section {
    key: "counts",
    title: "Counts",
    about: "The books of the batch. Grey: people declared it, or a part of it.",
    shape: Shape::Pairs,
    columns: PAIRS,
};

pub(crate) static RECONCILIATION: Section = Section {
    key: "reconciliation",
    title: "Reconciliation",
    about: "Each sum of serials and packs against the line's own counters.",
    shape: Shape::Table,
    columns: &[
        c("identity", "Sum", 40),
        c("left", "One side", 14),
        c("right", "Other side", 14),
        c("holds", "Equal", 10),
        c("covered", "Signed deviation", 22),
    ],
};

pub(crate) static REASONS: Section = Section {
    key: "rejects_by_reason",
    title: "Rejects by reason",
    about: "Packs whose last verdict is a reject.",
    shape: Shape::Bars,
    columns: &[
        c("reason", "Reason", 36),
        c("packs", "Packs", 14),
        c("device", "Told by", 24),
        c("unreviewed", "Not reviewed", 26),
    ],
};

pub(crate) static STEPS: Section = Section {
    key: "steps",
    title: "Workflow",
    about: "Steps that the order went through.",
    shape: Shape::Table,
    columns: &[
        c("step", "Step", 20),
        c("state", "State", 12),
        c("at", "When (UTC)", 24),
        c("who", "Who", 20),
        c("detail", "Detail", 24),
    ],
};

pub(crate) static DEVICES: Section = Section {
    key: "devices",
    title: "Devices",
    about: "Each check of the devices against the recipe.",
    shape: Shape::Table,
    columns: &[
        c("at", "When (UTC)", 20),
        c("device", "Device", 12),
        c("recipe", "Recipe", 14),
        c("expected_hash", "Expected", 20),
        c("echoed_hash", "Reported", 20),
        c("matches", "Equal", 7),
        c("link", "Link", 6),
        c("security", "Secured by", 16),
        c("who", "Who", 12),
    ],
};

pub(crate) static CHALLENGES: Section = Section {
    key: "challenge_tests",
    title: "Challenge tests",
    about: "Every prepared pack of every trial.",
    shape: Shape::Table,
    columns: &[
        c("at", "When (UTC)", 20),
        c("trial", "Trial", 16),
        c("mode", "Mode", 10),
        c("track", "Pack", 6),
        c("prepared", "Prepared as", 16),
        c("verdict", "Verdict", 9),
        c("reason", "Reason", 16),
        c("state", "Where", 10),
        c("passed", "Passed", 8),
    ],
};

pub(crate) static CHANGES: Section = Section {
    key: "changes",
    title: "Declared and changed values",
    about: "Everything that a person declared, or that was put in place of another value.",
    shape: Shape::Table,
    columns: &[
        c("at", "When (UTC)", 20),
        c("what", "What", 22),
        c("old", "Before", 14),
        c("new", "After", 16),
        c("who", "Who", 14),
        c("why", "Why", 24),
    ],
};

pub(crate) static TRAIL: Section = Section {
    key: "interventions",
    title: "Interventions and events",
    about: "What people did, holds, links, purges, alarms; in order.",
    shape: Shape::Table,
    columns: &[
        c("at", "When (UTC)", 20),
        c("event", "Event", 16),
        c("what", "What", 38),
        c("who", "Who", 12),
        c("why", "Why", 22),
    ],
};

pub(crate) static SIGNATURES: Section = Section {
    key: "signatures",
    title: "Signatures",
    about: "Each is bound to the record that it stands under.",
    shape: Shape::Table,
    columns: &[
        c("at", "When (UTC)", 20),
        c("name", "Printed name", 18),
        c("who", "User", 10),
        c("meaning", "Meaning", 11),
        c("subject", "Signed", 30),
        c("why", "Reason", 20),
        c("authenticated", "Proven", 8),
    ],
};

pub(crate) static REJECTS: Section = Section {
    key: "rejects",
    title: "Rejects",
    about: "Every pack whose last verdict is a reject.",
    shape: Shape::Table,
    columns: &[
        c("track", "Pack", 7),
        c("serial", "Serial", 26),
        c("reason", "Reason", 17),
        c("device", "Told by", 11),
        c("at", "When (UTC)", 22),
        c("state", "Where", 10),
        c("review", "Review", 10),
        c("who", "Reviewed by", 12),
    ],
};
