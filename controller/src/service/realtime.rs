//! Real-time rights for the line, ledger and GPIO threads where the system allows them.
//!
//! Called by the threads themselves. Must never fail: without rights the line runs on as a normal
//! thread. Never spins: under SCHED_FIFO the kernel would freeze a spinning thread.

use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};
use tracing::debug;

/// Priority of the line thread; the ledger's is below it.
const LINE_PRIORITY: u8 = 60;

/// Asks for SCHED_FIFO for the calling thread.
pub fn prefer_this_thread() {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let Ok(value) = LINE_PRIORITY.try_into() else { return };
    let priority = ThreadPriority::Crossplatform(value);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), priority, policy) {
        debug!(?error, "no real-time rights: this thread runs as a normal one");
    }
}
