//! Troubles of devices: power lost and back, links cut.
//!
//! Called by the run loop. It must never touch a pack: what the packs suffer comes of the devices'
//! silence.

use crate::scenario::FaultKind;
use crate::truth::FaultTruth;
use crate::world::faults::Trouble;
use crate::world::run::Timed;
use crate::world::{Device, World};

impl World {
    /// A trouble begins.
    pub(crate) fn strike(&mut self, trouble: Trouble) {
        let (Trouble::Cut(device, _) | Trouble::Restart(device)) = trouble;
        if !self.has(device) {
            return;
        }
        let from_ms = self.now.as_ms();
        let on_belt = self.packs.on_belt();
        match trouble {
            Trouble::Cut(device, ms) => {
                let until = self.now.plus_ms(ms);
                self.links.cut(device, until);
                let cut = FaultKind::LinkCut.name();
                let cut = FaultTruth::of_device(cut, device, from_ms, until.as_ms());
                self.log.fault(cut.with(on_belt));
            }
            Trouble::Restart(device) => {
                let until = self.now.plus_ms(self.config.restart_ms);
                self.links.power_off(device, until);
                self.power_off(device);
                self.at(until, Timed::PowerOn(device));
                let restart = FaultKind::DeviceRestart.name();
                let restart = FaultTruth::of_device(restart, device, from_ms, until.as_ms());
                self.log.fault(restart.with(on_belt));
            }
        }
    }

    fn power_off(&mut self, device: Device) {
        match device {
            Device::Labeler => {
                self.labeler.power_off();
                self.log.scrapped(self.labeler.take_scrapped(), self.now);
                self.log.slip_over(self.now);
            }
            Device::Camera => self.camera.power_off(),
            Device::LineIo => {
                self.line_io.power_off();
                self.drive();
            }
            Device::TextCheck
            | Device::CartonCode
            | Device::TamperEvident
            | Device::Checkweigher => self.beside_power_off(device),
        }
    }

    /// Power is back, unless it was lost once more meanwhile.
    pub(crate) fn power_on(&mut self, device: Device) {
        if !self.links.is_powered(device, self.now) {
            return;
        }
        match device {
            Device::Labeler => self.labeler.boot(),
            Device::Camera => self.camera.boot(),
            Device::LineIo => self.line_io.boot(self.belt.position_um(self.now)),
            Device::TextCheck
            | Device::CartonCode
            | Device::TamperEvident
            | Device::Checkweigher => self.beside_boot(device),
        }
    }
}
