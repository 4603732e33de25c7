//! Real-time rights for the line, ledger and GPIO threads where the system allows them, and the
//! lowest ones for work that has time.
//!
//! Called by the threads themselves. Must never fail: without rights the line runs on as a normal
//! thread. Never spins: under SCHED_FIFO the kernel would freeze a spinning thread.

use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};
use tracing::debug;

#[cfg(target_os = "linux")]
use thread_priority::NormalThreadSchedulePolicy;

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

/// The calling thread, and every thread that it starts, runs when the others leave it the
/// processor: a backup or a sealing that wants whole cores for seconds (invariant I8).
pub fn give_way_to_the_line() {
    #[cfg(target_os = "linux")]
    {
        let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);
        let least = ThreadPriority::Min;
        if let Err(error) = set_thread_priority_and_policy(thread_native_id(), least, policy) {
            debug!(?error, "this thread runs beside the line with the same rights");
        }
    }
}
