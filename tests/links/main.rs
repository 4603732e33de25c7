//! Every driver against every simulated server over real sockets: connect, exchange, cut,
//! reconnect, restart. Nothing is lost, nothing comes twice, no job is printed twice.
//!
//! The line behind the servers is scripted (`script.rs`), the process around the driver a recorder
//! (`recorder.rs`). Asserted are orders and counts; waiting is bounded, not asserted.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

#[path = "../support/chance.rs"]
mod chance;
mod labeler;
mod proxied;
mod real_time;
mod recorder;
mod script;
mod secured;
mod stations;
#[path = "../support/wire.rs"]
#[expect(dead_code, reason = "the tests with real processes look at the frames, too")]
mod wire;

use codes::SerialNumber;
use contracts::camera::ReadStatus;
use contracts::labeler::BatchHeader;
use contracts::line_io::outputs;
use devices::camera::opcua::CameraConfig;
use devices::camera::session::CameraSession;
use devices::labeler::session::LabelerSession;
use devices::labeler::{LabelerLink, modbus, opcua};
use devices::line_io::modbus::LineIoConfig;
use devices::line_io::session::LineIoSession;
use devices::{ImageRequest, OpcuaEndpoint, OpcuaSecurity, Setup};
use line_core::event::{Dispatch, Input, Output};
use line_core::ids::{EncoderCount, Epoch, JobSeq, SerialIndex, TrackIndex};
use line_sim::proxy::Proxy;
use line_sim::servers::{Devices, Profiles, Servers, Shared};
use line_sim::sim_config::{OpcuaServing, StationProtocols};
use line_sim::world::Device;
use recorder::Recorder;
use script::Script;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a labeler speaks.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    Modbus,
    Opcua,
}

const PROTOCOLS: [Protocol; 2] = [Protocol::Modbus, Protocol::Opcua];

/// A line, its servers, and one driver on a thread.
struct Bench {
    script: Arc<Mutex<Script>>,
    recorder: Recorder,
    driver: Option<JoinHandle<()>>,
    servers: Servers,
    profiles: Profiles,
    /// Before the driver's device, when the link goes through one.
    proxy: Option<Proxy>,
    is_proxied: bool,
    security: OpcuaSecurity,
}

impl Bench {
    fn new() -> Self {
        Self::serving(&OpcuaServing::default(), OpcuaSecurity::Unsecured)
    }

    /// What the devices offer, and how the driver talks to them.
    fn serving(offer: &OpcuaServing, security: OpcuaSecurity) -> Self {
        let script = Arc::new(Mutex::new(Script::new()));
        let shared: Shared = script.clone();
        let profiles = Profiles::builtin().unwrap();
        let servers = Servers::start(&shared, &profiles, offer)
            .unwrap()
            .with_stations(&shared, &profiles, &stations::SERVED, StationProtocols::Both)
            .unwrap();
        let (recorder, driver, proxy) = (Recorder::default(), None, None);
        let is_proxied = false;
        Self { script, recorder, driver, servers, profiles, proxy, is_proxied, security }
    }

    /// The driver's link goes through a proxy.
    fn proxied() -> Self {
        let mut bench = Self::new();
        bench.is_proxied = true;
        bench
    }

    /// Where the driver finds the device behind `endpoint`.
    fn at(&mut self, endpoint: String) -> String {
        if !self.is_proxied {
            return endpoint;
        }
        let (proxy, ours) = wire::before(&endpoint, None).unwrap();
        self.proxy = Some(proxy);
        ours
    }

    /// Where the driver finds the OPC UA device behind `endpoint`.
    fn opcua_at(&mut self, endpoint: String) -> OpcuaEndpoint {
        OpcuaEndpoint { url: self.at(endpoint), security: self.security.clone() }
    }

    fn line_io(&mut self, cycle_ms: u64) {
        let endpoint = self.at(self.servers.line_io().to_string());
        let config = LineIoConfig::new(endpoint, self.profiles.line_io.clone());
        self.driver = Some(drive_line_io(LineIoConfig { cycle_ms, ..config }, &self.recorder));
    }

    fn labeler(&mut self, protocol: Protocol, cycle_ms: u64) {
        let link = match protocol {
            Protocol::Modbus => {
                let endpoint = self.at(self.servers.labeler().to_string());
                let profile = self.profiles.labeler.clone();
                let config = modbus::LabelerConfig::new(endpoint, profile);
                LabelerLink::Modbus(modbus::LabelerConfig { cycle_ms, ..config })
            }
            Protocol::Opcua => {
                let endpoint = self.opcua_at(self.servers.labeler_opcua());
                let profile = self.profiles.labeler_opcua.clone();
                let config = opcua::LabelerConfig::new(endpoint, profile);
                LabelerLink::Opcua(opcua::LabelerConfig { cycle_ms, ..config })
            }
        };
        self.driver = Some(drive_labeler(link, &self.recorder));
    }

    fn camera(&mut self, cycle_ms: u64) {
        let endpoint = self.opcua_at(self.servers.camera());
        let config = CameraConfig::new(endpoint, self.profiles.camera.clone());
        self.driver = Some(drive_camera(CameraConfig { cycle_ms, ..config }, &self.recorder));
    }

    fn script<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.script.lock().unwrap())
    }

    /// Cuts the link until the driver has noticed, then mends it and waits until it is back.
    fn cut(&self, device: Device) {
        let (downs, ups) = (self.recorder.count(is_down), self.recorder.count(is_up));
        self.script(|script| script.cut(device));
        self.until("down", |bench| bench.recorder.count(is_down) > downs);
        self.script(|script| script.mend(device));
        self.until("up again", |bench| bench.recorder.count(is_up) > ups);
    }

    /// Waits until the driver has noticed that the link is gone, mends it, waits until it is back.
    fn mend_when_down(&self, device: Device, ups: usize) {
        self.until("down", |bench| !bench.script(|s| s.link_is_up(device)));
        self.until("noticed", |bench| bench.recorder.count(is_down) >= ups);
        self.script(|script| script.mend(device));
        self.until("up again", |bench| bench.recorder.count(is_up) > ups);
    }

    /// Restarts the device: another epoch, empty memory, connections gone.
    fn restart(&self, device: Device) {
        let ups = self.recorder.count(is_up);
        self.script(|script| script.restart(device));
        self.until("up after restart", |bench| bench.recorder.count(is_up) > ups);
    }

    fn until(&self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        self.recorder.until(what, || done(self));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.recorder.stop();
        if let Some(driver) = self.driver.take() {
            let _ = driver.join();
        }
    }
}

fn drive_line_io(config: LineIoConfig, recorder: &Recorder) -> JoinHandle<()> {
    let mut io = recorder.clone();
    std::thread::spawn(move || {
        let mut session = LineIoSession::new();
        devices::line_io::modbus::run(&config, &mut session, &mut io).unwrap();
    })
}

fn drive_labeler(link: LabelerLink, recorder: &Recorder) -> JoinHandle<()> {
    let mut io = recorder.clone();
    std::thread::spawn(move || {
        let mut session = LabelerSession::new();
        link.run(&mut session, &mut io).unwrap();
    })
}

fn drive_camera(config: CameraConfig, recorder: &Recorder) -> JoinHandle<()> {
    let mut io = recorder.clone();
    std::thread::spawn(move || {
        let mut session = CameraSession::new();
        devices::camera::opcua::run(&config, &mut session, &mut io).unwrap();
    })
}

fn is_down(input: &Input) -> bool {
    matches!(
        input,
        Input::LineIoDown | Input::LabelerDown | Input::CameraDown | Input::StationDown { .. }
    )
}

fn is_up(input: &Input) -> bool {
    matches!(
        input,
        Input::LineIoUp { .. }
            | Input::LabelerUp(_)
            | Input::CameraUp { .. }
            | Input::StationUp { .. }
    )
}

fn line_io_up(input: &Input) -> Option<(Epoch, u32)> {
    match input {
        Input::LineIoUp { epoch, permit_epoch, .. } => Some((*epoch, *permit_epoch)),
        _ => None,
    }
}

#[test]
fn line_io_events_come_once_and_in_order_over_cuts_and_restart() {
    let mut bench = Bench::new();
    bench.line_io(1);
    bench.until("up", |b| b.recorder.count(is_up) > 0);
    for round in 1..=4 {
        bench.script(|s| s.line_io.edges(50));
        if round > 1 {
            bench.cut(Device::LineIo);
        }
        bench.until("all events", |b| b.recorder.events().len() == 50 * round);
    }
    bench.restart(Device::LineIo);
    bench.script(|s| s.line_io.edges(30));
    bench.until("events of the new epoch", |b| b.recorder.events().len() == 230);
    let events = bench.recorder.events();
    assert!(events[..200].iter().copied().eq(1..=200));
    assert!(events[200..].iter().copied().eq(1..=30));
    // Each cut, the restart, and what a machine that stands still may lose besides.
    assert!(bench.recorder.count(is_down) >= 4);
    let permit_epochs: Vec<u32> = bench.recorder.find_all(|input| line_io_up(input).map(|up| up.1));
    assert!(permit_epochs[..4].is_sorted_by(|a, b| a < b), "{permit_epochs:?}");
}

#[test]
fn line_io_permits_of_an_old_permit_epoch_never_arrive() {
    let mut bench = Bench::new();
    bench.line_io(1);
    bench.until("up", |b| b.recorder.count(is_up) > 0);
    let contact = |bench: &Bench| *bench.recorder.find_all(line_io_up).last().unwrap();
    let bits = outputs::RUN | outputs::GREEN;
    bench.recorder.say(Output::LineIoOutputs { bits });
    let permit = |permit_epoch, track| Output::Permit {
        permit_epoch,
        track: TrackIndex(track),
        from: EncoderCount(10),
        to: EncoderCount(20),
    };
    let (epoch, _) = contact(&bench);
    for track in 1..=40_u32 {
        bench.recorder.say(Output::Trigger { epoch, at: EncoderCount(u64::from(track)) });
    }
    let mut first = 0;
    bench.until("all", |b| {
        // A machine that stands still loses the link: its permits are of the past, too.
        let (_, permit_epoch) = contact(b);
        if permit_epoch != first {
            (1..=40).for_each(|track| b.recorder.say(permit(permit_epoch, track)));
            first = permit_epoch;
        }
        b.script(|s| s.line_io.permits.len() == 40 && s.line_io.outputs == bits)
    });
    bench.cut(Device::LineIo);
    let (_, second) = contact(&bench);
    assert!(second > first);
    bench.recorder.say(permit(first, 41));
    bench.recorder.say(permit(second, 42));
    bench.recorder.say(Output::Trigger { epoch, at: EncoderCount(41) });
    bench.until("the new permit", |b| b.script(|s| !s.line_io.permits.is_empty()));
    bench.until("the trigger", |b| b.script(|s| s.line_io.triggers.len() == 41));
    bench.script(|s| {
        assert_eq!(s.line_io.permits, [42]);
        assert!(s.line_io.triggers.iter().copied().eq(1..=41));
    });
    bench.recorder.beat(77);
    bench.until("the line's own heartbeat", |b| b.script(|s| s.line_io.heartbeat == 77));
    // A line thread that hangs must not look alive: no frame has another one.
    let then = bench.script(|s| s.exchanges);
    bench.until("further frames", |b| b.script(|s| s.exchanges) > then + 20);
    bench.script(|s| assert_eq!(s.line_io.heartbeat, 77));
}

fn dispatch(epoch: u32, job: u32) -> Output {
    let number: SerialNumber = format!("E{epoch}J{job}").parse().unwrap();
    Output::Dispatch(Dispatch {
        labeler_epoch: Epoch(epoch),
        job: JobSeq(job),
        serial: SerialIndex(job - 1),
        number,
    })
}

fn header() -> Setup {
    Setup::Header(BatchHeader { template_revision: 2, look_ahead: 64, ..BatchHeader::default() })
}

fn result(input: &Input) -> Option<(u32, u64)> {
    match input {
        Input::CameraResult(r) if r.recipe_ok && r.status == ReadStatus::Decoded => {
            Some((r.epoch.0, r.seq))
        }
        _ => None,
    }
}

#[test]
fn camera_results_come_once_and_in_order_over_cuts_and_restart() {
    let mut bench = Bench::new();
    bench.recorder.set_up(Setup::Recipe(9));
    bench.camera(1);
    bench.until("recipe", |b| b.script(|s| s.camera.status.recipe_hash == 9));
    let recipe_ok = |input: &Input| matches!(input, Input::CameraUp { recipe_ok: true, .. });
    bench.until("up", |b| b.recorder.count(recipe_ok) > 0);
    for round in 1..=3 {
        bench.script(|s| s.camera.shoot(50));
        if round > 1 {
            bench.cut(Device::Camera);
        }
        bench.until("results", |b| b.recorder.find_all(result).len() == 50 * round);
    }
    let request = ImageRequest { seq: 150, track: TrackIndex(150), accepted: true };
    bench.recorder.want_image(request);
    bench.recorder.want_image(ImageRequest { seq: 999, ..request });
    bench.until("pictures", |b| b.recorder.images().len() == 2);
    let images = bench.recorder.images();
    assert!(images[0].1.as_ref().is_some_and(|png| png.starts_with(b"\x89PNG")));
    assert_eq!((images[1].0, images[1].1.is_none()), (999, true));
    bench.restart(Device::Camera);
    bench.until("recipe", |b| b.script(|s| s.camera.status.recipe_hash == 9));
    bench.script(|s| s.camera.shoot(10));
    bench.until("results", |b| b.recorder.find_all(result).len() == 160);
    let results = bench.recorder.find_all(result);
    let expected = (1..=150).map(|seq| (1, seq)).chain((1..=10).map(|seq| (2, seq)));
    assert!(results.iter().copied().eq(expected), "{results:?}");
}

#[test]
fn of_a_burst_of_ten_thousand_results_none_is_lost() {
    const BURST: u32 = 10_000;
    let mut bench = Bench::new();
    bench.recorder.set_up(Setup::Recipe(9));
    bench.camera(1);
    let recipe_ok = |input: &Input| matches!(input, Input::CameraUp { recipe_ok: true, .. });
    bench.until("up", |b| b.recorder.count(recipe_ok) > 0);
    bench.script(|s| s.camera.shoot(BURST / 2));
    // In the midst of it the link is cut, and the rest comes while it is down.
    bench.until("some", |b| b.recorder.count(|input| result(input).is_some()) > 500);
    bench.script(|s| s.camera.shoot(BURST / 2));
    bench.cut(Device::Camera);
    let all = BURST as usize;
    bench.until("all", |b| b.recorder.count(|input| result(input).is_some()) >= all);
    let results = bench.recorder.find_all(result);
    assert!(
        results.iter().copied().eq((1..=u64::from(BURST)).map(|seq| (1, seq))),
        "{}",
        results.len()
    );
}

/// Not a test of a bound: prints how long an exchange takes through driver, relay and server.
#[test]
#[ignore = "prints figures; run it alone"]
fn how_long_an_exchange_takes() {
    for device in [Device::LineIo, Device::Labeler, Device::Camera] {
        let mut bench = Bench::new();
        bench.recorder.set_up(header());
        match device {
            Device::LineIo => bench.line_io(0),
            Device::Labeler => bench.labeler(Protocol::Modbus, 0),
            Device::Camera => bench.camera(0),
            Device::TextCheck
            | Device::CartonCode
            | Device::TamperEvident
            | Device::Checkweigher => continue,
        }
        bench.until("up", |b| b.recorder.count(is_up) > 0);
        let before = bench.script(|s| s.exchanges);
        let begun = Instant::now();
        std::thread::sleep(Duration::from_secs(2));
        let exchanges = bench.script(|s| s.exchanges) - before;
        let each_us = begun.elapsed().as_micros() as u64 / exchanges.max(1);
        println!("{device:?}: {exchanges} exchanges in 2 s, {each_us} us each");
    }
}
