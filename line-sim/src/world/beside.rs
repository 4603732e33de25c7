//! The stations beside the camera in the world: a pack before an eye, what is seen of it, when the
//! result comes.
//!
//! Called by the run loop and, for what the network sees, by the servers. It must never tell a
//! station more than its own eye or scale would: what the order wants stays with the controller.

use contracts::line_io::Channel;
use contracts::station::{Finding, STATIONS, Station, StationResult, StationStatus};

use crate::scenario::FaultKind;
use crate::sim_config::{CameraMode, SimConfig};
use crate::world::capture::{CaptureJob, Eyes, Subject};
use crate::world::packs::Pack;
use crate::world::run::Timed;
use crate::world::station_device::{Job, MeasureFaults, Measured, StationDevice};
use crate::world::{Device, Stream, World, stream};

/// The stations that the line has.
pub(crate) fn stations(config: &SimConfig, seed: u64) -> [Option<StationDevice>; STATIONS] {
    Station::ALL.map(|station| {
        let mut rng = stream(seed, Stream::Stations);
        rng.set_stream(Stream::Stations as u64 + station.index() as u64);
        config.stations.contains(&station).then(|| StationDevice::new(config, rng))
    })
}

impl World {
    /// Stations beside the camera that the line has.
    #[must_use]
    pub fn stations(&self) -> Vec<Station> {
        let here = |station: &Station| self.beside[station.index()].is_some();
        Station::ALL.into_iter().filter(here).collect()
    }

    /// What a station says of itself; nothing when the line has none of the kind.
    #[must_use]
    pub fn station_status(&self, station: Station) -> StationStatus {
        let device = self.beside[station.index()].as_ref();
        device.map(StationDevice::status).unwrap_or_default()
    }

    /// Up to `max` results from sequence `from_seq` on, as far as the station still holds them.
    #[must_use]
    pub fn station_results(
        &self,
        station: Station,
        from_seq: u32,
        max: usize,
    ) -> Vec<StationResult> {
        let device = self.beside[station.index()].as_ref();
        device.map(|device| device.results(from_seq, max)).unwrap_or_default()
    }

    /// Gives a station its recipe. Lost while its link is down.
    pub fn station_set_recipe(&mut self, station: Station, hash: u32) {
        if self.link_is_up(Device::of(station))
            && let Some(device) = &mut self.beside[station.index()]
        {
            device.set_recipe(hash);
        }
    }

    /// True for a device that this line has.
    pub(crate) fn has(&self, device: Device) -> bool {
        device.station().is_none_or(|station| self.beside[station.index()].is_some())
    }

    fn beside(&mut self, device: Device) -> Option<&mut StationDevice> {
        device.station().and_then(|station| self.beside[station.index()].as_mut())
    }

    pub(crate) fn beside_power_off(&mut self, device: Device) {
        if let Some(station) = self.beside(device) {
            station.power_off();
        }
    }

    pub(crate) fn beside_boot(&mut self, device: Device) {
        if let Some(station) = self.beside(device) {
            station.boot();
        }
    }

    /// A pack is before a station's eye. With pixels the text check takes a picture, and what is
    /// read comes back with [`World::text_done`].
    pub(crate) fn check(&mut self, station: Station, id: u64, belt_um: u64) {
        let noise_mg = self.station_plan.scale_noise_mg();
        let Some(device) = &mut self.beside[station.index()] else { return };
        let Some(pack) = self.packs.get_mut(id).filter(|_| device.is_powered()) else { return };
        let detail = pack.card.detail;
        let mut faults = MeasureFaults::default();
        if self.station_plan.struck_at(detail) == Some(station) {
            faults.never = pack.strikes(FaultKind::StationTimeout);
            if !faults.never && pack.strikes(FaultKind::StationLate) {
                faults.late_ms = self.plan.late_ms(detail);
            }
        }
        let pictured = station == Station::TextCheck && self.config.camera == CameraMode::Pixels;
        let subject = pack.label.map_or(Subject::Blank, Subject::Label);
        let mut measured = seen(station, pack);
        if station == Station::Checkweigher {
            let weighed = i64::from(measured.value) + device.noise(noise_mg);
            measured.value = i32::try_from(weighed).unwrap_or(i32::MAX);
        }
        let job = device.measure(self.now, (!pictured).then_some(&measured), faults);
        self.line_io.rising(Channel::of(station), belt_um);
        let Some(Job { id, trigger, due }) = job else { return };
        if pictured {
            let (eyes, seed) = (Eyes::TextCheck, detail);
            self.captures.push(CaptureJob { eyes, id, trigger, subject, seed });
        }
        self.at(due, Timed::Measured(station, id));
    }

    /// Hands back what the text check read in its picture, as in
    /// [`ReadableText::read_content`](crate::world::label::ReadableText::read_content); nothing
    /// when a line is in doubt. The result is published when its time has come too.
    pub fn text_done(&mut self, job: u64, lines: Option<Vec<u8>>) {
        if let Some(device) = &mut self.beside[Station::TextCheck.index()] {
            let measured = |content| Measured { finding: Finding::Measured, value: 0, content };
            device.found(job, &lines.map(measured).unwrap_or_default());
        }
    }

    /// A station's result is due.
    pub(crate) fn measured(&mut self, station: Station, job: u64) {
        if let Some(device) = &mut self.beside[station.index()] {
            device.publish(job);
        }
    }
}

/// What a station sees of a pack.
fn seen(station: Station, pack: &Pack) -> Measured {
    let measured = |value, content| Measured { finding: Finding::Measured, value, content };
    match station {
        Station::TextCheck => match pack.label.filter(|label| label.ink.is_readable()) {
            Some(label) => measured(0, label.readable.read_content()),
            None => Measured::default(),
        },
        Station::CartonCode if pack.body.carton.as_bytes().is_empty() => Measured::default(),
        Station::CartonCode => measured(0, pack.body.carton.as_bytes().to_vec()),
        Station::TamperEvident => measured(i32::from(pack.body.tamper), Vec::new()),
        Station::Checkweigher => {
            measured(i32::try_from(pack.body.weight_mg).unwrap_or(i32::MAX), Vec::new())
        }
    }
}
