//! A first pack counts as approved when two persons took the label of one that was rejected for
//! nothing but that.

mod common;

use common::{Script, fresh, loaded, mixed_records, now, path, spec, taking};
use ledger::{Reader, TakenAs};
use line_core::reason::RejectReason;
use line_core::record::RecordBody;

#[test]
fn only_a_pack_without_a_fault_is_the_first_pack() {
    for (reason, taken, approved) in [
        (RejectReason::FirstPack, TakenAs::FirstPack, true),
        (RejectReason::FirstPack, TakenAs::Label, false),
        (RejectReason::NoRead, TakenAs::FirstPack, false),
    ] {
        let (dir, mut ledger) = fresh();
        let no = loaded(&mut ledger, &spec("B-1", 12), 20);
        let mut script = Script::new();
        mixed_records(&mut script);
        for record in &mut script.records {
            if let RecordBody::Verdict { reason: Some(told), .. } = &mut record.body {
                *told = reason;
            }
        }
        script.commit(&mut ledger, no).unwrap();
        let reader = Reader::open(&path(&dir)).unwrap();
        assert!(!reader.first_pack_approved(no).unwrap());
        ledger.take_serial(now(800), no, &taking("B-1", 5, taken)).unwrap();
        let found = reader.first_pack_approved(no).unwrap();
        assert_eq!(found, approved, "{reason:?} {taken:?}");
    }
}
