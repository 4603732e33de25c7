//! Everything that the service is started with: line, product and device profiles, read and
//! checked together.
//!
//! Made by `run`, `demo` and the commands without a service. Must never start anything.

use super::device_threads::{DeviceConfigs, StationLink};
use super::line_thread::Keep;
use crate::config::{ConfigError, Finding, KeepImages, LineFile, Pinned, ProductFile, pin, read};
use contracts::station::Station;
use devices::camera::opcua::CameraConfig;
use devices::labeler::modbus::LabelerConfig;
use devices::line_io::modbus::LineIoConfig;
use devices::station::{modbus as station_modbus, opcua as station_opcua};
use profiles::{CameraOpcua, LabelerModbus, LineIoModbus, StationProfile};
use std::path::{Path, PathBuf};

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The line.
    pub line: LineFile,
    /// Name of its file, for messages.
    pub file: String,
    /// Its directory: paths of products and profiles are relative to it.
    pub directory: PathBuf,
    /// Where ledger, keys and images are.
    pub data_dir: PathBuf,
    /// How the camera works, for reports.
    pub camera: String,
}

/// The device profiles with their text.
pub struct Profiles {
    /// How the devices are spoken to.
    pub devices: DeviceConfigs,
    texts: Vec<(String, Vec<u8>)>,
}

impl Setup {
    /// Reads `file`.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem in the file.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = read(file)?;
        let name = file.display().to_string();
        let line = LineFile::parse(&name, &text)?;
        let directory = file.parent().unwrap_or(Path::new(".")).to_path_buf();
        let data_dir = PathBuf::from(&line.service.data_dir);
        let data_dir = if data_dir.is_absolute() { data_dir } else { directory.join(data_dir) };
        Ok(Self { line, file: name, directory, data_dir, camera: "device".into() })
    }

    /// The ledger's file.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        self.data_dir.join("ledger.db")
    }

    /// Which images are kept.
    #[must_use]
    pub const fn keep(&self) -> Keep {
        match self.line.images.keep {
            KeepImages::None => Keep::None,
            KeepImages::Rejected => Keep::Rejected,
            KeepImages::All => Keep::All,
        }
    }

    /// Finds the recipe of a product code among `products/*.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] when there is none, or it is wrong.
    pub fn product(&self, gtin: &str) -> Result<ProductFile, ConfigError> {
        self.recipe(gtin).map(|(_, product)| product)
    }

    /// As [`Self::product`], with the name of its file.
    ///
    /// # Errors
    /// [`ConfigError`] when there is none, or it is wrong.
    pub fn recipe(&self, gtin: &str) -> Result<(String, ProductFile), ConfigError> {
        let directory = self.directory.join("products");
        let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "toml")) {
            let name = file.display().to_string();
            let product = ProductFile::parse(&name, &read(file)?)?;
            if product.gtin == gtin {
                return Ok((name, product));
            }
        }
        let what = format!("no recipe of {gtin} in {}", directory.display());
        let finding = Finding::new("gtin", what, "add the product's recipe there, or correct it");
        Err(ConfigError::new(&directory.display().to_string(), "", vec![finding]))
    }

    /// Reads the device profiles, a station's over whichever protocol it speaks.
    ///
    /// # Errors
    /// [`ConfigError`] naming file and problem.
    pub fn profiles(&self) -> Result<Profiles, ConfigError> {
        let links = &self.line.devices;
        let (labeler, a) = self.profile(&links.labeler.profile, LabelerModbus::load)?;
        let (line_io, b) = self.profile(&links.line_io.profile, LineIoModbus::load)?;
        let (camera, c) = self.profile(&links.camera.profile, CameraOpcua::load)?;
        let mut line_io = LineIoConfig::new(links.line_io.endpoint.clone(), line_io);
        // Below half of the heartbeat (architecture: two heartbeats).
        line_io.timeout_ms = u64::from(self.line.timing.heartbeat_ms_max) * 2 / 5;
        let mut texts = vec![a, b, c];
        let mut stations = Vec::new();
        for (station, link) in self.line.stations() {
            let (profile, text) = self.profile(&link.profile, StationProfile::load)?;
            stations.push((station, self.station(station, &link.endpoint, profile)?));
            texts.push(text);
        }
        Ok(Profiles {
            devices: DeviceConfigs {
                line_io,
                labeler: LabelerConfig::new(links.labeler.endpoint.clone(), labeler),
                camera: CameraConfig::new(links.camera.endpoint.clone(), camera),
                stations,
            },
            texts,
        })
    }

    /// The link of a station: its endpoint must be one of the profile's protocol.
    fn station(
        &self,
        station: Station,
        endpoint: &str,
        profile: StationProfile,
    ) -> Result<StationLink, ConfigError> {
        let (at, is_url) = (endpoint.to_owned(), endpoint.starts_with("opc.tcp://"));
        match profile {
            StationProfile::Modbus(profile) if !is_url => {
                Ok(StationLink::Modbus(station_modbus::StationConfig::new(at, profile)))
            }
            StationProfile::Opcua(profile) if is_url => {
                Ok(StationLink::Opcua(station_opcua::StationConfig::new(at, profile)))
            }
            StationProfile::Modbus(_) | StationProfile::Opcua(_) => {
                let key = format!("devices.{}.endpoint", station.name());
                let what = format!("{endpoint:?} is no endpoint of the profile's protocol");
                let remedy = "use HOST:PORT with a station-modbus profile, opc.tcp://HOST:PORT \
                              with a station-opcua one";
                let finding = Finding::new(&key, what, remedy);
                Err(ConfigError::new(&self.file, "", vec![finding]))
            }
        }
    }

    fn profile<T, E: std::fmt::Display>(
        &self,
        path: &str,
        load: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<(T, (String, Vec<u8>)), ConfigError> {
        let file = self.directory.join(path);
        let text = read(&file)?;
        let profile = load(&text).map_err(|error| {
            let finding = Finding::new("", error.to_string(), "correct the device profile");
            ConfigError::new(&file.display().to_string(), &text, vec![finding])
        })?;
        Ok((profile, (path.to_owned(), text.into_bytes())))
    }

    /// The content-addressed configuration of an order of this product.
    ///
    /// # Errors
    /// [`ConfigError`] when a value has no canonical form.
    pub fn pin(&self, product: &ProductFile, profiles: &Profiles) -> Result<Pinned, ConfigError> {
        let texts: Vec<(&str, &[u8])> =
            profiles.texts.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect();
        pin(&self.line, product, &texts)
    }
}
