//! Everything that the service is started with: line, product and device profiles, read and
//! checked together.
//!
//! Made by `run`, `demo` and the commands without a service. Must never start anything.

use super::device_threads::{DeviceConfigs, LineIoLink};
use super::line_thread::Keep;
use crate::config::{ConfigError, Finding, KeepImages, LineFile, Pinned, ProductFile, pin, read};
use devices::camera::opcua::CameraConfig;
use devices::labeler::modbus::LabelerConfig;
use devices::line_io::gpio::{self, GpioConfig, Window};
use devices::line_io::modbus::LineIoConfig;
use profiles::{CameraOpcua, LabelerModbus, Profile, ProfileError};
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
        let directory = self.directory.join("products");
        let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "toml")) {
            let product = ProductFile::parse(&file.display().to_string(), &read(file)?)?;
            if product.gtin == gtin {
                return Ok(product);
            }
        }
        let what = format!("no recipe of {gtin} in {}", directory.display());
        let finding = Finding::new("gtin", what, "add the product's recipe there, or correct it");
        Err(ConfigError::new(&directory.display().to_string(), "", vec![finding]))
    }

    /// Reads the three device profiles.
    ///
    /// # Errors
    /// [`ConfigError`] naming file and problem.
    pub fn profiles(&self) -> Result<Profiles, ConfigError> {
        let links = &self.line.devices;
        let (labeler, a) = self.profile(&links.labeler.profile, LabelerModbus::load)?;
        let (line_io, b) = self.profile(&links.line_io.profile, Profile::load)?;
        let (camera, c) = self.profile(&links.camera.profile, CameraOpcua::load)?;
        let line_io = self.line_io(line_io)?;
        Ok(Profiles {
            devices: DeviceConfigs {
                line_io,
                labeler: LabelerConfig::new(links.labeler.endpoint.clone(), labeler),
                camera: CameraConfig::new(links.camera.endpoint.clone(), camera),
            },
            texts: vec![a, b, c],
        })
    }

    /// Checks the line I/O's profile and that its endpoint fits; a file that is not there yet is
    /// not missed.
    ///
    /// # Errors
    /// [`ConfigError`] that says what to write.
    pub fn check_line_io(&self) -> Result<(), ConfigError> {
        let path = &self.line.devices.line_io.profile;
        if !self.directory.join(path).exists() {
            return Ok(());
        }
        let (profile, _) = self.profile(path, Profile::load)?;
        self.line_io(profile).map(drop)
    }

    /// Which line I/O the profile describes; its endpoint must fit.
    fn line_io(&self, profile: Profile) -> Result<LineIoLink, ConfigError> {
        let link = &self.line.devices.line_io;
        let heartbeat_ms_max = self.line.timing.heartbeat_ms_max;
        let wired = link.endpoint == gpio::ENDPOINT;
        match profile {
            Profile::LineIoModbus(profile) if !wired => {
                let mut config = LineIoConfig::new(link.endpoint.clone(), profile);
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
                Ok(LineIoLink::Gpio(GpioConfig { profile, exit, confirm, heartbeat_ms_max }))
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

#[cfg(test)]
mod tests;
