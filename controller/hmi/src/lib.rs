//! The live page and the HTTP API of one line.
//!
//! Started by the binary's web thread. It shows [`Snapshot`]s that the service publishes and turns
//! requests into [`Request`]s on a bounded queue of low priority; the service answers them. It must
//! never touch a ring or a device, never open the ledger, and never make the line wait: a full
//! queue is answered with 503, a slow browser misses frames.

#![forbid(unsafe_code)]

mod api;
mod auth;
mod backup;
mod by_hand;
mod live;
mod named;
mod page;
mod problem;
mod request;
mod server;
mod snapshot;
mod words;

pub use problem::Problem;
pub use request::{
    Answer, BackupWish, Declared, OrderAction, OrderPool, REQUEST_QUEUE, Reply, Request, Take,
    TrialMode,
};
pub use server::{BODY_BYTES_MAX, Bound, HmiError, bind, router, serve};
pub use snapshot::{
    AlarmView, AuditHead, Device, Hold, LastPack, Latency, LineFigures, LinkState, PackCounts,
    Percentiles, Rate, SerialCounts, Snapshot, StrayEdges, UnresolvedPack,
};
