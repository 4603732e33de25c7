//! The device threads of a run: one a protocol adapter, each with its rings.
//!
//! Must never look into what passes.

use super::clock::MonotonicClock;
use super::images::ImageSink;
use super::realtime;
use super::rings::{DeviceEnds, Received, Signs};
use contracts::labeler::BatchHeader;
use contracts::station::Station;
use devices::camera::opcua::CameraConfig;
use devices::camera::session::CameraSession;
use devices::labeler::LabelerLink;
use devices::labeler::session::LabelerSession;
use devices::line_io::gpio::GpioConfig;
use devices::line_io::modbus::LineIoConfig;
use devices::line_io::session::LineIoSession;
use devices::station::session::StationSession;
use devices::station::{modbus as station_modbus, opcua as station_opcua};
use devices::{DeviceIo, ImageRequest, LinkError, Setup};
use line_core::event::{Input, Output};
use line_core::ids::{Epoch, IoSeq};
use ringbuf::HeapCons;
use ringbuf::traits::{Consumer, Producer};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use tracing::error;

/// How the line I/O is spoken to.
#[derive(Clone, Debug)]
pub enum LineIoLink {
    /// A device on the line network.
    Modbus(LineIoConfig),
    /// The pins of this machine.
    Gpio(GpioConfig),
}

impl LineIoLink {
    fn run(&self, session: &mut LineIoSession, io: &mut dyn DeviceIo) -> Result<(), LinkError> {
        match self {
            Self::Modbus(config) => devices::line_io::modbus::run(config, session, io),
            Self::Gpio(config) => {
                // The pins' own threads inherit it.
                realtime::prefer_this_thread();
                devices::line_io::gpio::run(config, session, io)
            }
        }
    }
}

/// Where the devices are and how they are spoken to.
#[derive(Clone, Debug)]
pub struct DeviceConfigs {
    /// The line I/O.
    pub line_io: LineIoLink,
    /// The labeler.
    pub labeler: LabelerLink,
    /// The camera.
    pub camera: CameraConfig,
    /// The stations beside it.
    pub stations: Vec<(Station, StationLink)>,
}

/// How a station beside the camera is spoken to.
#[derive(Clone, Debug)]
pub enum StationLink {
    /// Over Modbus TCP.
    Modbus(station_modbus::StationConfig),
    /// Over OPC UA.
    Opcua(station_opcua::StationConfig),
}

/// What the adapters need beside their rings.
pub struct DeviceStart {
    /// Where the devices are.
    pub configs: DeviceConfigs,
    /// The order's header; its hash is the recipe's.
    pub header: BatchHeader,
    /// Where to read the line I/O's FIFO on after a restart.
    pub resume: Option<(Epoch, IoSeq)>,
    /// Wishes for images, from the line thread.
    pub image_wishes: HeapCons<ImageRequest>,
    /// Where images go.
    pub images: ImageSink,
    /// Monotonic time.
    pub clock: MonotonicClock,
    /// Shared signs.
    pub signs: Arc<Signs>,
}

struct RingIo {
    ends: DeviceEnds,
    clock: MonotonicClock,
    signs: Arc<Signs>,
    setup: Option<Setup>,
    images: Option<(HeapCons<ImageRequest>, ImageSink)>,
}

impl DeviceIo for RingIo {
    fn input(&mut self, input: Input) -> bool {
        let received = Received { at: self.clock.now(), input };
        let pushed = self.ends.inputs.try_push(received).is_ok();
        self.signs.wake_line();
        pushed
    }

    fn output(&mut self) -> Option<Output> {
        self.ends.outputs.as_mut().and_then(HeapCons::try_pop)
    }

    fn heartbeat(&self) -> u16 {
        self.signs.heartbeat()
    }

    fn stop(&self) -> bool {
        self.signs.stopping()
    }

    fn setup(&mut self) -> Option<Setup> {
        self.setup.take()
    }

    fn image_request(&mut self) -> Option<ImageRequest> {
        self.images.as_mut().and_then(|(wishes, _)| wishes.try_pop())
    }

    fn image(&mut self, request: ImageRequest, png: Option<Vec<u8>>) {
        if let (Some((_, sink)), Some(png)) = (&self.images, png) {
            sink.keep(request, png);
        }
    }
}

/// Starts the adapters: the three devices' and one a station.
///
/// # Errors
/// The operating system gives no thread.
pub fn start(
    start: DeviceStart,
    [line_io, labeler, camera]: [DeviceEnds; 3],
    stations: Vec<DeviceEnds>,
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let DeviceStart { configs, header, resume, image_wishes, images, clock, signs } = start;
    let io = |ends, setup, images| RingIo { ends, clock, signs: signs.clone(), setup, images };
    let mut line_io = io(line_io, None, None);
    let mut labeler = io(labeler, Some(Setup::Header(header)), None);
    let mut camera = io(camera, Some(Setup::Recipe(header.hash())), Some((image_wishes, images)));
    let DeviceConfigs { line_io: line_io_at, labeler: labeler_at, camera: camera_at, .. } = configs;
    let mut threads = Vec::new();
    for ((station, link), ends) in configs.stations.into_iter().zip(stations) {
        let mut station_io = io(ends, Some(Setup::Recipe(header.hash())), None);
        let work = move || run_station(station, &link, &mut station_io);
        threads.push(spawn(station.name(), Box::new(work))?);
    }
    threads.extend([
        spawn(
            "line-io",
            Box::new(move || {
                let mut session = LineIoSession::new();
                if let Some((epoch, seq)) = resume {
                    session.read_from(epoch, seq);
                }
                line_io_at.run(&mut session, &mut line_io)
            }),
        )?,
        spawn(
            "labeler",
            Box::new(move || {
                let mut session = LabelerSession::new();
                labeler_at.run(&mut session, &mut labeler)
            }),
        )?,
        spawn(
            "camera",
            Box::new(move || {
                let mut session = CameraSession::new();
                devices::camera::opcua::run(&camera_at, &mut session, &mut camera)
            }),
        )?,
    ]);
    Ok(threads)
}

type Work = Box<dyn FnOnce() -> Result<(), LinkError> + Send>;

fn spawn(name: &'static str, work: Work) -> std::io::Result<JoinHandle<()>> {
    Builder::new().name(name.into()).spawn(move || {
        if let Err(error) = work() {
            error!(%error, device = name, "device thread ended");
        }
    })
}

fn run_station(
    station: Station,
    link: &StationLink,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    let mut session = StationSession::new(station);
    match link {
        StationLink::Modbus(config) => station_modbus::run(config, &mut session, io),
        StationLink::Opcua(config) => station_opcua::run(config, &mut session, io),
    }
}
