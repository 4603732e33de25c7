//! Print-and-apply: printed is not applied; a broken web; labels printed twice.

use super::fixture::Rig;
use super::pack::Pack;
use crate::event::{Command, PackFate};
use crate::ids::{JobSeq, SerialIndex};
use crate::reason::HoldCause;
use crate::record::RecordBody;
use contracts::labeler::LabelerFault;
use contracts::packml::UnitState as S;

const WEB: u32 = 4;

fn scrapped(rig: &Rig) -> Vec<u32> {
    let of = |b: &RecordBody| match *b {
        RecordBody::LabelScrapped { serial: SerialIndex(i) } => Some(i),
        _ => None,
    };
    rig.records().filter_map(of).collect()
}

/// The labeler prints ahead until its web is full.
fn fill_web(rig: &mut Rig) {
    let printed = rig.report.last_applied.0 + WEB;
    rig.report.printed_total = printed;
    rig.report.last_printed = JobSeq(printed);
    rig.labeler_report();
}

fn stop(rig: &mut Rig) {
    assert_eq!(rig.command(Command::Stop), Ok(()));
    rig.sample();
    rig.labeler_report();
    assert_eq!(rig.line.unit_state(), S::Complete);
}

#[test]
fn labels_on_the_web_bind_when_they_are_applied_and_are_scrapped_at_the_end() {
    let mut rig = Rig::running();
    fill_web(&mut rig);
    let printed = rig.records().filter(|b| matches!(b, RecordBody::Printed { .. })).count();
    assert_eq!(printed, WEB as usize);
    rig.run(&[Pack::good(), Pack::good()].map(|pack| {
        pack.then(2_005, |rig| {
            // The fixture prints on the pack; this labeler printed it long ago.
            rig.report.printed_total -= 1;
            fill_web(rig);
        })
    }));
    assert_eq!((rig.fate(1), rig.fate(2)), (PackFate::Exited, PackFate::Exited));
    stop(&mut rig);
    assert_eq!(scrapped(&rig), [2, 3, 4, 5], "printed and never applied");
    let invalid = rig.records().filter(|b| matches!(b, RecordBody::SerialInvalid { .. })).count();
    assert!(invalid > 0, "what was not printed is invalid");
    assert!(!rig.records().any(|b| matches!(b, RecordBody::ExtraLabels { .. })));
}

#[test]
fn i3_a_scrapped_label_is_never_printed_again() {
    let mut rig = Rig::running();
    fill_web(&mut rig);
    stop(&mut rig);
    let (web, sent) = (scrapped(&rig), rig.dispatched().clone());
    assert_eq!(web.len(), WEB as usize);
    assert_eq!(sent.len(), 16 + WEB as usize, "each once: {sent:?}");
}

#[test]
fn a_broken_web_holds_until_it_is_mended_and_flushes() {
    let mut rig = Rig::running();
    rig.report.fault = LabelerFault::WebBreak;
    rig.labeler_report();
    rig.sample();
    assert!(rig.held_for(HoldCause::LabelerFault));
    assert!(rig.command(Command::Unhold).is_err(), "still broken");
    rig.report.fault = LabelerFault::None;
    rig.labeler_report();
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), S::Execute);
    rig.run(&[Pack::good()]);
    assert_eq!(rig.fate(1), PackFate::Exited);
}

#[test]
fn i4_labels_beyond_the_jobs_are_told() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()]);
    rig.report.printed_total += 2;
    rig.labeler_report();
    stop(&mut rig);
    let extra = RecordBody::ExtraLabels { count: 2 };
    assert!(rig.records().any(|body| *body == extra));
}
