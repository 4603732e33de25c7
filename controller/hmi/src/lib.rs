//! The live page and the HTTP API of one line.
//!
//! Started by the binary's web thread. It shows [`Snapshot`]s that the service publishes, asks
//! people's [`Desk`] who may do what, and turns requests into [`Request`]s on a bounded queue of
//! low priority; the service answers them. It must never touch a ring or a device, never open the
//! ledger, and never make the line wait: a full queue is answered with 503, a slow browser misses
//! frames.

#![forbid(unsafe_code)]

mod act;
mod api;
mod app;
mod auth;
mod caller;
mod desk;
mod form;
mod i18n;
mod idempotency;
mod live;
mod named;
mod page;
mod problem;
mod query;
mod request;
mod server;
mod sheet;
mod simulated;
mod snapshot;
mod tls;
mod tls_listener;
mod words;
mod workflow_query;

pub use act::{Act, ClearanceItem, Finding, ITEMS_MAX};
pub use app::Parts;
pub use desk::{DESK_QUEUE, Desk, DeskJob, Told};
pub use problem::Problem;
pub use query::{
    AlarmHistoryFilter, AuditFilter, AuditForm, AuditWay, Queries, Query, ReportFile, ReportForm,
};
pub use request::{
    Answer, BackupWish, By, Declared, OrderAction, OrderPool, REQUEST_QUEUE, Reply, Request, Take,
    UNAUTHENTICATED,
};
pub use server::{BODY_BYTES_MAX, Bound, HmiError, bind, router};
pub use sheet::digest;
pub use simulated::{MARGIN_BARS, MarginHistogram, Simulated, SimulatedFault};
pub use snapshot::{
    AlarmView, AuditHead, Buffer, Device, GradeMinute, Hold, LastPack, Latency, LineFigures,
    LinkState, Oee, PackCounts, Percentiles, Rate, SerialCounts, Snapshot, StateSpan, StrayEdges,
    UnresolvedPack,
};
pub use tls::{Tls, TlsError};
pub use workflow_query::{RejectsFilter, RejectsFrom, WorkflowQuery};
