//! Samples, removals and declared numbers, without a service and through one; the books close.

use crate::common::{Script, now};
use crate::plant::{BATCH, Plant, Said};
use crate::{Outcome, export, intact, load, numbers};
use ledger::Ledger;
use line_core::reason::RejectReason;

/// A batch that has run: 5 good, 2 in reject, a duplicate label; returns its serials in order.
fn run(plant: &Plant) -> Outcome<Vec<String>> {
    assert_eq!(load(plant, BATCH, &[])?.code, 0);
    let numbers = numbers(&export(plant, BATCH, "all")?);
    let mut ledger = Ledger::open(&plant.path("data/ledger.db"), now(0))?;
    let (no, _) = ledger.open_batch_id().ok_or("no open batch")?;
    let mut script = Script::new();
    script.start();
    (0..5).for_each(|_| script.good());
    (0..2).for_each(|_| script.rejected(RejectReason::NoRead));
    script.counts.printed += 1;
    script.complete();
    script.commit(&mut ledger, no)?;
    Ok(numbers)
}

fn take(plant: &Plant, action: &str, serial: &str, more: &[&str]) -> Outcome<Said> {
    let words = [action, BATCH, "--serial", serial, "--reason", "retained", "--who", "ann"];
    plant.order(&[&words[..], &["--json"], more].concat())
}

fn declare(plant: &Plant, term: &str, count: &str) -> Outcome<Said> {
    let words = ["declare", BATCH, "--term", term, "--count", count, "--reason", "torn label"];
    plant.order(&[&words[..], &["--who", "ann", "--json"]].concat())
}

/// The same with and without a service, on serials of their own.
fn both_ways(plant: &Plant, good: [&str; 2], reject: &str) -> Outcome {
    assert_eq!(take(plant, "sample", good[0], &[])?.json()?["state"], "sampled");
    assert_eq!(take(plant, "remove", good[1], &[])?.json()?["state"], "inactive");
    let second = ["--first-pack", "--second"];
    let table: [(&str, &str, &[&str], &str); 6] = [
        ("sample", good[0], &[], "Sampled"),
        ("remove", good[0], &[], "Sampled"),
        ("remove", reject, &[], "Encoded"),
        ("sample", "NOBODY", &[], "no serial of this batch"),
        ("sample", "A B", &[], "scan it again"),
        ("sample", reject, &[second[0], second[1], "ann"], "approved by another person"),
    ];
    for (action, serial, more, told) in table {
        let said = take(plant, action, serial, more)?;
        assert_eq!(said.code, 2, "{action} {serial}: {}", said.err);
        assert!(said.err.contains(told), "{action} {serial}: {}", said.err);
    }
    let first = take(plant, "sample", reject, &[second[0], second[1], "bob"])?;
    assert_eq!(first.json()?["state"], "label_sampled");
    let said = declare(plant, "duplicate", "-1")?;
    assert!(said.code == 2 && said.err.contains("less than none"), "{}", said.err);
    assert_eq!(declare(plant, "duplicate", "2")?.json()?["declared"], 2);
    assert_eq!(declare(plant, "duplicate", "-2")?.json()?["declared"], 0);
    Ok(())
}

#[test]
fn what_a_person_takes_and_declares_is_in_the_books() -> Outcome {
    let plant = Plant::new(5)?;
    let serials = run(&plant)?;
    let said = take(&plant, "sample", &serials[0], &["--first-pack"])?;
    assert_eq!(said.code, 2, "one person too few: {}", said.err);
    both_ways(&plant, [&serials[0], &serials[1]], &serials[5])?;
    let service = plant.start_service()?;
    both_ways(&plant, [&serials[2], &serials[3]], &serials[6])?;

    let said = plant.order(&["close", BATCH])?;
    assert!(said.code == 2 && said.err.contains("labeler_printed"), "{}", said.err);
    assert_eq!(declare(&plant, "duplicate", "1")?.json()?["declared"], 1);
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    let books = &closed["books"];
    for (term, count) in [
        ("sampled", 2),
        ("inactive", 2),
        ("label_sampled", 2),
        ("commissioned_now", 1),
        ("commissioned_ever", 5),
        ("label_scrapped", 0),
        ("duplicate", 1),
    ] {
        assert_eq!(books[term], count, "{term}: {books}");
    }
    drop(service);
    assert_eq!(numbers(&export(&plant, BATCH, "sampled")?), [&*serials[0], &*serials[2]]);
    let late = take(&plant, "sample", &serials[4], &[])?;
    assert!(late.code == 2 && late.err.contains("is not open"), "{}", late.err);
    intact(&plant)
}
