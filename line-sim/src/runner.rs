//! The line in real time: a clock thread that advances the world, a camera thread that draws and
//! reads its pictures, the servers of its devices, the hands socket, the ground truth on disk.
//!
//! Called by the command line. The world stays sans-IO: whatever has a clock, a thread or a file is
//! here. It must never do what the line's devices do not do.

mod camera_worker;
mod live;
mod text_check;

pub use live::Live;

use crate::hands::HandsRequest;
use crate::scenario::{Scenario, ScenarioError};
use crate::servers::{HandsServer, Profiles, Servers, Shared};
use crate::sim_config::{ForeignLabeler, SimConfig, SimConfigError};
use crate::world::World;
use camera_worker::CameraWorker;
use contracts::station::Station;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Step of the clock thread.
const STEP: Duration = Duration::from_millis(1);

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The line's configuration.
    pub config: Option<PathBuf>,
    /// Seed of everything that is random.
    pub seed: u64,
    /// What goes wrong.
    pub scenario: Option<PathBuf>,
    /// Where the ground truth goes.
    pub truth: Option<PathBuf>,
    /// End when standard input closes.
    pub until_stdin_closes: bool,
}

/// Why a run failed; reads after "failed to ".
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file cannot be read or written.
    #[error("open {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The configuration is wrong.
    #[error("use the configuration: {0}")]
    Config(#[from] SimConfigError),
    /// The scenario is wrong.
    #[error("use the scenario: {0}")]
    Scenario(#[from] ScenarioError),
    /// A built-in device profile is wrong.
    #[error("use a device profile: {0}")]
    Profile(#[from] profiles::ProfileError),
    /// A socket, thread or signal is refused.
    #[error("start the line: {0}")]
    System(#[from] io::Error),
}

/// Addresses of a running line, as the one line on standard output.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Addresses {
    /// Line I/O, `host:port`.
    pub line_io: String,
    /// Labeler over Modbus, `host:port`.
    pub labeler: String,
    /// Labeler over OPC UA, endpoint URL.
    pub labeler_opcua: String,
    /// Camera, endpoint URL.
    pub camera: String,
    /// Hands socket, `host:port`.
    pub hands: String,
    /// Stations beside the camera over Modbus TCP, `host:port`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub station_modbus: BTreeMap<Station, String>,
    /// Stations beside the camera over OPC UA, endpoint URL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub station_opcua: BTreeMap<Station, String>,
    /// The labeler as other makers would have built it, endpoints.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub foreign_labelers: BTreeMap<ForeignLabeler, String>,
}

/// A running line; [`RunningLine::finish`] ends it in order.
pub struct RunningLine {
    live: Arc<Mutex<Live>>,
    servers: Servers,
    hands: HandsServer,
    camera: CameraWorker,
    stop: Arc<AtomicBool>,
    clock: JoinHandle<Option<File>>,
}

impl RunningLine {
    /// Starts the line and its servers; `truth` gets the ground truth as JSON lines.
    ///
    /// # Errors
    /// [`RunError`]: a socket, thread or profile is refused.
    pub fn start(world: World, truth: Option<File>) -> Result<Self, RunError> {
        let (stations, protocols) = (world.stations(), world.config().station_protocols);
        let opcua = world.config().opcua.clone();
        let foreign = world.config().foreign_labelers.clone();
        let live = Arc::new(Mutex::new(Live::new(world)));
        let camera = CameraWorker::start(live.clone())?;
        let devices: Shared = live.clone();
        let profiles = Profiles::builtin()?;
        let servers = Servers::start(&devices, &profiles, &opcua)?
            .with_stations(&devices, &profiles, &stations, protocols)?
            .with_labelers(&devices, &foreign)?;
        let world = live.clone();
        let hands = HandsServer::start(move |line| answer(&world, line))?;
        let stop = Arc::new(AtomicBool::new(false));
        let clock = {
            let (live, stop, jobs) = (live.clone(), stop.clone(), camera.jobs());
            let tick = move || {
                let mut truth = truth;
                while !stop.load(Ordering::Acquire) {
                    thread::sleep(STEP);
                    let (captures, lines) = live::lock(&live).step();
                    jobs.offer(captures);
                    write(&mut truth, &lines);
                }
                truth
            };
            thread::Builder::new().name("sim-clock".to_owned()).spawn(tick)?
        };
        Ok(Self { live, servers, hands, camera, stop, clock })
    }

    /// Where its devices listen.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        let text = |address: SocketAddr| address.to_string();
        let stations = |address: &dyn Fn(Station) -> Option<String>| {
            Station::ALL
                .into_iter()
                .filter_map(|station| Some((station, address(station)?)))
                .collect()
        };
        Addresses {
            line_io: text(self.servers.line_io()),
            labeler: text(self.servers.labeler()),
            labeler_opcua: self.servers.labeler_opcua(),
            camera: self.servers.camera(),
            hands: text(self.hands.address()),
            station_modbus: stations(&|station| self.servers.station_modbus(station).map(text)),
            station_opcua: stations(&|station| self.servers.station_opcua(station)),
            foreign_labelers: self.servers.foreign_labelers(),
        }
    }

    /// The line, for a look from inside the process.
    #[must_use]
    pub fn live(&self) -> &Arc<Mutex<Live>> {
        &self.live
    }

    /// Ends servers and threads and writes the remaining ground truth.
    pub fn finish(self) {
        drop(self.servers);
        drop(self.hands);
        self.stop.store(true, Ordering::Release);
        let mut truth = self.clock.join().unwrap_or_default();
        drop(self.camera);
        let lines = live::lock(&self.live).finish();
        write(&mut truth, &lines);
    }
}

/// Runs a line until a signal comes or, if asked, standard input closes; prints the addresses.
///
/// # Errors
/// [`RunError`].
pub fn run(options: &RunOptions) -> Result<(), RunError> {
    let config = match &options.config {
        Some(path) => SimConfig::from_toml(&read(path)?)?,
        None => SimConfig::default(),
    };
    let scenario = match &options.scenario {
        Some(path) => Scenario::from_toml(&read(path)?)?,
        None => Scenario::default(),
    };
    let create = |path: &PathBuf| {
        File::create(path).map_err(|source| RunError::File { path: path.clone(), source })
    };
    let truth = options.truth.as_ref().map(create).transpose()?;
    let end = End::prepare(options.until_stdin_closes)?;
    let line = RunningLine::start(World::new(config, scenario, options.seed), truth)?;
    let mut out = io::stdout().lock();
    let addresses = serde_json::to_string(&line.addresses()).map_err(io::Error::other)?;
    writeln!(out, "{addresses}")?;
    out.flush()?;
    drop(out);
    end.wait();
    line.finish();
    Ok(())
}

fn read(path: &Path) -> Result<String, RunError> {
    let path = path.to_path_buf();
    std::fs::read_to_string(&path).map_err(|source| RunError::File { path, source })
}

fn write(truth: &mut Option<File>, lines: &str) {
    if let Some(file) = truth.as_mut().filter(|_| !lines.is_empty())
        && let Err(error) = file.write_all(lines.as_bytes())
    {
        eprintln!("line-sim: failed to write the ground truth: {error}");
        *truth = None;
    }
}

/// The hands' answer to a line.
fn answer(live: &Mutex<Live>, line: &str) -> String {
    let response = match serde_json::from_str::<HandsRequest>(line) {
        Ok(request) => serde_json::to_string(&live::lock(live).hands(request)),
        Err(error) => Err(error),
    };
    response.unwrap_or_else(|error| {
        serde_json::json!({ "result": "not_understood", "why": error.to_string() }).to_string()
    })
}

/// What ends a run: a signal or, if asked, the end of standard input.
pub(crate) struct End {
    runtime: tokio::runtime::Runtime,
    terminate: Signal,
    interrupt: Signal,
    stdin: mpsc::Receiver<()>,
    /// Keeps `stdin` open when nobody asked.
    _open: Option<mpsc::Sender<()>>,
}

impl End {
    /// Catches signals from now on: before the addresses are printed, for whoever reads them may
    /// end the run at once.
    pub(crate) fn prepare(until_stdin_closes: bool) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let context = runtime.enter();
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        drop(context);
        let (open, stdin) = mpsc::channel(1);
        if !until_stdin_closes {
            return Ok(Self { runtime, terminate, interrupt, stdin, _open: Some(open) });
        }
        thread::Builder::new().name("sim-stdin".to_owned()).spawn(move || {
            let mut bytes = [0; 256];
            let mut input = io::stdin().lock();
            while input.read(&mut bytes).is_ok_and(|read| read > 0) {}
            drop(open);
        })?;
        Ok(Self { runtime, terminate, interrupt, stdin, _open: None })
    }

    /// Waits for it.
    pub(crate) fn wait(mut self) {
        self.runtime.block_on(async {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
                _ = self.stdin.recv() => {}
            }
        });
    }
}
