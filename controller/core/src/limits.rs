//! Every bound of the controller with its reason. Rings, slots and frames take their sizes here.
//!
//! Read by the core, by the rings of the binary and by `config explain --budget`. A bound that
//! depends on another is checked at compile time.

use contracts::line_io::PERMITS_PER_FRAME;

/// Packs between infeed and fate: at least 2 x rate x transit, so 256 packs/s at a transit of 1 s.
pub const SLOTS: usize = 512;
/// Packs that wait for a person. Beyond it the line cannot go on.
pub const UNRESOLVED_MAX: usize = SLOTS;
/// Print jobs that may be out at the labeler: rate x worst reconnect, 64 at 17/s.
pub const LOOK_AHEAD_MAX: usize = 64;
/// Printed jobs waiting for their applied edge, or edges waiting for their job.
pub const APPLIED_PENDING: usize = 32;
/// Camera results whose trigger event has not been read yet: results overtake the FIFO by at most
/// one poll.
pub const RESULTS_PENDING: usize = 32;
/// Edges in the chute that wait for a person's word: every pack in the register may have fallen.
pub const CHUTE_EDGES: usize = SLOTS;
/// Serials of one order; at 24 bytes each the pool stays below 48 MB.
pub const ORDER_SERIALS_MAX: usize = 2_000_000;
/// Records that one pack can need from infeed to fate: infeed, applied, verdict, superseding
/// verdict, unresolved, resolved, exit or ejection, the invalidation of its serial, a result of
/// each station and a change of the grade's trend.
pub const RECORDS_PER_PACK: usize = 13;
/// Travels of a purge after which an eye that is still blocked is blocked for good.
pub const PURGE_TRAVELS_MAX: u64 = 3;
/// Records between the line and the ledger thread.
pub const RECORD_RING: usize = 8_192;
/// Part of [`RECORD_RING`] kept for holds, stops and faults.
pub const RECORD_RESERVE: usize = 1_024;
/// Outputs of one input. The worst is a purge that takes every slot's permit.
pub const OUTPUTS_PER_INPUT: usize = 4 * SLOTS + 64;
/// Inputs between a device thread and the line thread.
pub const INPUT_RING: usize = 4_096;
/// Outputs between the line thread and a device thread.
pub const OUTPUT_RING: usize = 4_096;
/// Inputs between the line thread and the recorder: at 4,000 a second a disk may stall for 2 s
/// before the recording gets a gap.
pub const RECORDER_RING: usize = 8_192;
/// Commands of people waiting for the line thread.
pub const COMMAND_RING: usize = 64;

const _: () = assert!(SLOTS * RECORDS_PER_PACK + RECORD_RESERVE <= RECORD_RING);
const _: () = assert!(OUTPUTS_PER_INPUT <= OUTPUT_RING);
const _: () = assert!(OUTPUTS_PER_INPUT + RECORD_RESERVE <= RECORD_RING);
const _: () = assert!(PERMITS_PER_FRAME <= SLOTS);
const _: () = assert!(LOOK_AHEAD_MAX <= SLOTS);
