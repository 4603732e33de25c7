//! Every decision of the line, and nothing else.
//!
//! `line-core` is sans-IO and deterministic: the edge hands it inputs with the time, it answers
//! with outputs, and the same inputs give the same outputs, byte for byte. It must never see a
//! clock, a socket, a file, a thread or a random source that it was not handed.
//!
//! Stages, in pipeline order: [`pool`], [`mod@print`], [`track`], [`verify`], [`decide`], [`gate`],
//! [`record`]. Stages never call each other; only [`mod@line`] wires them.

#![forbid(unsafe_code)]

pub mod counts;
pub mod decide;
pub mod event;
pub mod gate;
pub mod grade_trend;
pub mod guess_rule;
pub mod hold;
pub mod ids;
pub mod limits;
pub mod line;
pub mod line_config;
pub mod machine;
pub mod pool;
pub mod print;
pub mod reason;
pub mod reconcile;
pub mod record;
pub mod register;
pub mod serial_draw;
pub mod serial_format;
pub mod serial_life;
pub mod station;
pub mod track;
pub mod verify;

/// Version of the rules: raised by a change after which the same inputs may give other outputs.
/// Recordings name it, so that replay can tell such a change from a fault.
pub const RULES_VERSION: u16 = 2;
