//! Each fault shows in the ground truth exactly as it was injected, and nothing else does.

use super::*;
use contracts::camera::ReadStatus;

/// Runs 30 packs with one fault at pack 12 and gives what struck which pack.
fn struck(fault: FaultKind) -> Rig {
    let rig = run(30, with_fault(fault, None, 12), true);
    let packs: Vec<u64> =
        rig.packs().iter().filter(|p| !p.faults.is_empty()).map(|p| p.pack).collect();
    if fault != FaultKind::SlipByOne {
        assert_eq!(packs, [12]);
        assert_eq!(rig.pack(12).faults, [fault.name()]);
    }
    assert_eq!(rig.packs().len(), 30);
    rig
}

#[test]
fn ink_faults() {
    let cases = [
        (FaultKind::MissingPrint, "missing"),
        (FaultKind::Smear, "smear"),
        (FaultKind::DeadNozzles, "dead_nozzles"),
        (FaultKind::LowContrast, "low_contrast"),
    ];
    for (fault, ink) in cases {
        let rig = struck(fault);
        assert_eq!(rig.pack(12).ink, [ink]);
        assert_eq!(rig.packs().iter().filter(|p| !p.good).count(), 1);
        assert_eq!(rig.pack(12).label.is_none(), fault == FaultKind::MissingPrint);
        let result = &rig.results[11].1;
        assert!(result.status == ReadStatus::NoRead || result.grade.overall < 40, "{result:?}");
    }
}

#[test]
fn wrong_data() {
    let rig = struck(FaultKind::WrongData);
    let pack = rig.pack(12);
    assert!(!pack.good && pack.ink.is_empty());
    assert_ne!(pack.label, pack.commanded);
    let content = pack.label.unwrap().read_content();
    assert_eq!(rig.results[11].1.content, content[..]);
}

#[test]
fn a_slip_lasts_until_the_flush() {
    let mut rig = Rig::new(config(40), with_fault(FaultKind::SlipByOne, None, 12), 4, true);
    run_until(&mut rig, |rig| rig.world.counters().labelled >= 20);
    rig.flush();
    rig.run();
    let slipped: Vec<u64> = rig.packs().iter().filter(|p| !p.good).map(|p| p.pack).collect();
    assert_eq!(slipped[..8], [12, 13, 14, 15, 16, 17, 18, 19]);
    for number in &slipped {
        let (pack, before) = (rig.pack(*number), rig.pack(number - 1));
        assert_eq!(pack.faults, ["slip_by_one"]);
        assert_eq!(pack.label, before.commanded);
    }
    let records = rig.fault_records();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].fault.as_str(), &records[0].packs), ("slip_by_one", &slipped));
    assert!(records[0].to_ms.is_some());
}

#[test]
fn a_missing_pack_is_never_seen_again() {
    let rig = struck(FaultKind::MissingPack);
    assert_eq!(rig.pack(12).fate, Fate::Removed);
    assert_eq!(rig.rising(Channel::Infeed), 30);
    assert_eq!((rig.rising(Channel::Gate), rig.rising(Channel::Exit)), (29, 29));
    let falls = rig.events.iter().filter(|(_, e)| e.edge == Edge::Falling).count();
    let eyes = [Channel::Infeed, Channel::CameraEye, Channel::Gate, Channel::Exit];
    assert_eq!(falls, eyes.iter().map(|eye| rig.rising(*eye)).sum::<usize>());
}

#[test]
fn camera_faults() {
    let triggers = |rig: &Rig| rig.results.iter().map(|r| r.1.trigger).collect::<Vec<_>>();
    let rig = struck(FaultKind::CameraTimeout);
    assert!(!triggers(&rig).contains(&12));
    assert_eq!(rig.results.len(), 29);
    let rig = struck(FaultKind::LateResult);
    let at = triggers(&rig).iter().position(|t| *t == 12).unwrap();
    assert!(at > 13, "overtaken by others: place {at}");
    assert_eq!(rig.results.len(), 30);
    let rig = struck(FaultKind::DuplicateResult);
    assert_eq!(rig.results.len(), 31);
    let twice: Vec<_> = rig.results.iter().filter(|r| r.1.trigger == 12).collect();
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0].1.content, twice[1].1.content);
    assert_ne!(twice[0].1.seq, twice[1].1.seq);
}

#[test]
fn a_stuck_ejector_is_found_by_the_device_and_repaired_by_hand() {
    let rig = run(30, with_fault(FaultKind::EjectorStuck, None, 3), false);
    assert_eq!(rig.faults, [DeviceFault::EjectNotConfirmed]);
    let records = rig.fault_records();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].fault.as_str(), records[0].device.as_str()),
        ("ejector_stuck", "ejector")
    );
    assert!(records[0].to_ms.is_some());
    for number in &records[0].packs {
        assert_eq!(rig.pack(*number).faults, ["ejector_stuck"]);
    }
    // No permit: the device stopped the belt before more than one pitch had passed.
    assert!(records[0].packs.len() <= 2, "{records:?}");
    assert_eq!(rig.count(Fate::Exited) + rig.count(Fate::Removed) + rig.count(Fate::Ejected), 30);
    assert!(rig.count(Fate::Exited) <= 1);
}

#[test]
fn a_pack_that_comes_to_the_exit_without_a_permit_stops_the_belt() {
    // The chute is so long that the exit eye sees the stuck pack before it is missed.
    let mut config = config(30);
    config.geometry.eject_confirm_mm = 300.0;
    let mut rig = Rig::new(config, with_fault(FaultKind::EjectorStuck, None, 3), 3, false);
    rig.operator = false;
    run_until(&mut rig, |rig| rig.world.counters().exited == 1);
    let at_exit = rig.world.encoder_count();
    run_until(&mut rig, |rig| stopped_after(rig, 0));
    assert_eq!(rig.status.fault, DeviceFault::ExitWithoutPermit);
    assert!(rig.world.encoder_count() - at_exit <= 400, "braking distance");
    let stuck = *rig.events.iter().rfind(|(_, e)| e.channel == Channel::Exit).unwrap();
    assert_eq!((stuck.1.edge, stuck.1.ordinal), (Edge::Rising, 1));
    rig.world.hands(HandsRequest::Repair { device: Repair::Ejector });
    rig.truth.extend(rig.world.take_truth());
    let taken_back = rig.fault_records()[0].packs[0];
    rig.world.hands(HandsRequest::Remove { pack: taken_back });
    rig.operator = true;
    rig.run();
    assert_eq!(rig.pack(taken_back).fate, Fate::Retrieved);
    assert_eq!(rig.count(Fate::Exited), 0);
}

#[test]
fn a_labeler_restart_loses_its_queue() {
    let rig = run(40, with_fault(FaultKind::DeviceRestart, Some(Device::Labeler), 12), true);
    let record = rig.fault_records()[0];
    assert_eq!((record.fault.as_str(), record.device.as_str()), ("device_restart", "labeler"));
    let blank = rig.packs().iter().filter(|p| p.commanded.is_none()).count();
    assert!((4..=8).contains(&blank), "500 ms at 10 packs/s: {blank}");
    assert_eq!(rig.rising(Channel::Applied), 40 - blank);
    let last = rig.pack(40).job.unwrap();
    assert_eq!(last.epoch, 2);
    assert!(rig.packs().iter().all(|p| p.good || p.commanded.is_none()));
}

#[test]
fn a_camera_restart_counts_triggers_anew() {
    let rig = run(40, with_fault(FaultKind::DeviceRestart, Some(Device::Camera), 12), true);
    let anew = rig.results.iter().find(|(epoch, _)| *epoch == 2).unwrap();
    assert_eq!((anew.1.seq, anew.1.trigger), (1, 1));
    assert_eq!(rig.rising(Channel::CameraTrigger), 40);
    assert!(rig.results.len() < 37);
}

#[test]
fn a_line_io_restart_begins_everything_at_zero() {
    let rig = run(40, with_fault(FaultKind::DeviceRestart, Some(Device::LineIo), 12), true);
    let anew: Vec<_> = rig.events.iter().filter(|(epoch, _)| *epoch == 2).collect();
    assert_eq!(anew[0].1.seq, 1);
    assert!(anew[0].1.count < 4_000, "the encoder too: {:?}", anew[0]);
    let first = rig.packs().into_iter().find(|p| p.io_epoch == 2).unwrap();
    assert_eq!((first.infeed_ordinal, first.pack), (Some(1), 13));
    assert!(rig.count(Fate::Removed) >= 6, "cleared by hand");
    assert_eq!(rig.packs().len(), 40);
}

#[test]
fn a_link_cut_drops_connections_and_ends() {
    for device in Device::ALL {
        let mut rig =
            Rig::new(with_stations(40), with_fault(FaultKind::LinkCut, Some(device), 12), 6, true);
        run_until(&mut rig, |rig| !rig.world.link_is_up(device));
        assert_eq!(rig.world.connection_epoch(device), 1);
        for other in Device::ALL.into_iter().filter(|other| *other != device) {
            assert!(rig.world.link_is_up(other));
            assert_eq!(rig.world.connection_epoch(other), 0);
        }
        let from = rig.world.now().as_ms();
        run_until(&mut rig, |rig| rig.world.link_is_up(device));
        assert!((980..=1_020).contains(&(rig.world.now().as_ms() - from)));
        assert!(device != Device::LineIo || stopped_after(&rig, 0));
        rig.run();
        let record = rig.fault_records()[0];
        assert_eq!((record.fault.as_str(), record.device.as_str()), ("link_cut", device.name()));
        assert_eq!(record.to_ms, Some(record.from_ms + 1_000));
        assert_eq!(rig.packs().len(), 40);
    }
}

#[test]
fn a_fault_scheduled_by_time_strikes_the_next_pack() {
    let scenario = Scenario::from_toml("[[scheduled]]\nfault = \"smear\"\nat_ms = 2000\n").unwrap();
    let rig = run(40, scenario, true);
    let bad: Vec<_> = rig.packs().into_iter().filter(|p| !p.good).collect();
    assert_eq!(bad.len(), 1);
    assert!((15..25).contains(&bad[0].pack), "{bad:?}");
}

#[test]
fn scenarios_that_cannot_be_are_refused() {
    let cases = [
        ("[rates]\nsmeer = 0.1", "unknown field"),
        ("[[scheduled]]\nfault = \"smear\"", "exactly one"),
        ("[[scheduled]]\nfault = \"link_cut\"\nat_ms = 1", "a device belongs"),
        ("[[scheduled]]\nfault = \"smear\"\ndevice = \"camera\"\nat_ms = 1", "a device belongs"),
    ];
    for (text, wanted) in cases {
        let error = Scenario::from_toml(text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
