//! The three drivers against the simulated line in real time, with pixels: the belt runs, labels
//! are printed, photographed and read, and what comes over the wire is what was sent. The labeler
//! prints directly over one protocol and prints and applies over the other. A test that was itself
//! held up for longer than the line waits for a heartbeat begins anew.

use super::{dispatch, drive_camera, drive_labeler, drive_line_io, is_up, result};
use crate::recorder::Recorder;
use contracts::labeler::BatchHeader;
use contracts::line_io::{Channel, Edge, outputs};
use devices::camera::opcua::CameraConfig;
use devices::labeler::{LabelerLink, modbus, opcua};
use devices::line_io::modbus::LineIoConfig;
use devices::{OpcuaEndpoint, Setup};
use line_core::event::{Input, Output};
use line_core::ids::{EncoderCount, Epoch};
use line_sim::runner::{Addresses, RunningLine};
use line_sim::scenario::Scenario;
use line_sim::servers::Profiles;
use line_sim::sim_config::SimConfig;
use line_sim::world::World;
use std::thread;
use std::time::{Duration, Instant};

const PACKS: u32 = 12;
/// The belt goes on without the test for so long, and further than to the next trigger.
const HELD_UP: Duration = Duration::from_millis(100);
const TRIES: u32 = 10;

/// Counts of the infeed's rising edges.
fn infeed(input: &Input) -> Option<u64> {
    match input {
        Input::LineIoEvent { channel: Channel::Infeed, edge: Edge::Rising, count, .. } => {
            Some(count.0)
        }
        _ => None,
    }
}

#[test]
fn what_is_printed_over_modbus_is_read() {
    let link = |at: &Addresses, profiles: &Profiles| {
        let profile = profiles.labeler.clone();
        LabelerLink::Modbus(modbus::LabelerConfig::new(at.labeler.clone(), profile))
    };
    what_is_printed_is_read(0, link);
}

#[test]
fn what_is_printed_over_opc_ua_and_applied_later_is_read() {
    let link = |at: &Addresses, profiles: &Profiles| {
        let profile = profiles.labeler_opcua.clone();
        LabelerLink::Opcua(opcua::LabelerConfig::new(
            OpcuaEndpoint::unsecured(at.labeler_opcua.clone()),
            profile,
        ))
    };
    what_is_printed_is_read(4, link);
}

fn what_is_printed_is_read(web_offset: usize, link: impl Fn(&Addresses, &Profiles) -> LabelerLink) {
    let told = (0..TRIES).find_map(|_| what_was_read(web_offset, &link));
    let contents = told.expect("the test was held up every time");
    assert_eq!(contents.len(), PACKS as usize);
    for (job, content) in (1..).zip(&contents) {
        let serial = format!("21E1J{job}\u{1d}");
        assert!(
            content.starts_with("]d20104150037528643") && content.contains(&serial),
            "{content}"
        );
    }
}

/// The content of every result; none when the test was held up.
fn what_was_read(
    web_offset: usize,
    link: impl Fn(&Addresses, &Profiles) -> LabelerLink,
) -> Option<Vec<String>> {
    let packs_total = u64::from(PACKS);
    let config = SimConfig { packs_total, web_offset, ..SimConfig::default() };
    let to_camera = (config.geometry.camera_eye_mm / config.geometry.mm_per_pulse).round() as u64;
    let line = RunningLine::start(World::new(config, Scenario::default(), 3), None).unwrap();
    let (at, profiles) = (line.addresses(), Profiles::builtin().unwrap());
    let labeler_link = link(&at, &profiles);
    let [line_io, labeler, camera] = [(); 3].map(|()| Recorder::default());
    labeler.set_up(Setup::Header(BatchHeader {
        template_revision: 1,
        gtin: *b"04150037528643",
        lot: *b"LOT1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        expiry: *b"281231",
        look_ahead: 16,
        ..BatchHeader::default()
    }));
    camera.set_up(Setup::Recipe(9));
    let drivers = [
        drive_line_io(LineIoConfig::new(at.line_io, profiles.line_io), &line_io),
        drive_labeler(labeler_link, &labeler),
        drive_camera(
            CameraConfig::new(OpcuaEndpoint::unsecured(at.camera), profiles.camera),
            &camera,
        ),
    ];
    let devices = [&line_io, &labeler, &camera];
    camera.until("every device", || devices.iter().all(|device| device.count(is_up) > 0));
    for job in 1..=PACKS {
        labeler.say(dispatch(1, job));
    }
    line_io.say(Output::LineIoOutputs { bits: outputs::RUN | outputs::INFEED });
    let (mut heartbeat, mut triggered) = (0_u16, 0);
    let (mut last, mut is_held_up) = (Instant::now(), false);
    camera.until("every result", || {
        is_held_up |= last.elapsed() > HELD_UP;
        last = Instant::now();
        heartbeat = heartbeat.wrapping_add(1);
        line_io.beat(heartbeat);
        let packs = line_io.find_all(infeed);
        for count in &packs[triggered..] {
            let at = EncoderCount(count + to_camera);
            line_io.say(Output::Trigger { epoch: Epoch(1), at });
        }
        triggered = packs.len();
        thread::sleep(Duration::from_millis(5));
        is_held_up || camera.find_all(result).len() == PACKS as usize
    });
    for device in devices {
        device.stop();
    }
    for driver in drivers {
        driver.join().unwrap();
    }
    line.finish();
    let content = |input: &Input| match input {
        Input::CameraResult(r) => Some(String::from_utf8_lossy(r.content.as_bytes()).into_owned()),
        _ => None,
    };
    (!is_held_up).then(|| camera.find_all(content))
}
