//! The computers of camera and text check: draw what was before their eyes, photograph and read it,
//! on a thread beside the line.
//!
//! Fed by the clock thread; hands readings back to the world. It must never tell the reading side
//! what was printed, nor hold the line while it computes.

use super::live::{self, Live};
use super::text_check::TextCheck;
use crate::optics::label::SymbolBox;
use crate::optics::press::SecondCode;
use crate::optics::symbol::SymbolFormat;
use crate::optics::{
    Camera, InkFaults, LabelSpec, LabelTemplate, Picture, Press, ReadStatus as OpticsStatus,
    ReadableText, Reading as OpticsReading,
};
use crate::world::label::{PrintedLabel, ReadableText as PrintedLines};
use crate::world::{CameraImage, CaptureJob, Eyes, Ink, LabelText, Reading, Subject};
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

/// Data codewords of a second code in view.
const SECOND_WORDS: usize = 36;
/// Where it stands: right of the label's own.
const SECOND_AT: SymbolBox = SymbolBox { left_px: 235, top_px: 24, module_px: 3 };

fn work(waiting: &Receiver<CaptureJob>, live: &Mutex<Live>) {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    let text_check = TextCheck::new();
    while let Ok(job) = waiting.recv() {
        match job.eyes {
            Eyes::Camera => {
                let (reading, image) = capture(&press, &camera, &job);
                live::lock(live).captured(job.id, &reading, Arc::new(image));
            }
            Eyes::TextCheck => {
                let lines = text_check.read(&press, &camera, &job);
                live::lock(live).text_read(job.id, lines);
            }
        }
    }
}

/// Draws, photographs and reads what a job shows.
fn capture(press: &Press, camera: &Camera, job: &CaptureJob) -> (Reading, CameraImage) {
    let mut rng = ChaCha8Rng::seed_from_u64(job.seed);
    let photo = camera.photograph(&panel(press, job, &mut rng), &mut rng);
    let reading = translate(camera.read(&photo));
    (reading, CameraImage { width: photo.width, height: photo.height, pixels: photo.pixels })
}

/// The pack's panel as printed: one seed is one print, whoever looks at it.
pub(super) fn panel(press: &Press, job: &CaptureJob, rng: &mut ChaCha8Rng) -> Picture {
    match &job.subject {
        Subject::Nothing | Subject::Blank => {
            let bare = InkFaults { missing: true, ..InkFaults::default() };
            press.print(&LabelSpec::default(), &bare, rng)
        }
        Subject::Label(label) => press.print(&spec(label), &ink_faults(&label.ink), rng),
        Subject::TwoLabels { label, second } => {
            let (spec, faults) = (spec(label), ink_faults(&label.ink));
            match beside(second) {
                Some(second) => press.print_beside(&second, &spec, &faults, rng),
                None => press.print(&spec, &faults, rng),
            }
        }
    }
}

/// Here, and only here, what is printed becomes what is drawn.
fn spec(label: &PrintedLabel) -> LabelSpec {
    let text = &label.text;
    let (rows, columns) = (usize::from(label.symbol.0), usize::from(label.symbol.1));
    LabelSpec {
        gtin: text.gtin.to_text(),
        serial: text.serial.to_text(),
        expiry: text.expiry.to_text(),
        lot: text.lot.to_text(),
        national: text.national.map(|(ai, number)| (ai.to_text(), number.to_text())),
        size: (rows > 0).then_some((rows, columns)),
        text: (label.readable != text.as_printed()).then(|| printed_lines(&label.readable)),
    }
}

fn printed_lines(lines: &PrintedLines) -> ReadableText {
    ReadableText {
        product_code: lines.product_code.to_text(),
        serial: lines.serial.to_text(),
        lot: lines.lot.to_text(),
        expiry: lines.expiry.to_text(),
    }
}

fn ink_faults(ink: &Ink) -> InkFaults {
    InkFaults {
        missing: ink.missing,
        smear: ink.smear,
        dead_nozzles: ink.dead_nozzles,
        contrast: ink.contrast,
        ..InkFaults::default()
    }
}

/// Another label's code in the lower corner of the view.
fn beside(second: &LabelText) -> Option<SecondCode> {
    let spec = spec(&PrintedLabel::clean(*second));
    let element_string = spec.element_string();
    let format = SymbolFormat::holding(SECOND_WORDS)?;
    Some(SecondCode { element_string, format, place: SECOND_AT })
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
