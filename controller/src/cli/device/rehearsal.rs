//! A line that is not there: what a driver is told and tells while a profile is tried.
//!
//! Part of `device check`. A labeler gets a header, one job, and the order to drop it. Must never
//! want anything printed.

use super::steps::Steps;
use codes::SerialNumber;
use contracts::labeler::BatchHeader;
use devices::{DeviceIo, Setup};
use line_core::event::{Dispatch, Input, LabelerReport, Output};
use line_core::ids::{JobSeq, SerialIndex};
use std::time::{Duration, Instant};

/// Number of the flush that drops the job.
const FLUSH: u16 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connect,
    Header,
    Job(JobSeq),
    Drop(JobSeq),
    Done,
}

/// See the module.
pub(super) struct Rehearsal {
    until: Instant,
    stage: Stage,
    with_job: bool,
    header: Option<BatchHeader>,
    serial: SerialNumber,
    say: Option<Output>,
    beat: u16,
    pub(super) steps: Steps,
}

impl Rehearsal {
    /// Of a device; a labeler gets this header, and a job with this serial number if `with_job`.
    pub(super) fn new(
        limit: Duration,
        header: BatchHeader,
        serial: SerialNumber,
        with_job: bool,
    ) -> Self {
        Self {
            until: Instant::now() + limit,
            stage: Stage::Connect,
            with_job,
            header: Some(header),
            serial,
            say: None,
            beat: 0,
            steps: Steps::default(),
        }
    }

    /// The driver has ended: what is still open has failed.
    pub(super) fn end(mut self) -> Steps {
        let why = "not within the time; the warnings of the link above say why";
        match self.stage {
            Stage::Done => {}
            Stage::Connect => self.steps.failed("connect", why),
            Stage::Header => {
                let why = "the header is not in force: compare what it writes with the manual";
                self.steps.failed("header", why);
            }
            Stage::Job(_) => {
                let why = "the job was not taken: look at ready, at the handshake and its answer";
                self.steps.failed("job", why);
            }
            Stage::Drop(_) => {
                let why = "the job was not dropped: take it out by hand before anything runs";
                self.steps.failed("drop", why);
            }
        }
        self.steps
    }

    fn up(&mut self, what: impl Into<String>) {
        if self.stage == Stage::Connect {
            self.steps.went("connect", what);
            self.stage = Stage::Done;
        }
    }

    fn labeler(&mut self, report: &LabelerReport) {
        if self.stage == Stage::Connect {
            let what = format!("it answers; fault {:?}", report.fault);
            self.steps.went("connect", what);
            self.stage = if self.with_job { Stage::Header } else { Stage::Done };
        }
        match self.stage {
            Stage::Header if report.header_ok => {
                self.steps.went("header", "the header is in force");
                let job = JobSeq(report.last_accepted.0.wrapping_add(1));
                self.stage = Stage::Job(job);
                let (serial, number) = (SerialIndex(0), self.serial);
                let dispatch = Dispatch { labeler_epoch: report.epoch, job, serial, number };
                self.say = Some(Output::Dispatch(dispatch));
            }
            Stage::Job(job) if report.last_accepted == job => {
                self.steps.went("job", "the job was taken");
                self.stage = Stage::Drop(job);
                self.say = Some(Output::FlushLabeler { flush: FLUSH });
            }
            Stage::Drop(job) if report.flush_done == FLUSH => {
                self.stage = Stage::Done;
                if report.last_printed == job {
                    let what = "the job was printed, or counts as printed, before it was dropped: \
                                keep packs away, and see what counts labels";
                    self.steps.failed("drop", what);
                } else {
                    self.steps.went("drop", "the job was dropped unprinted");
                }
            }
            _ => {}
        }
    }
}

impl DeviceIo for Rehearsal {
    fn input(&mut self, input: Input) -> bool {
        match input {
            Input::LabelerUp(report) | Input::LabelerStatus(report) => self.labeler(&report),
            Input::CameraUp { .. } | Input::LineIoUp { .. } | Input::StationUp { .. } => {
                self.up("it answers by its contract");
            }
            _ => {}
        }
        true
    }

    fn output(&mut self) -> Option<Output> {
        self.beat = self.beat.wrapping_add(1);
        self.say.take()
    }

    fn heartbeat(&self) -> u16 {
        self.beat
    }

    fn stop(&self) -> bool {
        self.stage == Stage::Done || Instant::now() >= self.until
    }

    fn setup(&mut self) -> Option<Setup> {
        self.header.take().map(Setup::Header)
    }
}
