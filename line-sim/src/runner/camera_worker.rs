//! The camera's own computer: draws what was under the camera, photographs and reads it, on a
//! thread beside the line.
//!
//! Fed by the clock thread; hands readings back to the world. It must never tell the reading side
//! what was printed, nor hold the line while it computes.

use super::live::{self, Live};
use crate::optics::{
    Camera, InkFaults, LabelSpec, LabelTemplate, Press, ReadStatus as OpticsStatus,
    Reading as OpticsReading,
};
use crate::world::{CameraImage, CaptureJob, Reading, Subject};
use contracts::camera::{InLineGrade, ReadStatus};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Pictures that wait; beyond it the camera drops them, as a real one does.
const WAITING_MAX: usize = 256;

/// The camera thread; ends when dropped, after the clock thread.
pub(super) struct CameraWorker {
    jobs: Option<SyncSender<CaptureJob>>,
    thread: Option<JoinHandle<()>>,
}

/// Where the clock thread puts pictures to be taken.
pub(super) struct Jobs(SyncSender<CaptureJob>);

impl Jobs {
    /// Hands pictures over; those for which there is no room get no result.
    pub(super) fn offer(&self, captures: Vec<CaptureJob>) {
        for capture in captures {
            if self.0.try_send(capture).is_err() {
                eprintln!("line-sim: the camera cannot follow: picture {} dropped", capture.id);
            }
        }
    }
}

impl CameraWorker {
    /// Starts the thread.
    pub(super) fn start(live: Arc<Mutex<Live>>) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let work = move || work(&waiting, &live);
        let thread = thread::Builder::new().name("sim-camera".to_owned()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// A sender of jobs.
    pub(super) fn jobs(&self) -> Jobs {
        match &self.jobs {
            Some(jobs) => Jobs(jobs.clone()),
            None => Jobs(sync_channel(0).0),
        }
    }
}

impl Drop for CameraWorker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(waiting: &Receiver<CaptureJob>, live: &Mutex<Live>) {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    while let Ok(job) = waiting.recv() {
        let (reading, image) = capture(&press, &camera, &job);
        live::lock(live).captured(job.id, &reading, Arc::new(image));
    }
}

/// Draws, photographs and reads what a job shows.
fn capture(press: &Press, camera: &Camera, job: &CaptureJob) -> (Reading, CameraImage) {
    let mut rng = ChaCha8Rng::seed_from_u64(job.seed);
    let (spec, faults) = panel(&job.subject);
    let panel = press.print(&spec, &faults, &mut rng);
    let photo = camera.photograph(&panel, &mut rng);
    let mut reading = translate(camera.read(&photo));
    if let Subject::TwoLabels { .. } = job.subject {
        // The picture shows the first label only: what a camera says of two is said for it here.
        reading = job.subject.read_without_pixels();
    }
    (reading, CameraImage { width: photo.width, height: photo.height, pixels: photo.pixels })
}

fn panel(subject: &Subject) -> (LabelSpec, InkFaults) {
    match subject {
        Subject::Nothing | Subject::Blank => {
            let blank = LabelSpec {
                gtin: String::new(),
                serial: String::new(),
                expiry: String::new(),
                lot: String::new(),
            };
            (blank, InkFaults { missing: true, ..InkFaults::default() })
        }
        Subject::Label { text, ink } | Subject::TwoLabels { text, ink, .. } => {
            let spec = LabelSpec {
                gtin: text.gtin.to_text(),
                serial: text.serial.to_text(),
                expiry: text.expiry.to_text(),
                lot: text.lot.to_text(),
            };
            let faults = InkFaults {
                missing: ink.missing,
                smear: ink.smear,
                dead_nozzles: ink.dead_nozzles,
                contrast: ink.contrast,
            };
            (spec, faults)
        }
    }
}

fn translate(reading: OpticsReading) -> Reading {
    let g = reading.grade;
    let status = match reading.status {
        OpticsStatus::Decoded => ReadStatus::Decoded,
        OpticsStatus::NoRead => ReadStatus::NoRead,
        OpticsStatus::Multiple => ReadStatus::Multiple,
    };
    let grade = InLineGrade {
        overall: g.overall,
        parameters: [g.sc, g.mod_, g.rm, g.anu, g.gnu, g.uec, g.fpd],
    };
    Reading { status, content: reading.content, grade }
}
