//! Steps of one pack that no record tells, from its batch's recording: when its job left for the
//! labeler, when the camera was triggered and its result came in, when its verdict was durable,
//! when its permit was sent and acknowledged, when it was at the gate.
//!
//! Called by `serial trace`. A step is told only from a replay that was identical. Must never take
//! a step of another pack for one of this.

use super::outcome::ReplayError;
use super::replay::{Seen, Source, replay};
use contracts::line_io::{Channel, Edge};
use line_core::event::{Input, Output};
use line_core::ids::{EncoderCount, Nanos, RecordSeq, SerialIndex, TrackIndex};
use line_core::line_config::LineConfig;
use line_core::record::RecordBody;
use recording::Timed;
use std::collections::VecDeque;

/// Results that may wait for their verdict: a station or the permit may be what it waits for.
const RESULTS: usize = 1_024;

/// Name of the step at which the deciding result came in; it is told before its verdict.
pub(crate) const RESULT_IN: &str = "result in";

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Last event of the ledger before the life of the core in which it was.
    pub after_seq: i64,
    /// When, in nanoseconds since that process began.
    pub mono_ns: i64,
    /// What, in a word or two.
    pub what: &'static str,
    /// What else is known of it.
    pub detail: String,
}

/// What a recording tells of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Each life of the core in the batch: the last event of the ledger before it.
    pub lives: Vec<i64>,
    /// Steps in the order in which they are known.
    pub steps: Vec<Step>,
}

/// The steps of the pack that bears a serial; none when the replay is not identical.
///
/// # Errors
/// As [`replay`].
pub fn steps_of(
    source: &Source,
    serial: u32,
    track: Option<u32>,
) -> Result<Option<Told>, ReplayError> {
    let (serial, track) = (SerialIndex(serial), track.map(TrackIndex));
    let mut seen = Pack { serial, track, ..Pack::default() };
    let outcome = replay(source, &mut |what| seen.see(what))?;
    Ok(outcome.identical.then_some(seen.told))
}

#[derive(Default)]
struct Pack {
    serial: SerialIndex,
    track: Option<TrackIndex>,
    after_seq: i64,
    line: Option<LineConfig>,
    /// Where it was at the infeed, in this life of the core.
    infeed: Option<EncoderCount>,
    /// Sequence and time of the latest results.
    results: VecDeque<(u64, Nanos)>,
    /// The verdict that is not durable yet.
    waiting: Option<RecordSeq>,
    told: Told,
}

impl Pack {
    fn see(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Begin(header, _) => {
                self.after_seq = header.after_seq;
                self.told.lives.push(header.after_seq);
                self.line = Some(header.line);
                (self.waiting, self.infeed) = (None, None);
                self.results.clear();
            }
            Seen::Input(timed) => self.input(timed),
            Seen::Output(timed, output) => self.output(timed.now, output),
        }
    }

    fn input(&mut self, timed: &Timed) {
        match timed.input {
            Input::CameraResult(reading) => {
                if self.results.len() == RESULTS {
                    self.results.pop_front();
                }
                self.results.push_back((reading.seq, timed.now));
            }
            Input::LineIoEvent { channel, edge: Edge::Rising, count, .. } => {
                self.edge(timed.now, channel, count);
            }
            Input::Watermark(seq) if self.waiting.is_some_and(|record| record <= seq) => {
                self.waiting = None;
                self.step(timed.now, "durable", "the verdict is on disk".to_owned());
            }
            _ => {}
        }
    }

    /// An edge where the pack is expected: no neighbour is as near as half of a window.
    fn edge(&mut self, now: Nanos, channel: Channel, count: EncoderCount) {
        let (Some(line), Some(infeed)) = (self.line, self.infeed) else { return };
        let (what, counts) = match channel {
            Channel::CameraTrigger => ("camera trigger", line.trigger_counts),
            Channel::Gate => ("gate eye", line.gate_counts),
            _ => return,
        };
        if infeed.plus(counts).distance(count) <= line.window_counts {
            self.step(now, what, format!("at count {}", count.0));
        }
    }

    fn output(&mut self, now: Nanos, output: &Output) {
        let ours = |track: TrackIndex| self.track == Some(track);
        match *output {
            Output::Dispatch(dispatch) if dispatch.serial == self.serial => {
                self.step(now, "job sent", format!("job {} to the labeler", dispatch.job));
            }
            Output::Decided { track, result_seq, record, .. } if ours(track) => {
                let came = self.results.iter().find(|(seq, _)| Some(*seq) == result_seq);
                let known = |step: &Step| step.what == RESULT_IN;
                if let Some(&(seq, at)) = came
                    && !self.told.steps.iter().any(known)
                {
                    self.step(at, RESULT_IN, format!("the camera's result {seq}"));
                }
                self.waiting = Some(record);
            }
            Output::Record(record) => {
                if let RecordBody::PackInfeed { track, count } = record.body
                    && ours(track)
                {
                    self.infeed = Some(count);
                }
            }
            Output::Permit { track, from, to, .. } if ours(track) => {
                let detail = format!("for counts {} to {} at the gate", from.0, to.0);
                self.step(now, "permit sent", detail);
            }
            Output::Revoke { track, .. } if ours(track) => {
                self.step(now, "permit revoked", String::new());
            }
            Output::PermitAcknowledged { track, margin_counts } if ours(track) => {
                let detail = format!("{margin_counts} counts before the last moment");
                self.step(now, "permit in force", detail);
            }
            _ => {}
        }
    }

    fn step(&mut self, at: Nanos, what: &'static str, detail: String) {
        let mono_ns = i64::try_from(at.0).unwrap_or(i64::MAX);
        self.told.steps.push(Step { after_seq: self.after_seq, mono_ns, what, detail });
    }
}
