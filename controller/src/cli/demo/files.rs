//! The demo's directory: line, product, order, device profiles, simulator, scenario; all from the
//! files that this version ships.
//!
//! Must never overwrite a ledger, nor begin on one with an open batch.

use super::{Stop, refused, security, shipped, stations};
use crate::cli::args::{CameraKind, DemoArgs, EjectorKind, KeepKind, LabelerKind, SecurityKind};
use crate::config::{KeepImages, LineFile, OrderFile, ReturnPolicy, WorkflowRule};
use crate::service::setup::Setup;
use crate::simulation::shipped_line::{self, LINE, PRODUCT};
use contracts::packml::UnitMode;
use ledger::Reader;
use line_sim::runner::Addresses;
use line_sim::sim_config::{CameraMode, EjectorKind as SimEjector, SimConfig};
use std::path::{Path, PathBuf};

const ORDER: &str = include_str!("../../../../config/orders/demo.toml");
/// Serials for rejected packs, in per cent of the packs.
const OVERAGE_PERCENT: f64 = 15.0;
/// Serials for labeler queues that are dropped at a resynchronisation.
const OVERAGE_FOR_FLUSHES: f64 = 300.0;

/// More packs than anybody waits for.
const PACKS_SERVED: u64 = 1_000_000;

/// What an order may have.
const OVERAGE_MAX: f64 = 1_000.0;

/// What has been written.
pub struct Files {
    /// The directory.
    pub dir: PathBuf,
    /// The batch.
    pub batch: String,
    /// Text of the order.
    pub order: String,
    /// Name of the file with the ground truth.
    pub truth: &'static str,
    line: LineFile,
    camera: &'static str,
    labeler: LabelerKind,
    ejector: EjectorKind,
    security: SecurityKind,
}

impl Files {
    /// Writes everything but the devices' addresses.
    ///
    /// # Errors
    /// An open batch, a bad scenario or rate, a directory that cannot be written.
    pub fn write(args: &DemoArgs) -> Result<Self, Stop> {
        let dir = args.data_dir.clone();
        let batch = next_batch(&dir)?;
        let mut nominal = LineFile::parse("line.toml", LINE).map_err(refused)?;
        shipped_line::place(&mut nominal, &args.stations.0);
        let mut line = nominal.scaled(args.rate).map_err(refused)?;
        line.images.keep = match args.keep_images {
            KeepKind::None => KeepImages::None,
            KeepKind::Rejected => KeepImages::Rejected,
            KeepKind::All => KeepImages::All,
        };
        line.service.data_dir = ".".into();
        line.service.http = args.http.addr().map_or("off".into(), |addr| addr.to_string());
        let scenario = args.scenario.text().map_err(refused)?;
        let camera = match args.camera {
            CameraKind::Pixels => CameraMode::Pixels,
            CameraKind::NoPixels => CameraMode::NoPixels,
        };
        let mut sim = sim_config(&line, args, camera);
        sim.opcua = security::serving(args.security, &dir)?;
        sim.foreign_labelers.extend(shipped::foreign(args.labeler));
        let product = product(args, &sim)?;
        let sim = toml::to_string(&sim).map_err(refused)?;
        let order = order(args, &batch)?;
        let (camera, labeler, ejector) = (camera.name(), args.labeler, args.ejector);
        let (truth, security) = ("truth.jsonl", args.security);
        let files = Self { dir, batch, order, truth, line, camera, labeler, ejector, security };
        files.put("products/demo.toml", &product)?;
        files.put("order.toml", &files.order)?;
        files.put("sim.toml", &sim)?;
        files.put("scenario.toml", &scenario)?;
        for (name, text) in shipped::PROFILES {
            files.put(&format!("devices/{name}"), text)?;
        }
        Ok(files)
    }

    /// Writes a further order where the page looks for orders, and a line that packs come to as
    /// long as it goes on; its orders ask for every step that people do at the page.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn go_on(&mut self, args: &DemoArgs) -> Result<(), Stop> {
        let next = next_batch(&self.dir)?;
        self.put(&format!("orders/{}.toml", next.to_lowercase()), &order(args, &next)?)?;
        self.line.rules.workflow = WorkflowRule::Required;
        self.truth = "truth-served.jsonl";
        let mut sim: SimConfig = self.read("sim.toml")?;
        sim.packs_total = PACKS_SERVED;
        self.put("sim.toml", &toml::to_string(&sim).map_err(refused)?)
    }

    /// Packs a second that come.
    #[must_use]
    pub const fn packs_per_s(&self) -> f64 {
        self.line.rate.packs_per_s
    }

    /// A file of the directory.
    ///
    /// # Errors
    /// It is not there, or not of this form.
    pub fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Stop> {
        let path = self.path(name);
        let text = std::fs::read_to_string(&path)
            .map_err(|e| refused(format!("failed to read {}: {e}", path.display())))?;
        toml::from_str(&text).map_err(refused)
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Stop> {
        let path = self.dir.join(name);
        let failed =
            |e: std::io::Error| refused(format!("failed to write {}: {e}", path.display()));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&path, text).map_err(failed)
    }

    /// Path of a file in the directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Writes the line with the addresses of its devices; the service is started with it.
    ///
    /// # Errors
    /// The file cannot be written, or is not accepted as written.
    pub fn setup(&mut self, addresses: &Addresses) -> Result<Setup, Stop> {
        self.line.devices.line_io.endpoint.clone_from(&addresses.line_io);
        let (profile, endpoint) = shipped::labeler(self.labeler, addresses)?;
        self.line.devices.labeler.profile = profile.into();
        self.line.devices.labeler.endpoint = endpoint;
        self.line.devices.camera.endpoint.clone_from(&addresses.camera);
        stations::connect(&mut self.line, addresses)?;
        security::secure(&mut self.line, self.security);
        self.put("line.toml", &self.line.to_toml().map_err(refused)?)?;
        let mut setup = Setup::read(&self.path("line.toml")).map_err(refused)?;
        security::introduce(&setup, &self.dir, self.security)?;
        setup.camera = self.camera.into();
        setup.ejector = match self.ejector {
            EjectorKind::PassGate => "pass-gate".into(),
            EjectorKind::Pulse => "pulse".into(),
        };
        Ok(setup)
    }
}

/// A batch id that this ledger has not seen; refuses while a batch is open.
fn next_batch(dir: &Path) -> Result<String, Stop> {
    let path = dir.join("ledger.db");
    if !path.exists() {
        return Ok("DEMO-0001".into());
    }
    let reader = Reader::open(&path).map_err(refused)?;
    let batches = reader.batches(10_000).map_err(refused)?;
    if let Some(open) = batches.iter().find(|b| !crate::service::is_closed(b)) {
        return Err(refused(format!(
            "batch {} is still open in {}; go on with it: packline run --config {} (its devices: \
             line-sim run --config {}), or give another --data-dir",
            open.batch,
            dir.display(),
            dir.join("line.toml").display(),
            dir.join("sim.toml").display(),
        )));
    }
    let orders = batches.iter().filter(|b| b.mode == UnitMode::Production).count();
    Ok(format!("DEMO-{:04}", orders + 1))
}

fn order(args: &DemoArgs, batch: &str) -> Result<String, Stop> {
    let mut order: OrderFile = toml::from_str(ORDER).map_err(refused)?;
    order.batch = batch.into();
    order.target = args.packs;
    let packs = f64::from(args.packs);
    order.overage_percent =
        (OVERAGE_PERCENT + OVERAGE_FOR_FLUSHES * 100.0 / packs).ceil().min(OVERAGE_MAX);
    order.return_policy = ReturnPolicy::Returned;
    toml::to_string(&order).map_err(refused)
}

/// The shipped recipe, as it stands when there is no station beside the camera.
fn product(args: &DemoArgs, sim: &SimConfig) -> Result<String, Stop> {
    if args.stations.0.is_empty() {
        return Ok(PRODUCT.into());
    }
    let product = shipped_line::recipe(&args.stations.0, sim).map_err(refused)?;
    toml::to_string(&product).map_err(refused)
}

/// The simulator has the same geometry as the controller's line, from the same figures.
fn sim_config(line: &LineFile, args: &DemoArgs, camera: CameraMode) -> SimConfig {
    let mut sim = shipped_line::simulator(line);
    sim.packs_total = u64::from(args.packs);
    sim.camera = camera;
    sim.ejector = match args.ejector {
        EjectorKind::PassGate => SimEjector::PassGate,
        EjectorKind::Pulse => SimEjector::Pulse,
    };
    sim.web_offset = usize::from(args.web_offset);
    sim
}
