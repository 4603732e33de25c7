//! The web of a print-and-apply labeler, labels printed twice, breaks; what the ground truth says
//! of each label.

use super::*;
use crate::hands::HandsResponse;
use crate::truth::{ScrapCause, ScrappedLabel};
use crate::world::labeler_device::{Label, LabelerDevice};
use JobState::{Applied, Dropped, Printed, Queued, Scrapped};
use contracts::labeler::LabelerFault;
use contracts::labeler::opcua::{JobResult, JobState};

fn with_web(web_offset: usize, packs_total: u64) -> SimConfig {
    SimConfig { web_offset, ..config(packs_total) }
}

/// A labeler with a web, a header and the jobs 1 to `jobs`.
fn labeler(web_offset: usize, jobs: u32) -> LabelerDevice {
    let mut labeler = LabelerDevice::new(&with_web(web_offset, 1));
    labeler.take_header(&HEADER);
    give(&mut labeler, 1..=jobs);
    labeler
}

fn give(labeler: &mut LabelerDevice, jobs: impl Iterator<Item = u32>) -> LabelerStatus {
    for seq in jobs {
        let status = labeler.status();
        let mut command = LabelerCommand { epoch: status.epoch, ..LabelerCommand::default() };
        command.action_seq = status.action_done;
        command.jobs.push(job(seq, seq)).unwrap();
        labeler.exchange(&command);
    }
    labeler.status()
}

fn cycle(labeler: &mut LabelerDevice) -> LabelerStatus {
    give(labeler, 0..0);
    let action_seq = labeler.status().action_done;
    labeler.exchange(&LabelerCommand { action_seq, ..LabelerCommand::default() })
}

fn flush(labeler: &mut LabelerDevice) -> LabelerStatus {
    let action_seq = labeler.status().action_done + 1;
    let action = LabelerAction::Flush;
    labeler.exchange(&LabelerCommand { action, action_seq, ..LabelerCommand::default() })
}

#[test]
fn a_command_that_comes_late_repeats_no_older_action() {
    let mut labeler = labeler(0, 3);
    flush(&mut labeler);
    flush(&mut labeler);
    give(&mut labeler, 4..=6);
    let queued = labeler.results(4, 3);
    assert!(queued.iter().all(|job| job.state == Queued));
    for action in [LabelerAction::Flush, LabelerAction::None] {
        for action_seq in [0, 1, 2, 0x8002, 65_535] {
            let late = LabelerCommand { action, action_seq, ..LabelerCommand::default() };
            assert_eq!(labeler.exchange(&late).action_done, 2, "{action:?} {action_seq}");
        }
    }
    assert_eq!(labeler.results(4, 3), queued);
    assert_eq!(flush(&mut labeler).action_done, 3);
}

/// The serials that a label was to have and has.
fn serials(label: Label) -> (Option<String>, String) {
    (label.commanded.map(|text| text.serial.to_text()), label.printed.serial.to_text())
}

fn s(number: u32) -> String {
    format!("S{number:07}")
}

fn right(number: u32) -> Option<(Option<String>, String)> {
    Some((Some(s(number)), s(number)))
}

/// last printed, last applied, printed in all, applied in all.
fn counters(labeler: &LabelerDevice) -> [u32; 4] {
    let s = labeler.status();
    [s.last_printed, s.last_applied, s.printed_total, s.applied_total]
}

fn results(labeler: &LabelerDevice) -> Vec<(u32, JobState, u32)> {
    let tuple = |result: JobResult| (result.seq, result.state, result.strobe);
    labeler.results(1, 99).into_iter().map(tuple).collect()
}

#[test]
fn the_web_runs_ahead_and_empties_itself_onto_packs() {
    let mut labeler = labeler(3, 5);
    assert_eq!(counters(&labeler), [3, 0, 3, 0], "the web is full before the first pack");
    for (pack, expected) in (1..=5).zip([[4, 1, 4, 1], [5, 2, 5, 2], [5, 3, 5, 3], [5, 4, 5, 4]]) {
        assert_eq!(labeler.apply().map(serials), right(pack));
        assert_eq!(counters(&labeler), expected, "pack {pack}");
    }
    assert_eq!(labeler.apply().map(serials), right(5));
    assert!(labeler.apply().is_none());
    assert_eq!(labeler.status().fault, LabelerFault::Empty);
    give(&mut labeler, 6..=6);
    assert_eq!(counters(&labeler), [6, 5, 6, 5]);
    assert_eq!(labeler.apply().map(serials), right(6));
    assert_eq!(labeler.status().fault, LabelerFault::None);
}

#[test]
fn a_flush_drops_what_is_not_printed_and_scraps_the_web() {
    let mut labeler = labeler(3, 8);
    labeler.apply().unwrap();
    let status = flush(&mut labeler);
    assert_eq!((status.flushed_from, status.flushed_to, status.last_printed), (5, 8, 4));
    let lost: Vec<u32> = labeler
        .take_scrapped()
        .iter()
        .filter_map(|lost| lost.label.job)
        .map(|job| job.seq)
        .collect();
    assert_eq!(lost, [2, 3, 4]);
    give(&mut labeler, 9..=10);
    assert_eq!(labeler.apply().map(serials), right(9), "the next applied is the next printed");
    assert_eq!(counters(&labeler), [10, 9, 6, 2]);
    let mut expected = vec![(1, Applied, 1), (2, Scrapped, 0), (3, Scrapped, 0), (4, Scrapped, 0)];
    expected.extend((5..=8).map(|seq| (seq, Dropped, 0)));
    expected.extend([(9, Applied, 2), (10, Printed, 0)]);
    assert_eq!(results(&labeler), expected);
    assert!(labeler.take_scrapped().is_empty());
}

#[test]
fn a_stale_buffer_spoils_the_labels_printed_from_then_on() {
    let mut labeler = labeler(2, 6);
    labeler.slip();
    assert_eq!(labeler.apply().map(serials), right(1));
    assert_eq!(labeler.apply().map(serials), right(2), "it was on the web already");
    for job in 3..=6 {
        let label = labeler.apply().unwrap();
        assert!(label.stale);
        assert_eq!(serials(label), (Some(s(job)), s(job - 1)));
    }
    flush(&mut labeler);
    give(&mut labeler, 7..=7);
    assert_eq!(labeler.apply().map(serials), right(7));
}

#[test]
fn a_label_printed_twice_comes_out_of_turn() {
    for web_offset in [0_u32, 2] {
        let mut labeler = labeler(web_offset as usize, 9);
        labeler.apply().unwrap();
        labeler.print_twice();
        // On the web: behind those that were on it already.
        for job in 2..2 + web_offset {
            assert_eq!(labeler.apply().map(serials), right(job));
        }
        let [printed, applied, printed_total, applied_total] = counters(&labeler);
        let twice = labeler.apply().unwrap();
        assert!(twice.job.is_none());
        assert_eq!(serials(twice), (None, s(1 + web_offset)), "web {web_offset}");
        let behind = if web_offset == 0 { [0, 0, 1, 1] } else { [1, 0, 1, 1] };
        let [a, b, c, d] = behind;
        let expected = [printed + a, applied + b, printed_total + c, applied_total + d];
        assert_eq!(counters(&labeler), expected, "web {web_offset}");
        assert_eq!(labeler.apply().map(serials), right(2 + web_offset), "jobs fall back by one");
        let of = |seq| results(&labeler)[seq as usize - 1];
        assert_eq!(of(2 + web_offset), (2 + web_offset, Applied, 3 + web_offset));
    }
}

#[test]
fn a_break_ends_by_hand_only() {
    for (web_offset, lost) in [(0, 0), (3, 3)] {
        let mut labeler = labeler(web_offset, 8);
        labeler.apply().unwrap();
        labeler.break_web();
        assert_eq!(labeler.take_scrapped().len(), lost);
        assert!(labeler.apply().is_none());
        let before = counters(&labeler);
        assert_eq!(give(&mut labeler, 9..=9).fault, LabelerFault::WebBreak);
        assert_eq!(give(&mut labeler, 12..=12).fault, LabelerFault::WebBreak, "a gap beside it");
        assert_eq!(flush(&mut labeler).fault, LabelerFault::WebBreak);
        assert_eq!(counters(&labeler), before);
        labeler.power_off();
        labeler.boot();
        assert_eq!(labeler.status().fault, LabelerFault::WebBreak, "over a restart, too");
        labeler.mend();
        assert_eq!(labeler.status().fault, LabelerFault::WebBreak, "as of the last cycle");
        assert_eq!(cycle(&mut labeler).fault, LabelerFault::None);
        labeler.take_header(&HEADER);
        give(&mut labeler, 1..=1);
        assert_eq!(labeler.apply().map(serials), right(1));
    }
}

#[test]
fn power_loss_scraps_the_web() {
    let mut labeler = labeler(3, 5);
    assert_eq!(results(&labeler)[3], (4, Queued, 0));
    labeler.power_off();
    let lost = labeler.take_scrapped();
    assert_eq!(lost.len(), 3);
    assert!(lost.iter().all(|lost| lost.why == ScrapCause::Restart));
    labeler.boot();
    assert!(labeler.apply().is_none());
    assert!(results(&labeler).is_empty());
}

fn scrapped(rig: &Rig) -> Vec<&ScrappedLabel> {
    rig.truth
        .iter()
        .filter_map(|r| if let TruthRecord::Scrapped(label) = r { Some(label) } else { None })
        .collect()
}

/// Every label printed is on one pack or scrapped, and the labeler's counters say the same.
fn every_label_is_somewhere(rig: &Rig) {
    let labelled = rig.packs().iter().filter(|pack| pack.label.is_some()).count();
    assert_eq!(rig.rising(Channel::Applied), labelled);
    assert_eq!(rig.world.counters().labelled, labelled as u64);
    assert_eq!(rig.world.counters().scrapped_labels, scrapped(rig).len() as u64);
    let mut jobs: Vec<_> = rig.packs().iter().filter_map(|pack| pack.job).collect();
    jobs.extend(scrapped(rig).iter().filter_map(|label| label.job));
    let count = jobs.len();
    jobs.sort_by_key(|job| (job.epoch, job.seq));
    jobs.dedup();
    assert_eq!(jobs.len(), count, "no job twice");
}

#[test]
fn a_line_with_a_web_labels_each_pack_with_its_own_job() {
    let mut rig = Rig::new(with_web(5, 30), Scenario::default(), 5, true);
    rig.run();
    assert!(rig.packs().iter().all(|pack| pack.good));
    assert!(rig.packs().iter().all(|pack| pack.job.unwrap().seq == pack.pack as u32));
    assert_eq!(scrapped(&rig).len(), 5);
    assert!(scrapped(&rig).iter().all(|label| label.why == ScrapCause::End));
    every_label_is_somewhere(&rig);
    let line = TruthRecord::Scrapped(scrapped(&rig)[0].clone());
    assert_eq!(TruthRecord::from_line(&line.to_line()).unwrap(), line);
}

#[test]
fn a_duplicate_strikes_the_pack_that_bears_it() {
    for web_offset in [0_u64, 4] {
        let scenario = with_fault(FaultKind::DuplicatePrint, None, 12);
        let mut rig = Rig::new(with_web(web_offset as usize, 30), scenario, 6, true);
        rig.run();
        let struck: Vec<_> = rig.packs().into_iter().filter(|p| !p.faults.is_empty()).collect();
        assert_eq!(struck.iter().map(|p| p.pack).collect::<Vec<_>>(), [12 + web_offset]);
        assert_eq!(
            (struck[0].faults.clone(), struck[0].good),
            (vec!["duplicate_print".into()], false)
        );
        assert_eq!((struck[0].commanded, struck[0].job), (None, None));
        assert_eq!(struck[0].label, rig.pack(11 + web_offset).label);
        assert_eq!(rig.pack(13 + web_offset).job.unwrap().seq, 12 + web_offset as u32);
        assert_eq!(rig.rising(Channel::Applied), 30);
        every_label_is_somewhere(&rig);
    }
}

#[test]
fn a_broken_web_leaves_packs_blank_until_it_is_mended() {
    for (web_offset, lost) in [(0, 0), (4, 4)] {
        let scenario = with_fault(FaultKind::WebBreak, None, 12);
        let mut rig = Rig::new(with_web(web_offset, 30), scenario, 7, true);
        run_until(&mut rig, |rig| rig.world.counters().released == 20);
        assert_eq!(rig.labeler.fault, LabelerFault::WebBreak);
        let request = HandsRequest::Repair { device: Repair::Labeler };
        let repaired = rig.world.hands(request);
        assert_eq!(repaired, HandsResponse::Repaired { was_broken: true });
        rig.run();
        let blank: Vec<u64> =
            rig.packs().iter().filter(|p| p.label.is_none()).map(|p| p.pack).collect();
        let last = 11 + blank.len() as u64;
        assert!(last > 15 && (12..=last).eq(blank.iter().copied()), "{blank:?}");
        let record = rig.fault_records()[0];
        assert_eq!((record.fault.as_str(), record.device.as_str()), ("web_break", "labeler"));
        assert_eq!(record.packs, blank);
        assert!(record.to_ms.is_some());
        assert!(blank.iter().all(|pack| rig.pack(*pack).faults == ["web_break"]));
        let breaks = scrapped(&rig).into_iter().filter(|l| l.why == ScrapCause::WebBreak);
        assert_eq!(breaks.count(), lost);
        every_label_is_somewhere(&rig);
    }
}

#[test]
fn the_national_number_stands_last() {
    let mut labeler = LabelerDevice::new(&config(1));
    let mut national = [0; 20];
    national[..7].copy_from_slice(b"5440987");
    labeler.take_header(&BatchHeader { national_ai: 714, national, symbol: (16, 48), ..HEADER });
    give(&mut labeler, 1..=1);
    let label = labeler.apply().unwrap();
    assert_eq!(label.symbol, (16, 48));
    let expected = "]d2010415003752864321S0000001{GS}1728123110LOT-2026{GS}7145440987";
    assert_eq!(label.printed.readable(), expected);
    let json = serde_json::to_string(&label.printed).unwrap();
    assert!(json.ends_with(r#""national":["714","5440987"]}"#), "{json}");
    assert_eq!(serde_json::from_str::<crate::world::LabelText>(&json).unwrap(), label.printed);
    let without = json.replace(r#","national":["714","5440987"]"#, "");
    let plain = serde_json::from_str::<crate::world::LabelText>(&without).unwrap();
    assert_eq!(serde_json::to_string(&plain).unwrap(), without);
}
