//! The process around a driver: records every input, hands over what the test says.

use devices::{DeviceIo, ImageRequest, Setup};
use line_core::event::{Input, Output};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Bounds a wait that would never end; no assertion about time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Shared by the test and the driver's thread.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    inputs: Vec<Input>,
    outputs: VecDeque<Output>,
    setups: VecDeque<Setup>,
    requests: VecDeque<ImageRequest>,
    images: Vec<(u64, Option<Vec<u8>>)>,
    heartbeat: u16,
    stop: bool,
}

impl Recorder {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub fn say(&self, output: Output) {
        self.state().outputs.push_back(output);
    }

    pub fn set_up(&self, setup: Setup) {
        self.state().setups.push_back(setup);
    }

    pub fn want_image(&self, request: ImageRequest) {
        self.state().requests.push_back(request);
    }

    pub fn beat(&self, heartbeat: u16) {
        self.state().heartbeat = heartbeat;
    }

    pub fn stop(&self) {
        self.state().stop = true;
    }

    pub fn count(&self, wanted: impl Fn(&Input) -> bool) -> usize {
        self.state().inputs.iter().filter(|input| wanted(input)).count()
    }

    pub fn find_all<T>(&self, wanted: impl Fn(&Input) -> Option<T>) -> Vec<T> {
        self.state().inputs.iter().filter_map(wanted).collect()
    }

    /// Sequences of the line-I/O events.
    pub fn events(&self) -> Vec<u32> {
        self.find_all(|input| match input {
            Input::LineIoEvent { seq, .. } => Some(seq.0),
            _ => None,
        })
    }

    /// Number and last job of the last flush.
    pub fn flushed(&self) -> Option<(u16, u32)> {
        let reports = self.find_all(|input| match input {
            Input::LabelerStatus(report) => Some((report.flush_done, report.flushed_to.0)),
            _ => None,
        });
        reports.last().copied()
    }

    pub fn images(&self) -> Vec<(u64, Option<Vec<u8>>)> {
        self.state().images.clone()
    }

    /// Waits until something is so; gives up, with the last inputs, after a long time.
    pub fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < PATIENCE, "waited for {what}: {:?}", self.tail());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn tail(&self) -> Vec<Input> {
        let state = self.state();
        state.inputs[state.inputs.len().saturating_sub(4)..].to_vec()
    }
}

impl DeviceIo for Recorder {
    fn input(&mut self, input: Input) -> bool {
        self.state().inputs.push(input);
        true
    }

    fn output(&mut self) -> Option<Output> {
        self.state().outputs.pop_front()
    }

    fn heartbeat(&self) -> u16 {
        self.state().heartbeat
    }

    fn stop(&self) -> bool {
        self.state().stop
    }

    fn setup(&mut self) -> Option<Setup> {
        self.state().setups.pop_front()
    }

    fn image_request(&mut self) -> Option<ImageRequest> {
        self.state().requests.pop_front()
    }

    fn image(&mut self, request: ImageRequest, png: Option<Vec<u8>>) {
        self.state().images.push((request.seq, png));
    }
}
