//! The labeler's and the camera's contracts, and the hands.

use super::*;
use crate::hands::{HandsResponse, Zone};
use crate::world::capture::{CameraImage, Eyes, Reading, Subject};
use crate::world::labeler_device::LabelerDevice;
use contracts::camera::ReadStatus;
use contracts::labeler::LabelerFault;
use contracts::station::{Finding, Station};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::sync::Arc;

fn send(labeler: &mut LabelerDevice, epoch: u32, jobs: &[PrintJob]) -> LabelerStatus {
    let mut command = LabelerCommand { epoch, ..LabelerCommand::default() };
    command.jobs.extend_from_slice(jobs).unwrap();
    labeler.exchange(&command)
}

#[test]
fn the_labeler_takes_the_next_job_only() {
    let mut labeler = LabelerDevice::new(&config(1));
    assert_eq!(send(&mut labeler, 1, &[job(1, 1)]).fault, LabelerFault::NoHeader);
    labeler.take_header(&HEADER);
    let status = send(&mut labeler, 1, &[job(1, 1), job(2, 2)]);
    assert_eq!((status.last_accepted, status.fault), (2, LabelerFault::None));
    assert_eq!(status.header_hash, HEADER.hash());
    let status = send(&mut labeler, 1, &[job(4, 4)]);
    assert_eq!((status.last_accepted, status.fault), (2, LabelerFault::Gap));
    let status = send(&mut labeler, 1, &[job(2, 2), job(3, 3)]);
    assert_eq!((status.last_accepted, status.fault), (3, LabelerFault::None));
    let status = send(&mut labeler, 1, &[job(2, 9)]);
    assert_eq!((status.last_accepted, status.fault), (3, LabelerFault::Conflict));
    let other_epoch = send(&mut labeler, 2, &[job(4, 4)]);
    assert_eq!(other_epoch.last_accepted, 3);
    let revision = PrintJob { template_revision: 2, ..job(4, 4) };
    assert_eq!(send(&mut labeler, 1, &[revision]).fault, LabelerFault::NoHeader);
}

#[test]
fn the_labeler_flushes_once_and_forgets_at_restart() {
    let mut labeler = LabelerDevice::new(&config(1));
    labeler.take_header(&HEADER);
    send(&mut labeler, 1, &[job(1, 1), job(2, 2)]);
    send(&mut labeler, 1, &[job(3, 3)]);
    assert_eq!(labeler.apply().and_then(|label| label.job).map(|job| job.seq), Some(1));
    let flush =
        LabelerCommand { action: LabelerAction::Flush, action_seq: 1, ..LabelerCommand::default() };
    let status = labeler.exchange(&flush);
    assert_eq!((status.flushed_from, status.flushed_to, status.action_done), (2, 3, 1));
    let with_job = LabelerCommand { epoch: 1, ..flush.clone() };
    let mut with_job = LabelerCommand { ..with_job };
    with_job.jobs.push(job(4, 4)).unwrap();
    let status = labeler.exchange(&with_job);
    assert_eq!((status.flushed_from, status.last_accepted), (2, 4), "not flushed twice");
    assert_eq!(labeler.apply().and_then(|label| label.job).map(|job| job.seq), Some(4));
    assert!(labeler.apply().is_none());
    assert_eq!(labeler.status().fault, LabelerFault::Empty);
    labeler.power_off();
    labeler.boot();
    let status = labeler.status();
    assert_eq!((status.epoch, status.last_accepted, status.header_hash), (2, 0, 0));
    assert_eq!((status.printed_total, status.fault), (0, LabelerFault::None));
}

#[test]
fn pixels_are_asked_for_and_the_result_waits_for_both_time_and_reading() {
    let pixels = SimConfig { camera: CameraMode::Pixels, ..config(10) };
    let mut rig = Rig::new(pixels, Scenario::default(), 3, true);
    run_until(&mut rig, |rig| rig.world.counters().captures == 1);
    let jobs = rig.world.take_captures();
    assert_eq!((jobs.len(), jobs[0].trigger), (1, 1));
    rig.world.advance(rig.world.now().plus_ms(40));
    assert_eq!(rig.world.camera_status().last_seq, 0, "time has come, no reading");
    let image = Arc::new(CameraImage { width: 1, height: 1, pixels: vec![9] });
    let reading = Reading { status: ReadStatus::Multiple, ..Reading::default() };
    rig.world.capture_done(jobs[0].id, &reading, Some(Arc::clone(&image)));
    assert_eq!(rig.world.camera_results(1, 9)[0].status, ReadStatus::Multiple);
    assert_eq!(rig.world.camera_image(1), Some(image));
    run_until(&mut rig, |rig| rig.world.counters().captures == 2);
    let jobs = rig.world.take_captures();
    rig.world.capture_done(jobs[0].id, &reading, None);
    assert!(rig.world.camera_results(2, 9).is_empty(), "reading is there, time has not come");
    rig.world.advance(rig.world.now().plus_ms(40));
    assert_eq!(rig.world.camera_results(2, 9).len(), 1);
}

#[test]
fn the_text_check_waits_for_what_is_read_in_its_picture() {
    let pixels = SimConfig { camera: CameraMode::Pixels, ..with_stations(10) };
    let mut rig = Rig::new(pixels, Scenario::default(), 3, true);
    let triggers = |rig: &Rig| rig.world.station_status(Station::TextCheck).triggers;
    let picture = |rig: &mut Rig| {
        let jobs = rig.world.take_captures();
        jobs.into_iter().find(|job| job.eyes == Eyes::TextCheck).unwrap()
    };
    let results = |rig: &Rig| rig.world.station_results(Station::TextCheck, 1, 9);
    run_until(&mut rig, |rig| triggers(rig) == 1);
    let job = picture(&mut rig);
    assert!(job.trigger == 1 && matches!(job.subject, Subject::Label(_)), "{job:?}");
    rig.world.advance(rig.world.now().plus_ms(40));
    assert!(results(&rig).is_empty(), "time has come, nothing is read");
    rig.world.text_done(job.id, Some(b"four lines".to_vec()));
    let first = &results(&rig)[0];
    assert_eq!((first.finding, &first.content[..]), (Finding::Measured, &b"four lines"[..]));
    run_until(&mut rig, |rig| triggers(rig) == 2);
    let job = picture(&mut rig);
    rig.world.text_done(job.id, None);
    assert_eq!(results(&rig).len(), 1, "nothing is read, and time has not come");
    rig.world.advance(rig.world.now().plus_ms(40));
    assert_eq!((results(&rig)[1].finding, results(&rig)[1].content.len()), (Finding::Nothing, 0));
}

#[test]
fn hands_look_scan_take_and_give_no_more() {
    let mut rig = Rig::new(config(40), Scenario::default(), 8, true);
    rig.operator = false;
    run_until(&mut rig, |rig| rig.world.counters().exited == 10);
    let HandsResponse::Seen { packs } = rig.world.hands(HandsRequest::Look) else { panic!() };
    let exit: Vec<_> = packs.iter().filter(|p| p.zone == Zone::Exit).collect();
    let belt: Vec<_> = packs.iter().filter(|p| p.zone == Zone::Belt).collect();
    assert_eq!(exit.iter().map(|p| p.pack).collect::<Vec<_>>(), [6, 7, 8, 9, 10]);
    assert!(exit[0].labelled && !belt.last().unwrap().labelled);
    let HandsResponse::Scanned(scan) = rig.world.hands(HandsRequest::Scan { pack: 7 }) else {
        panic!()
    };
    let code = "]d2010415003752864321S0000007{GS}1728123110LOT-2026";
    assert_eq!(scan.code.as_deref(), Some(code));
    let gone = HandsResponse::OutOfReach { pack: 2 };
    assert_eq!(rig.world.hands(HandsRequest::Remove { pack: 2 }), gone);
    rig.world.hands(HandsRequest::Remove { pack: 9 });
    let HandsResponse::Removed { packs } = rig.world.hands(HandsRequest::Clear) else { panic!() };
    assert_eq!(packs.len(), belt.len());
    rig.run();
    assert_eq!(rig.pack(9).fate, Fate::Retrieved);
    assert_eq!(rig.count(Fate::Removed), belt.len());
    assert_eq!(rig.count(Fate::Exited), 39 - belt.len());
}

/// Frames that no controller would send change nothing about the world's soundness.
#[test]
fn nonsense_in_frames_is_harmless() {
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut number = |kind: u64| match (rng.next_u32() % 4, kind) {
            (0, _) => 0,
            (1, _) => rng.next_u64() >> (rng.next_u32() % 64),
            (2, kind) => kind,
            (_, kind) => kind + u64::from(rng.next_u32() % 3),
        };
        let mut world = World::new(config(20), Scenario::default(), seed);
        world.labeler_header(&HEADER);
        for cycle in 0..100 {
            world.advance(SimTime(world.now().0 + number(20_000_000) % 200_000_000));
            let mut command = LineIoCommand {
                epoch: number(1) as u32,
                heartbeat: cycle,
                outputs: number(3) as u16,
                permit_epoch: number(1) as u32,
                read_from: number(1) as u32,
                consumed_to: number(1) as u32,
                first_trigger: number(1) as u32,
                first_permit: number(1) as u32,
                ..LineIoCommand::default()
            };
            for _ in 0..5 {
                let permit =
                    Permit { track: 1, from_count: number(8_000), to_count: number(9_000) };
                command.triggers.push(number(4_000)).unwrap();
                command.permits.push(permit).unwrap();
            }
            let status = world.line_io_exchange(&command);
            assert_eq!(LineIoStatus::decode(&status.encode()), Ok(status), "seed {seed}");
            let mut command = LabelerCommand {
                epoch: number(1) as u32,
                action_seq: number(1) as u16,
                ..LabelerCommand::default()
            };
            let len = number(5) as u16;
            command.jobs.push(PrintJob { len, ..job(number(1) as u32, 1) }).unwrap();
            world.labeler_exchange(&command);
        }
        world.finish();
    }
}

#[test]
fn hands_speak_json() {
    let request: HandsRequest = serde_json::from_str(r#"{"do":"scan","pack":5}"#).unwrap();
    assert_eq!(request, HandsRequest::Scan { pack: 5 });
    let mut world = World::new(config(1), Scenario::default(), 1);
    let response = serde_json::to_string(&world.hands(request)).unwrap();
    assert_eq!(response, r#"{"result":"out_of_reach","pack":5}"#);
    let response = world.hands(HandsRequest::Repair { device: Repair::Ejector });
    let response = serde_json::to_string(&response).unwrap();
    assert_eq!(response, r#"{"result":"repaired","was_broken":false}"#);
}
