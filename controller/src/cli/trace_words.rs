//! A record of a serial's life in a word or two, for people.
//!
//! Used by `trace`. Must never leave out who and why where the record tells it.

use ledger::{LedgerBody, ServiceBody, StoredBody};
use line_core::record::{RecordBody, Verdict};
use serde::Serialize;

/// One step in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// What happened.
    pub(super) what: String,
    /// What else is known of it.
    pub(super) detail: String,
    /// Who did it.
    pub(super) who: Option<String>,
    /// Why.
    pub(super) why: Option<String>,
}

impl Words {
    pub(super) fn plain(what: &str, detail: String) -> Self {
        Self { what: what.to_owned(), detail, who: None, why: None }
    }

    fn because(mut self, why: &impl Serialize) -> Self {
        self.why = Some(name(why));
        self
    }
}

/// The name that records give a member of a closed list.
fn name(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').replace('_', " ")
}

/// The words of an event's body.
pub(super) fn words(body: &str) -> Words {
    match StoredBody::parse(body) {
        Ok(StoredBody::Record(record)) => record_words(&record),
        Ok(StoredBody::Service(service)) => service_words(service, body),
        Ok(StoredBody::Ledger(own)) => own_words(&own, body),
        Err(_) => other(body),
    }
}

/// What has no words of its own shows its body.
fn other(body: &str) -> Words {
    let kind = body.split('"').nth(3).unwrap_or("event").replace('_', " ");
    Words::plain(&kind, body.to_owned())
}

fn record_words(record: &RecordBody) -> Words {
    use RecordBody as R;
    match record {
        R::JobAssigned { labeler_epoch, job, .. } => {
            Words::plain("job assigned", format!("job {job} of labeler epoch {labeler_epoch}"))
        }
        R::Printed { job, .. } => Words::plain("printed", format!("job {job}")),
        R::PackInfeed { track, count } => {
            Words::plain("infeed", format!("pack {track} at count {}", count.0))
        }
        R::LabelApplied { job, count, .. } => {
            Words::plain("label applied", format!("job {job} at count {}", count.0))
        }
        R::StationResult { station, reason, trigger, .. } => {
            let what = station.name().replace('_', " ");
            let found = reason.map_or_else(|| "as commanded".to_owned(), |reason| name(&reason));
            Words::plain(&what, format!("strobe {trigger}: {found}"))
        }
        R::Verdict { .. } => verdict_words(record),
        R::ResultDiscarded { trigger, result_seq, .. } => {
            let detail = format!("result {result_seq} of trigger {trigger} decided nothing");
            Words::plain("discarded", detail)
        }
        R::PackExited { count, .. } => {
            Words::plain("exit", format!("at count {}: commissioned", count.0))
        }
        R::PackEjected { count, .. } => {
            Words::plain("ejected", format!("at count {}: in reject", count.0))
        }
        R::PackUnresolved { accepted, exit_seen, .. } => {
            let detail = format!("accepted: {accepted}, seen at the exit: {exit_seen}");
            Words::plain("unresolved", detail)
        }
        R::PackResolved { resolution, .. } => {
            Words::plain("resolved", format!("as {}", name(resolution)))
        }
        R::SerialInvalid { cause, printed, .. } => {
            let detail = format!("printed: {printed}");
            Words::plain("invalid", detail).because(cause)
        }
        R::LabelScrapped { .. } => {
            Words::plain("label scrapped", "printed, and no pack got it".into())
        }
        _ => other(&serde_json::to_string(record).unwrap_or_default()),
    }
}

fn verdict_words(record: &RecordBody) -> Words {
    let RecordBody::Verdict { verdict, reason, trigger, result_seq, grade, .. } = record else {
        return Words::default();
    };
    let mut known = Vec::new();
    known.extend(trigger.map(|trigger| format!("trigger {trigger}")));
    known.extend(result_seq.map(|seq| format!("result {seq}")));
    let tenths = |tenths: u8| format!("{}.{}", tenths / 10, tenths % 10);
    known.extend(grade.map(|grade| format!("grade {}", tenths(grade.overall))));
    let what = if *verdict == Verdict::Accept { "accept" } else { "reject" };
    let words = Words::plain(what, known.join(", "));
    match reason {
        Some(reason) => words.because(reason),
        None => words,
    }
}

fn service_words(service: ServiceBody, body: &str) -> Words {
    match service {
        ServiceBody::SerialTaken { taken, who, reason, .. } => {
            let words = Words::plain("taken", format!("as {}", name(&taken)));
            Words { who: Some(who), why: Some(reason), ..words }
        }
        ServiceBody::Signature { who, subject, reason, .. } => {
            Words { who: Some(who), why: Some(reason), ..Words::plain("signed", subject) }
        }
        _ => other(body),
    }
}

fn own_words(own: &LedgerBody, body: &str) -> Words {
    match own {
        LedgerBody::SerialsAllocated { first, count, .. } => {
            let last = first + count.saturating_sub(1);
            Words::plain("allocated", format!("with serials {first} to {last} of the order"))
        }
        LedgerBody::BatchClosed { .. } => Words::plain("batch closed", String::new()),
        _ => other(body),
    }
}
