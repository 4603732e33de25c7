//! Alarms of the site as the ledger keeps them: seen once, shelved with a reason, with their history
//! in pages.

mod common;

use common::{fresh, now, path};
use ledger::{AlarmFilter, Chain, Reader, ServiceBody};

#[test]
fn an_alarm_is_seen_once_and_shelved_with_a_reason() {
    let (dir, mut ledger) = fresh();
    let reader = Reader::open(&path(&dir)).unwrap();
    let (what, role) = ("bin_full".to_owned(), "operator".to_owned());
    let raise =
        |raised| ServiceBody::Alarm { what: what.clone(), raised, detail: Some("B-1".into()) };
    let seen = |who: &str| ServiceBody::AlarmAcknowledged {
        what: what.clone(),
        who: who.into(),
        role: role.clone(),
    };
    let shelve = |who: &str, reason: &str| ServiceBody::AlarmShelved {
        what: what.clone(),
        who: who.into(),
        role: role.clone(),
        until_unix_ms: 77,
        reason: reason.into(),
    };
    let back = ServiceBody::AlarmUnshelved {
        what: what.clone(),
        who: "service".into(),
        role: "service".into(),
    };
    let mut n = 0;
    let mut put = |body: &ServiceBody| {
        n += 1;
        ledger.append_service(now(n), Chain::Site, body).is_ok()
    };
    assert!(!put(&seen("ann")), "there is nothing to be seen");
    assert!(put(&raise(true)));
    assert!(!put(&seen("")), "nobody has seen it");
    assert!(put(&seen("ann")) && !put(&seen("ann")), "once");
    assert!(!put(&back) && !put(&shelve("ann", "")), "neither without a shelf nor a reason");
    assert!(put(&shelve("ann", "is being mended")));
    let row = reader.alarms().unwrap().remove(0);
    assert_eq!((row.raised, row.acknowledged_by.as_deref()), (true, Some("ann")));
    assert_eq!(row.shelf, Some(("ann".into(), 77, "is being mended".into())));
    assert_eq!((row.detail.as_deref(), row.raised_at_ms), (Some("B-1"), Some(now(2).unix_ms)));
    assert!(put(&back) && put(&raise(false)) && put(&raise(true)));
    let row = reader.alarms().unwrap().remove(0);
    assert_eq!((row.acknowledged_by, row.shelf), (None, None), "raised anew it is unseen");

    let changes = |filter: AlarmFilter, limit| -> Vec<(i64, String)> {
        let rows = reader.alarm_history(&filter, limit).unwrap();
        rows.into_iter().map(|row| (row.seq, row.body)).collect()
    };
    let all = changes(AlarmFilter::default(), 100);
    assert_eq!(all.len(), 6);
    assert!(all.is_sorted_by(|a, b| a.0 > b.0), "the latest first");
    let first = changes(AlarmFilter::default(), 4);
    let next = AlarmFilter { before_seq: Some(first[3].0), ..AlarmFilter::default() };
    assert_eq!([first, changes(next, 4)].concat(), all, "page by page");
    let of = |name: &str| AlarmFilter { what: Some(name.into()), ..AlarmFilter::default() };
    assert_eq!((changes(of("bin_full"), 9).len(), changes(of("slip"), 9).len()), (6, 0));
    let between = AlarmFilter {
        from: Some(now(2).to_rfc3339()),
        to: Some(now(5).to_rfc3339()),
        ..AlarmFilter::default()
    };
    assert_eq!(changes(between, 9).len(), 2, "raised and seen");
    let raised = reader.alarms_raised_since(&now(3).to_rfc3339(), 9).unwrap();
    assert_eq!(raised.len(), 1);
}
