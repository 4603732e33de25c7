//! Every body comes back as it was written.

use super::*;
use contracts::station::Station;
use line_core::grade_trend::GradeParameter;
use line_core::reason::SuspendCause;

/// One of each kind of the core; the match makes a new kind a compile error here.
pub(crate) fn one_of_each() -> Vec<RecordBody> {
    use RecordBody as R;
    let (track, serial, job) = (TrackIndex(4), SerialIndex(5), JobSeq(6));
    let (count, epoch) = (EncoderCount(7), Epoch(8));
    let counts = LineCounts { infeed: 1, exit: 2, eject_confirm: 3, printed: 4 };
    let all = vec![
        R::UnitState { from: UnitState::Idle, to: UnitState::Starting },
        R::OrderState { from: JobOrderState::Loaded, to: JobOrderState::Running },
        R::CountsBegin {
            counts,
            io_epoch: epoch,
            infeed_base: 1,
            exit_base: 2,
            eject_base: 3,
            labeler_epoch: epoch,
            printed_base: 4,
        },
        R::LinkUp { device: Device::Camera, epoch },
        R::LinkDown { device: Device::LineIo },
        R::Hold { cause: HoldCause::BinFull },
        R::HoldEnded { cause: HoldCause::BinFull },
        R::PurgeBegin { permit_epoch: 9 },
        R::PurgeEnd { ejected: 2 },
        R::PackInfeed { track, count },
        R::JobAssigned { serial, labeler_epoch: epoch, job },
        R::Printed { serial, labeler_epoch: epoch, job },
        R::SerialInvalid { serial, cause: InvalidCause::Flushed, printed: false },
        R::LabelScrapped { serial },
        R::ExtraLabels { count: 2 },
        R::LabelApplied { track, serial, job, count },
        R::StationResult {
            track,
            station: Station::Checkweigher,
            trigger: 3,
            result_seq: 4,
            reason: Some(RejectReason::WeightOutOfLimits),
            value: -5,
            read: Some(ReadContent::new(b"4711\n")),
        },
        R::GradeTrend {
            parameter: GradeParameter::SymbolContrast,
            mean: 19,
            limit: 15,
            raised: true,
        },
        R::Suspended { cause: SuspendCause::Starved },
        R::Verdict {
            track,
            serial: Some(serial),
            verdict: Verdict::Reject,
            reason: Some(RejectReason::ContentMismatch),
            trigger: Some(1),
            result_seq: Some(u64::MAX),
            grade: Some(Grade { overall: 30, parameters: [1, 2, 3, 4, 5, 6, 7] }),
            read: Some(ReadContent::new(&[0, 0x1d, b'"', b'\\', b'A', 0x7f, 0x80, 0xff])),
        },
        R::Verdict {
            track,
            serial: None,
            verdict: Verdict::Accept,
            reason: None,
            trigger: None,
            result_seq: None,
            grade: None,
            read: None,
        },
        R::ResultDiscarded { trigger: 1, result_seq: 2, track: Some(track) },
        R::PackExited { track, serial: Some(serial), count },
        R::PackEjected { track, serial: None, count },
        R::EjectedWithoutPack { count },
        R::ExitedWithoutPack { count },
        R::PackUnresolved { track, serial: Some(serial), accepted: true, exit_seen: false },
        R::PackResolved {
            track,
            serial: Some(serial),
            resolution: Resolution::Removed,
            exit_edge: true,
        },
        R::Counts { counts, in_process: 3 },
    ];
    for body in &all {
        match body {
            R::UnitState { .. }
            | R::OrderState { .. }
            | R::CountsBegin { .. }
            | R::LinkUp { .. }
            | R::LinkDown { .. }
            | R::Hold { .. }
            | R::HoldEnded { .. }
            | R::PurgeBegin { .. }
            | R::PurgeEnd { .. }
            | R::PackInfeed { .. }
            | R::JobAssigned { .. }
            | R::Printed { .. }
            | R::SerialInvalid { .. }
            | R::LabelScrapped { .. }
            | R::ExtraLabels { .. }
            | R::StationResult { .. }
            | R::GradeTrend { .. }
            | R::Suspended { .. }
            | R::LabelApplied { .. }
            | R::Verdict { .. }
            | R::ResultDiscarded { .. }
            | R::PackExited { .. }
            | R::PackEjected { .. }
            | R::EjectedWithoutPack { .. }
            | R::ExitedWithoutPack { .. }
            | R::PackUnresolved { .. }
            | R::PackResolved { .. }
            | R::Counts { .. } => {}
        }
    }
    all
}

#[test]
fn core_records_come_back() {
    for body in one_of_each() {
        let json = serde_json::to_string(&body).expect("json");
        assert!(json.starts_with("{\"kind\":\""), "{json}");
        assert_eq!(StoredBody::parse(&json), Ok(StoredBody::Record(body)), "{json}");
    }
}

#[test]
fn kinds_are_distinct_and_strict() {
    let records: Vec<String> = one_of_each()
        .iter()
        .map(|body| serde_json::to_string(body).expect("json"))
        .map(|json| kind_of(&json).expect("a kind").to_owned())
        .collect();
    for kind in ServiceBody::KINDS.iter().chain(&LedgerBody::KINDS) {
        assert!(!records.iter().any(|record| record == kind), "{kind} twice");
    }
    for bad in [
        "",
        "{}",
        r#"{"kind":"no_such"}"#,
        r#"{"kind":"hold"}"#,
        r#"{"kind":"hold","cause":"bin_full","more":1}"#,
        r#"{"cause":"bin_full","kind":"hold"}"#,
    ] {
        assert!(StoredBody::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn service_events_come_back() {
    let all = [
        ServiceBody::ServiceStop { clean: true },
        ServiceBody::ClockJump { expected_unix_ms: 1, found_unix_ms: -1 },
        ServiceBody::SerialTaken {
            serial: 5,
            taken: crate::terms::TakenAs::FirstPack,
            who: "op".into(),
            reason: "first pack".into(),
            signature_seq: 9,
            second_signature_seq: Some(10),
        },
        ServiceBody::Command {
            who: "op".into(),
            role: "operator".into(),
            what: "start".into(),
            old: None,
            new: Some("1".into()),
            why: None,
            answer: "done".into(),
        },
    ];
    for body in all {
        let json = serde_json::to_string(&body).expect("json");
        assert_eq!(StoredBody::parse(&json), Ok(StoredBody::Service(body)), "{json}");
    }
}

/// `name` is also what messages and signatures call it.
#[test]
fn names_of_what_is_taken_are_those_of_the_events() {
    use crate::terms::TakenAs as T;
    for taken in [T::Sample, T::Removal, T::Label, T::FirstPack] {
        let json = serde_json::to_string(&taken).expect("a unit variant");
        assert_eq!(json, format!("\"{}\"", taken.name()));
    }
}

#[test]
fn sources_of_pools_come_back() {
    let (provider, claim, sha256) = ("P".to_owned(), "unique".to_owned(), "00".to_owned());
    let all = [
        LedgerBody::PoolImported { provider, claim, sha256, count: 3 },
        LedgerBody::PoolKept { count: 4 },
    ];
    for body in all {
        let json = serde_json::to_string(&body).expect("json");
        assert_eq!(StoredBody::parse(&json), Ok(StoredBody::Ledger(body)), "{json}");
    }
}
