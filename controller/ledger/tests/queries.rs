//! The queries of the review pages: pages of rejects both ways through every filter, and one pack
//! whole.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use codes::build_fmd_with_symbology;
use common::*;
use ledger::{
    Chain, Finding, Meaning, PackFacts, PageFrom, Reader, RejectFilter, RejectPage, ServiceBody,
};
use line_core::ids::TrackIndex;
use line_core::reason::RejectReason as R;
use line_core::record::{Grade, ReadContent, RecordBody, Verdict};

fn all(reader: &Reader, filter: &RejectFilter, limit: u32, forward: bool) -> Vec<u32> {
    let no = ledger::BatchNo(1);
    let mut from = if forward { PageFrom::After(0) } else { PageFrom::Before(u32::MAX) };
    let mut found = Vec::new();
    loop {
        let page: RejectPage = reader.reject_page(no, filter, (from, limit)).expect("a page");
        let tracks: Vec<u32> = page.rows.iter().map(|row| row.track).collect();
        let (Some(first), Some(last)) = (tracks.first(), tracks.last()) else { break };
        from = if forward { PageFrom::After(*last) } else { PageFrom::Before(*first) };
        let more = if forward { page.more_after } else { page.more_before };
        if forward {
            found.extend(tracks);
        } else {
            found.splice(0..0, tracks);
        }
        if !more {
            assert_eq!(found.len() as u64, page.total, "{filter:?}");
            break;
        }
    }
    found
}

#[test]
fn rejects_come_page_by_page_both_ways_through_every_filter() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 90), 100);
    let mut script = Script::new();
    script.start();
    let reasons = [R::NoRead, R::LowGrade, R::TextMismatch, R::NoRead, R::NoJob];
    for n in 0..20 {
        script.good();
        script.rejected(reasons[n % reasons.len()]);
        script.commit(&mut ledger, no).expect("records");
    }
    let reviewed: Vec<u32> = (2..=20).step_by(2).collect();
    let sara = signed("sara", Meaning::Reviewed);
    let done = (reviewed.as_slice(), Finding::Confirmed, "seen");
    ledger.review_rejects(now(5_000), no, done, &sara).expect("a review");
    let reader = Reader::open(&path(&dir)).expect("a reader");
    let of = |wanted: &dyn Fn(u32, R) -> bool| -> Vec<u32> {
        let rejects = (0..20_u32).map(|n| (2 * n + 2, reasons[n as usize % 5]));
        rejects.filter(|(track, reason)| wanted(*track, *reason)).map(|(track, _)| track).collect()
    };
    let any = RejectFilter::default();
    let (page, at) = (reader.reject_page(no, &any, (PageFrom::After(0), 50)).expect("a page"), 19);
    let half = page.rows[at / 2].at.clone();
    let ms = ms_of(&half);
    let cases: [(RejectFilter, Vec<u32>); 6] = [
        (any.clone(), of(&|_, _| true)),
        (RejectFilter { reasons: vec![R::NoRead], ..any.clone() }, of(&|_, r| r == R::NoRead)),
        (
            RejectFilter { device: Some("camera".into()), ..any.clone() },
            of(&|_, r| r == R::NoRead || r == R::LowGrade),
        ),
        (RejectFilter { unreviewed: true, ..any.clone() }, of(&|track, _| track > 20)),
        (
            RejectFilter { from_ms: Some(ms), ..any.clone() },
            page.rows.iter().filter(|row| row.at >= half).map(|row| row.track).collect(),
        ),
        (
            RejectFilter { until_ms: Some(ms), unreviewed: true, ..any },
            page.rows
                .iter()
                .filter(|row| row.at <= half && row.review.is_none())
                .map(|row| row.track)
                .collect(),
        ),
    ];
    for (filter, expected) in cases {
        for (limit, forward) in [(1, true), (3, true), (7, false), (50, false)] {
            assert_eq!(all(&reader, &filter, limit, forward), expected, "{filter:?} {limit}");
        }
    }
    assert_eq!((page.total, page.unreviewed), (20, 10));
    assert_eq!(page.by_reason[0].reason, R::NoRead);
    assert_eq!((page.by_reason[0].total, page.by_reason[0].unreviewed), (8, 4));
}

/// Milliseconds since 1970 of a time in UTC.
fn ms_of(at: &str) -> i64 {
    let sql = "SELECT CAST(round((julianday(?1) - 2440587.5) * 86400000) AS INTEGER)";
    let conn = rusqlite::Connection::open_in_memory().unwrap();
    conn.query_row(sql, [at], |row| row.get(0)).unwrap()
}

/// Labels that slipped by one: each pack bears its neighbour's serial, and that is what shows.
#[test]
fn a_slip_shows_itself_in_the_neighbours_of_a_pack() {
    let (dir, mut ledger) = fresh();
    let order = spec("B-1", 12);
    let no = loaded(&mut ledger, &order, 20);
    let mut script = Script::new();
    script.start();
    let serial = |n: usize| serials("B1", n, 1)[0];
    for n in 0..5_usize {
        let (track, index) = script.labelled();
        let found = serial(n + 1);
        let code = build_fmd_with_symbology(&order.gtin, &found, &order.expiry, &order.lot);
        script.push(RecordBody::Verdict {
            track,
            serial: Some(index),
            verdict: Verdict::Reject,
            reason: Some(R::Slip),
            trigger: Some(track.0),
            result_seq: Some(u64::from(track.0)),
            grade: Some(Grade { overall: 31, parameters: [31, 32, 33, 34, 35, 36, 37] }),
            read: Some(ReadContent::new(code.as_bytes())),
        });
        script.eject(track, Some(index));
    }
    script.commit(&mut ledger, no).expect("records");
    let kept =
        ServiceBody::ImageKept { track: 3, result_seq: 3, sha256: "ab".repeat(32), bytes: 9 };
    ledger.append_service(now(4_000), Chain::Batch(no), &kept).expect("an image");
    let sara = signed("sara", Meaning::Reviewed);
    let what = (&[3][..], Finding::Deviation, "labels slipped");
    ledger.review_rejects(now(5_000), no, what, &sara).expect("a review");
    let reader = Reader::open(&path(&dir)).expect("a reader");
    let detail = reader.pack_detail(no, 3, 2).expect("read").expect("a pack");
    let bound = |n: usize| Some(serial(n).as_str().to_owned());
    assert_eq!((detail.pack.serial.clone(), detail.pack.read_serial.clone()), (bound(2), bound(3)));
    let beside = |packs: &[PackFacts]| -> Vec<_> {
        packs.iter().map(|p| (p.track, p.serial.clone(), p.read_serial.clone())).collect()
    };
    assert_eq!(beside(&detail.before), [(2, bound(1), bound(2)), (1, bound(0), bound(1))]);
    assert_eq!(beside(&detail.after), [(4, bound(3), bound(4)), (5, bound(4), bound(5))]);
    let code = build_fmd_with_symbology(&order.gtin, &serial(2), &order.expiry, &order.lot);
    let expected: String = code.as_bytes().iter().copied().map(char::from).collect();
    assert_eq!(detail.expected, Some(expected));
    assert_eq!(detail.grade.map(|grade| grade.overall), Some(31));
    assert_eq!(detail.image.map(|image| image.sha256), Some("ab".repeat(32)));
    let kinds: Vec<&str> = detail.events.iter().map(|event| event.kind.as_str()).collect();
    let expected =
        ["job_assigned", "printed", "pack_infeed", "label_applied", "verdict", "pack_ejected"];
    assert_eq!(kinds, expected);
    let ms: Vec<f64> = detail.events.iter().filter_map(|event| event.ms).collect();
    assert_eq!(ms, [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
    let review = &detail.reviews[0];
    assert_eq!((review.who.as_str(), review.comment.as_str()), ("sara", "labels slipped"));
    assert!(review.in_force);
    assert_eq!(reader.pack_detail(no, 99, 2).expect("read"), None);
    let overview = reader.close_overview(no).expect("an overview");
    assert_eq!(overview.unreviewed.count, 4);
    assert_eq!(overview.unreviewed.first[0], TrackIndex(1));
    assert_eq!(overview.signatures.len(), 1);
}
