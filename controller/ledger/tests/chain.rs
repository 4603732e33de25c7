//! One batch's chain recomputed: as written it is good; no column of an event can be changed, nor
//! an event taken out, without being found.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use ledger::{BatchNo, ChainChecked, Reader};
use rusqlite::Connection;
use std::path::Path;

#[test]
fn every_column_of_a_batchs_events_is_held() {
    let (dir, mut ledger) = fresh();
    let batch = worked_batch(&mut ledger, "B-1");
    drop(ledger);
    let good = checked(&path(&dir), batch).unwrap();
    assert_eq!(good.broken, None);
    let (whole, copy) = (dir.path().join("whole"), dir.path().join("copy"));
    let conn = Connection::open(path(&dir)).unwrap();
    conn.execute("VACUUM INTO ?1", [whole.to_str().unwrap()]).unwrap();
    let conn = Connection::open(&whole).unwrap();
    for name in ["event_no_update", "event_no_delete"] {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    let mut select = conn.prepare("SELECT seq FROM event WHERE chain = 'B-1'").unwrap();
    let seqs = select.query_map([], |row| row.get(0)).unwrap();
    let seqs: Vec<i64> = seqs.collect::<Result<_, _>>().unwrap();
    assert!(seqs.len() > 10 && good.events == seqs.len() as i64, "{good:?}");
    assert_eq!(checked(&whole, batch), Some(good));
    let changes = [
        "UPDATE event SET at = at || ' ' WHERE seq = ?1",
        "UPDATE event SET mono_ns = coalesce(mono_ns, 0) + 1 WHERE seq = ?1",
        "UPDATE event SET clock_synchronised = 1 - clock_synchronised WHERE seq = ?1",
        "UPDATE event SET io_epoch = coalesce(io_epoch, 0) + 1 WHERE seq = ?1",
        "UPDATE event SET io_seq = coalesce(io_seq, 0) + 1 WHERE seq = ?1",
        "UPDATE event SET encoder = coalesce(encoder, 0) + 1 WHERE seq = ?1",
        "UPDATE event SET body = body || ' ' WHERE seq = ?1",
        "UPDATE event SET prev = zeroblob(32) WHERE seq = ?1",
        "UPDATE event SET hash = zeroblob(32) WHERE seq = ?1",
        "UPDATE event SET chain_seq = chain_seq + 1 WHERE seq = ?1",
        "UPDATE event SET chain = 'site' WHERE seq = ?1",
        "DELETE FROM event WHERE seq = ?1",
    ];
    // The last event can be cut off unseen: that is what anchors are for.
    for seq in seqs[..seqs.len() - 1].iter().step_by(5) {
        for change in changes {
            std::fs::copy(&whole, &copy).unwrap();
            assert_eq!(Connection::open(&copy).unwrap().execute(change, [seq]).unwrap(), 1);
            let found = checked(&copy, batch).and_then(|checked| checked.broken);
            assert!(found.is_some_and(|(at, _)| at >= *seq), "{seq} {change}: {found:?}");
        }
    }
    assert_eq!(checked(&whole, BatchNo(77)), None);
}

fn checked(file: &Path, batch: BatchNo) -> Option<ChainChecked> {
    Reader::open(file).unwrap().chain_checked(batch).unwrap()
}
