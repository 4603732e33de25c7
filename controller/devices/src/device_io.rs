//! What a transport needs of the process around it: rings, the line thread's heartbeat, the order's
//! setup, the sign to stop.
//!
//! Implemented by the binary for each device thread. Must never block.

use contracts::labeler::BatchHeader;
use line_core::event::{Input, Output};
use line_core::ids::TrackIndex;

/// What an order sets at its devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// For the labeler.
    Header(BatchHeader),
    /// Hash of the recipe, for the camera.
    Recipe(u32),
}

/// Wish for the picture behind a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageRequest {
    /// Sequence of the result in the camera's epoch.
    pub seq: u64,
    /// The pack.
    pub track: TrackIndex,
    /// Whether the pack was accepted.
    pub accepted: bool,
}

/// The process around a device thread.
pub trait DeviceIo {
    /// Hands an input to the line thread and wakes it; false when the ring is full: the same
    /// thing is offered again later, and nothing behind it before.
    fn input(&mut self, input: Input) -> bool;

    /// The next output of the core for this device; the transport takes all there are each cycle.
    fn output(&mut self) -> Option<Output>;

    /// The line thread's heartbeat counter as it is now.
    fn heartbeat(&self) -> u16;

    /// True when the thread shall end.
    fn stop(&self) -> bool;

    /// What an order wants set, each once; also what holds already when the thread starts.
    fn setup(&mut self) -> Option<Setup> {
        None
    }

    /// The next picture to fetch, from a bounded queue of low priority (camera only).
    fn image_request(&mut self) -> Option<ImageRequest> {
        None
    }

    /// A picture as PNG, or none: the camera does not have it any more, or did not answer in time
    /// (camera only).
    fn image(&mut self, request: ImageRequest, png: Option<Vec<u8>>) {
        let _ = (request, png);
    }
}
