//! Everything that the service is started with: line, product and device profiles, read and
//! checked together.
//!
//! Made by `run`, `demo` and the commands without a service. Must never start anything.

use super::device_threads::{DeviceConfigs, LineIoLink, StationLink};
use super::line_thread::Keep;
use crate::config::{
    ConfigError, DeviceLink, Finding, KeepImages, LineFile, Pinned, ProductFile, pin, read,
    released_text,
};
use contracts::station::Station;
use devices::camera::opcua::CameraConfig;
use devices::line_io::gpio::{self, GpioConfig, TopSpeed, Window};
use devices::line_io::modbus::LineIoConfig;
use devices::station::{modbus as station_modbus, opcua as station_opcua};
use profiles::{CameraOpcua, Kind, Profile, ProfileError, StationProfile};
use std::path::{Path, PathBuf};

mod device_run;
mod labeler;
mod protocol;
mod security;

pub use device_run::DeviceRun;

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
    /// Kind of ejector, for reports; the core makes no difference.
    pub ejector: String,
    /// What is simulated; only in a demo.
    pub simulated: Option<hmi::Simulated>,
}

/// The device profiles with their text.
pub struct Profiles {
    /// How the devices are spoken to.
    pub devices: DeviceConfigs,
    texts: Vec<(String, Vec<u8>)>,
}

impl Profiles {
    fn texts(&self) -> Vec<(&str, &[u8])> {
        self.texts.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect()
    }
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
        Ok(Self {
            line,
            file: name,
            directory,
            data_dir,
            camera: "device".into(),
            ejector: "pass-gate".into(),
            simulated: None,
        })
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

    /// Reads the device profiles; each says over which protocol its device is spoken to.
    ///
    /// # Errors
    /// [`ConfigError`] naming file and problem, or an endpoint that its profile cannot have.
    pub fn profiles(&self) -> Result<Profiles, ConfigError> {
        let links = &self.line.devices;
        let (labeler, a) = self.profile(&links.labeler.profile, labeler::load)?;
        let (line_io, b) = self.profile(&links.line_io.profile, Profile::load)?;
        let (camera, c) = self.profile(&links.camera.profile, CameraOpcua::load)?;
        self.endpoint_fits("labeler", &links.labeler, labeler.kind())?;
        self.endpoint_fits("camera", &links.camera, Kind::CameraOpcua)?;
        let line_io = self.line_io(line_io)?;
        let mut texts = vec![a, b, c];
        let mut stations = Vec::new();
        for (station, link) in self.line.stations() {
            let (profile, text) = self.profile(&link.profile, StationProfile::load)?;
            stations.push((station, self.station(station, link, profile)?));
            texts.push(text);
        }
        Ok(Profiles {
            devices: DeviceConfigs {
                line_io,
                labeler: self.labeler_link(labeler),
                camera: CameraConfig::new(self.opcua("camera", &links.camera), camera),
                stations,
            },
            texts,
        })
    }

    /// Which line I/O the profile describes; its endpoint must fit.
    fn line_io(&self, profile: Profile) -> Result<LineIoLink, ConfigError> {
        let link = &self.line.devices.line_io;
        let heartbeat_ms_max = self.line.timing.heartbeat_ms_max;
        let wired = link.endpoint == gpio::ENDPOINT;
        match profile {
            Profile::LineIoModbus(profile) if !wired => {
                self.endpoint_fits("line_io", link, Kind::LineIoModbus)?;
                let mut config = LineIoConfig::new(self.plain(link), profile);
                // Below half of the heartbeat (architecture: two heartbeats).
                config.timeout_ms = u64::from(heartbeat_ms_max) * 2 / 5;
                Ok(LineIoLink::Modbus(config))
            }
            Profile::LineIoGpio(profile) if wired => {
                let g = &self.line.geometry;
                let counts = |mm: f64| (mm / g.mm_per_pulse).round().max(0.0) as u64;
                let window = |distance_mm, half_mm| Window {
                    distance_counts: counts(distance_mm),
                    half_counts: counts(half_mm),
                };
                let exit = window(g.exit_mm - g.gate_mm, g.window_mm);
                let confirm = window(g.eject_confirm_mm, g.eject_window_mm);
                let counts_per_s = self.line.rate.packs_per_s * g.pitch_mm / g.mm_per_pulse;
                // A jump of two stretches is found, and must be within three quarters of a window.
                let top_speed = TopSpeed::new(counts_per_s, counts(g.window_mm * 3.0 / 8.0));
                let config = GpioConfig { profile, exit, confirm, heartbeat_ms_max, top_speed };
                Ok(LineIoLink::Gpio(config))
            }
            Profile::LineIoModbus(_) => {
                let what =
                    "endpoint \"gpio\" is this machine's pins, the profile is for Modbus TCP";
                let remedy = "write HOST:PORT, or name devices/line-io-gpio.toml as profile";
                Err(self.finding("devices.line_io.endpoint", what.into(), remedy))
            }
            Profile::LineIoGpio(_) => {
                let what = format!("{:?} is an address, the profile is for pins", link.endpoint);
                let remedy = "write \"gpio\", or name devices/line-io-modbus.toml as profile";
                Err(self.finding("devices.line_io.endpoint", what, remedy))
            }
            other => {
                let error = ProfileError::NoLineIo { found: other.kind() };
                let remedy = "name a profile of kind line-io-modbus or line-io-gpio";
                Err(self.finding("devices.line_io.profile", error.to_string(), remedy))
            }
        }
    }

    fn finding(&self, key: &str, what: String, remedy: &str) -> ConfigError {
        let text = read(Path::new(&self.file)).unwrap_or_default();
        ConfigError::new(&self.file, &text, vec![Finding::new(key, what, remedy)])
    }

    /// An endpoint has the form of its profile's protocol.
    fn endpoint_fits(
        &self,
        device: &str,
        link: &DeviceLink,
        kind: Kind,
    ) -> Result<(), ConfigError> {
        let endpoint = &link.endpoint;
        if link.is_opcua() == kind.is_opcua() {
            return Ok(());
        }
        let what = format!("{endpoint:?} is no endpoint for the profile {kind}");
        let remedy = if kind.is_opcua() { "use opc.tcp://HOST:PORT" } else { "use HOST:PORT" };
        let finding = Finding::new(&format!("devices.{device}.endpoint"), what, remedy);
        let text = read(Path::new(&self.file))?;
        Err(ConfigError::new(&self.file, &text, vec![finding]))
    }

    /// The link of a station: its endpoint must be one of the profile's protocol.
    fn station(
        &self,
        station: Station,
        link: &DeviceLink,
        profile: StationProfile,
    ) -> Result<StationLink, ConfigError> {
        match profile {
            StationProfile::Modbus(profile) if !link.is_opcua() => {
                let at = self.plain(link);
                Ok(StationLink::Modbus(station_modbus::StationConfig::new(at, profile)))
            }
            StationProfile::Opcua(profile) if link.is_opcua() => {
                let at = self.opcua(station.name(), link);
                Ok(StationLink::Opcua(station_opcua::StationConfig::new(at, profile)))
            }
            StationProfile::Modbus(_) | StationProfile::Opcua(_) => {
                let key = format!("devices.{}.endpoint", station.name());
                let what = format!("{:?} is no endpoint of the profile's protocol", link.endpoint);
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
        let profile = load_profile(&file.display().to_string(), &text, load)?;
        Ok((profile, (path.to_owned(), text.into_bytes())))
    }

    /// The content-addressed configuration of an order of this product.
    ///
    /// # Errors
    /// [`ConfigError`] when a value has no canonical form.
    pub fn pin(&self, product: &ProductFile, profiles: &Profiles) -> Result<Pinned, ConfigError> {
        pin(&self.line, product, &profiles.texts())
    }

    /// What two persons release of it: everything but the product.
    ///
    /// # Errors
    /// [`ConfigError`] when a value has no canonical form.
    pub fn configuration_text(&self, profiles: &Profiles) -> Result<String, ConfigError> {
        released_text(&self.line, &profiles.texts())
    }
}

/// Reads the text of a device profile that is in `file`.
///
/// # Errors
/// [`ConfigError`] with the loader's words.
pub fn load_profile<T, E: std::fmt::Display>(
    file: &str,
    text: &str,
    load: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ConfigError> {
    load(text).map_err(|error| {
        let finding = Finding::new("", error.to_string(), "correct the device profile");
        ConfigError::new(file, text, vec![finding])
    })
}

#[cfg(test)]
mod tests;
