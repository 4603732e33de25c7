//! The simulated devices on real sockets of 127.0.0.1: Modbus TCP servers for line I/O and labeler,
//! OPC UA servers for camera and, once more, the labeler, either for each station beside the
//! camera, a JSON-lines server for the hands.
//!
//! Started by the runner and by tests. Each server has a thread and a `current_thread` runtime of
//! its own and asks the line through [`Devices`]; a relay in front of it cuts its connections when
//! the line says so. It must never know what a frame means to the line.

mod camera;
mod hands;
mod labeler;
mod labeler_methods;
mod labeler_opcua;
mod labeler_registers;
mod labeler_text;
mod labeler_variables;
mod labeler_zpl;
mod line_io;
mod modbus;
mod opcua;
mod opcua_security;
mod printer;
mod relay;
mod station;
mod station_opcua;
mod tags;
mod text;

use crate::sim_config::{ForeignLabeler, OpcuaServing, StationProtocols};
use crate::world::{CameraImage, Device};
use contracts::camera::{CameraResult, CameraStatus};
use contracts::labeler::opcua::JobResult;
use contracts::labeler::{BatchHeader, LabelerCommand, LabelerStatus};
use contracts::line_io::{LineIoCommand, LineIoStatus};
use contracts::station::{STATIONS, Station, StationResult, StationStatus};
use opcua_security::Offer;
use profiles::{
    CameraOpcua, LabelerModbus, LabelerOpcua, LineIoModbus, StationModbus, StationOpcua,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::watch;

pub use hands::HandsServer;

/// The line behind the servers, as its devices show it to a network. Every call brings the line to
/// the present first.
pub trait Devices: Send {
    /// One cycle with the line I/O.
    fn line_io_exchange(&mut self, command: &LineIoCommand) -> LineIoStatus;
    /// Gives the labeler its batch header.
    fn labeler_header(&mut self, header: &BatchHeader);
    /// One cycle with the labeler.
    fn labeler_exchange(&mut self, command: &LabelerCommand) -> LabelerStatus;
    /// The labeler's status, without a cycle.
    fn labeler_status(&mut self) -> LabelerStatus;
    /// Jobs that the labeler holds and has not printed.
    fn labeler_queued(&mut self) -> usize;
    /// What has become of up to `max` jobs from sequence `from` on.
    fn labeler_results(&mut self, from: u32, max: usize) -> Vec<JobResult>;
    /// What the camera says of itself.
    fn camera_status(&mut self) -> CameraStatus;
    /// Up to `max` results from sequence `from` on.
    fn camera_results(&mut self, from: u64, max: usize) -> Vec<CameraResult>;
    /// The picture of the result `seq`, while the camera holds it.
    fn camera_image(&mut self, seq: u64) -> Option<Arc<CameraImage>>;
    /// Gives the camera its recipe.
    fn camera_set_recipe(&mut self, hash: u32);
    /// What a station beside the camera says of itself.
    fn station_status(&mut self, station: Station) -> StationStatus;
    /// Up to `max` results of a station from sequence `from` on.
    fn station_results(&mut self, station: Station, from: u32, max: usize) -> Vec<StationResult>;
    /// Gives a station its recipe.
    fn station_set_recipe(&mut self, station: Station, hash: u32);
    /// False while a device cannot be reached.
    fn link_is_up(&self, device: Device) -> bool;
    /// Changes when the connections of a device must be dropped.
    fn connection_epoch(&self, device: Device) -> u64;
}

/// The line, shared by the servers.
pub type Shared = Arc<Mutex<dyn Devices>>;

/// The line, also after a thread that held it has panicked: what it shows is then judged anyway.
fn lock(devices: &Shared) -> MutexGuard<'_, dyn Devices + 'static> {
    devices.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the simulated devices lay out their registers and nodes.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// Line I/O.
    pub line_io: LineIoModbus,
    /// Labeler over Modbus.
    pub labeler: LabelerModbus,
    /// Labeler over OPC UA.
    pub labeler_opcua: LabelerOpcua,
    /// Camera.
    pub camera: CameraOpcua,
    /// A station over Modbus TCP.
    pub station_modbus: StationModbus,
    /// A station over OPC UA.
    pub station_opcua: StationOpcua,
}

impl Profiles {
    /// The profiles of `config/devices/`, as they were when this program was built.
    ///
    /// # Errors
    /// [`profiles::ProfileError`] when one of them is wrong.
    pub fn builtin() -> Result<Self, profiles::ProfileError> {
        Ok(Self {
            line_io: LineIoModbus::load(include_str!(
                "../../../config/devices/line-io-modbus.toml"
            ))?,
            labeler: LabelerModbus::load(include_str!(
                "../../../config/devices/labeler-modbus.toml"
            ))?,
            labeler_opcua: LabelerOpcua::load(include_str!(
                "../../../config/devices/labeler-opcua.toml"
            ))?,
            camera: CameraOpcua::load(include_str!("../../../config/devices/camera-opcua.toml"))?,
            station_modbus: StationModbus::load(include_str!(
                "../../../config/devices/station-modbus.toml"
            ))?,
            station_opcua: StationOpcua::load(include_str!(
                "../../../config/devices/station-opcua.toml"
            ))?,
        })
    }
}

/// The running servers; dropping them ends their threads.
pub struct Servers {
    line_io: ServerThread,
    labeler: ServerThread,
    labeler_opcua: ServerThread,
    camera: ServerThread,
    station_modbus: [Option<ServerThread>; STATIONS],
    station_opcua: [Option<ServerThread>; STATIONS],
    foreign_labelers: BTreeMap<ForeignLabeler, ServerThread>,
    offer: Offer,
}

impl Servers {
    /// Starts a server for each device on a free port of 127.0.0.1; the labeler has one for each
    /// of its protocols.
    ///
    /// # Errors
    /// When a port, a thread or a runtime is refused.
    pub fn start(devices: &Shared, profiles: &Profiles, opcua: &OpcuaServing) -> io::Result<Self> {
        let offer = Offer::prepare(opcua)?;
        let line_io = line_io::LineIoServer::new(devices.clone(), profiles.line_io.clone());
        let labeler = labeler::LabelerServer::new(devices.clone(), profiles.labeler.clone());
        Ok(Self {
            line_io: modbus::start(Device::LineIo, devices, Arc::new(line_io))?,
            labeler: modbus::start(Device::Labeler, devices, Arc::new(labeler))?,
            labeler_opcua: opcua::start(
                devices,
                &offer,
                labeler_opcua::object(&profiles.labeler_opcua),
            )?,
            camera: opcua::start(devices, &offer, camera::object(&profiles.camera))?,
            station_modbus: [const { None }; STATIONS],
            station_opcua: [const { None }; STATIONS],
            foreign_labelers: BTreeMap::new(),
            offer,
        })
    }

    /// Starts the servers of these stations as well.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn with_stations(
        mut self,
        devices: &Shared,
        profiles: &Profiles,
        stations: &[Station],
        protocols: StationProtocols,
    ) -> io::Result<Self> {
        for &station in stations {
            let at = station.index();
            if protocols.modbus(station) {
                let profile = profiles.station_modbus.clone();
                let registers = station::StationServer::new(station, devices.clone(), profile);
                let server = modbus::start(Device::of(station), devices, Arc::new(registers))?;
                self.station_modbus[at] = Some(server);
            }
            if protocols.opcua(station) {
                let object = station_opcua::object(station, &profiles.station_opcua);
                self.station_opcua[at] = Some(opcua::start(devices, &self.offer, object)?);
            }
        }
        Ok(self)
    }

    /// Starts the labeler as these makers would have built it, too.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn with_labelers(
        mut self,
        devices: &Shared,
        labelers: &[ForeignLabeler],
    ) -> io::Result<Self> {
        for &labeler in labelers {
            let server = self.foreign_labeler(devices, labeler)?;
            self.foreign_labelers.insert(labeler, server);
        }
        Ok(self)
    }

    fn foreign_labeler(
        &self,
        devices: &Shared,
        labeler: ForeignLabeler,
    ) -> io::Result<ServerThread> {
        let (device, line) = (Device::Labeler, devices.clone());
        match labeler {
            ForeignLabeler::Registers => {
                let plain = labeler_registers::PlainLabeler::new(line);
                modbus::start(device, devices, Arc::new(plain))
            }
            ForeignLabeler::Variables => {
                let space = labeler_variables::VariableLabeler::new(line);
                tags::start(device, devices, &self.offer, Arc::new(space))
            }
            ForeignLabeler::Methods => {
                let space = labeler_methods::MethodLabeler::new(line);
                tags::start(device, devices, &self.offer, Arc::new(space))
            }
            ForeignLabeler::Zpl => {
                let texts = labeler_zpl::ZplLabeler::new(line);
                text::start("labeler-zpl", device, devices, Arc::new(texts))
            }
            ForeignLabeler::Text => {
                let texts = labeler_text::TextLabeler::new(line);
                text::start("labeler-text", device, devices, Arc::new(texts))
            }
        }
    }

    /// Addresses of the foreign labelers, as endpoints.
    #[must_use]
    pub fn foreign_labelers(&self) -> BTreeMap<ForeignLabeler, String> {
        let endpoint = |(&labeler, server): (&ForeignLabeler, &ServerThread)| match labeler {
            ForeignLabeler::Variables | ForeignLabeler::Methods => {
                (labeler, format!("opc.tcp://{}/", server.address))
            }
            ForeignLabeler::Registers | ForeignLabeler::Zpl | ForeignLabeler::Text => {
                (labeler, server.address.to_string())
            }
        };
        self.foreign_labelers.iter().map(endpoint).collect()
    }

    /// Address of a station over Modbus TCP, when it is served so.
    #[must_use]
    pub fn station_modbus(&self, station: Station) -> Option<SocketAddr> {
        self.station_modbus[station.index()].as_ref().map(|server| server.address)
    }

    /// Address of a station over OPC UA as an endpoint URL, when it is served so.
    #[must_use]
    pub fn station_opcua(&self, station: Station) -> Option<String> {
        let server = self.station_opcua[station.index()].as_ref();
        server.map(|server| format!("opc.tcp://{}/", server.address))
    }

    /// Address of the line I/O.
    #[must_use]
    pub fn line_io(&self) -> SocketAddr {
        self.line_io.address
    }

    /// Address of the labeler's Modbus server.
    #[must_use]
    pub fn labeler(&self) -> SocketAddr {
        self.labeler.address
    }

    /// Address of the labeler's OPC UA server, as an endpoint URL.
    #[must_use]
    pub fn labeler_opcua(&self) -> String {
        format!("opc.tcp://{}/", self.labeler_opcua.address)
    }

    /// Address of the camera, as an endpoint URL.
    #[must_use]
    pub fn camera(&self) -> String {
        format!("opc.tcp://{}/", self.camera.address)
    }
}

/// What a device of ours remembers, also after a thread that held it has panicked.
fn held<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server's thread; ends when dropped.
struct ServerThread {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl ServerThread {
    /// Runs `serve` on a thread and runtime of its own until dropped.
    fn start<F>(
        name: &'static str,
        address: SocketAddr,
        serve: impl FnOnce() -> F + Send + 'static,
    ) -> io::Result<Self>
    where
        F: Future<Output = io::Result<()>>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, mut stopped) = watch::channel(false);
        let body = move || {
            runtime.block_on(async {
                tokio::select! {
                    result = serve() => {
                        if let Err(error) = result {
                            tracing::error!("failed to serve {name}: {error}");
                        }
                    }
                    _ = stopped.wait_for(|stop| *stop) => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name(format!("sim-{name}")).spawn(body)?;
        Ok(Self { address, stop, thread: Some(thread) })
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A listener on a free port of 127.0.0.1, ready for tokio, whose connections send at once.
fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    socket2::SockRef::from(&listener).set_tcp_nodelay(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The name of a device in threads and messages.
fn name(device: Device) -> &'static str {
    match device {
        Device::LineIo => "line-io",
        Device::Labeler => "labeler",
        Device::Camera => "camera",
        Device::TextCheck => "text-check",
        Device::CartonCode => "carton-code",
        Device::TamperEvident => "tamper-evident",
        Device::Checkweigher => "checkweigher",
    }
}

#[cfg(test)]
mod tests;
