//! The camera as a device that gives results by sequence: see [`results`](crate::results).
//!
//! Driven by the transport (`opcua.rs`) and, in virtual time, by the simulated line. Must never
//! judge a result.

use crate::results::{Counters, ResultSource, ResultsSession};
use contracts::camera::{CameraResult, CameraStatus};
use line_core::event::{CameraReading, Input};
use line_core::ids::Epoch;
use line_core::record::ReadContent;

/// The conversation with the camera.
pub type CameraSession = ResultsSession<Camera>;

/// What is the camera's own.
#[derive(Clone, Copy, Debug)]
pub struct Camera;

impl CameraSession {
    /// A session that has not met its device.
    #[must_use]
    pub const fn new() -> Self {
        Self::of(Camera)
    }
}

impl Default for CameraSession {
    fn default() -> Self {
        Self::new()
    }
}

impl ResultSource for Camera {
    type Status = CameraStatus;
    type Result = CameraResult;
    type Seq = u64;

    fn name(&self) -> &'static str {
        "camera"
    }

    fn counters(status: &CameraStatus) -> Counters {
        let CameraStatus { epoch, recipe_hash, last_seq, triggers } = *status;
        Counters { epoch, recipe_hash, last_seq, triggers }
    }

    fn seq(result: &CameraResult) -> u64 {
        result.seq
    }

    fn wanted(seq: u64) -> u64 {
        seq
    }

    fn up(&self, epoch: Epoch, recipe_ok: bool, triggers: u32) -> Input {
        Input::CameraUp { epoch, recipe_ok, triggers }
    }

    fn down(&self) -> Input {
        Input::CameraDown
    }

    fn reading(&self, result: &CameraResult, epoch: Epoch, recipe_hash: Option<u32>) -> Input {
        Input::CameraResult(CameraReading {
            epoch,
            seq: result.seq,
            trigger: result.trigger,
            status: result.status,
            flags: result.flags,
            recipe_ok: recipe_hash == Some(result.recipe_hash),
            grade: result.grade,
            content: ReadContent::new(&result.content),
        })
    }

    fn sample(&self, triggers: u32, last_seq: u64) -> Input {
        Input::CameraSample { triggers, last_seq }
    }
}
