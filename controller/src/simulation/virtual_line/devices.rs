//! The device sessions of the line in virtual time, polled as their transports would poll them.
//!
//! Called once a step. Must never tell a session what its device did not say.

use super::VirtualLine;
use super::meter::Span;
use crate::simulation::observer::Observer;
use contracts::camera::RESULTS_PER_CALL as CAMERA_RESULTS;
use contracts::labeler::BatchHeader;
use contracts::station::RESULTS_PER_CALL;
use devices::camera::session::CameraSession;
use devices::labeler::session::LabelerSession;
use devices::line_io::session::LineIoSession;
use devices::station::session::StationSession;
use line_core::event::{Input, Output};
use line_core::ids::{Epoch, IoSeq};
use line_sim::world::{Device, World};
use std::collections::VecDeque;

/// Exchanges of one poll at most.
const EXCHANGES_MAX: usize = 8;

/// The sessions.
#[derive(Debug)]
pub(super) struct Devices {
    io: LineIoSession,
    labeler: LabelerSession,
    camera: CameraSession,
    stations: Vec<StationSession>,
    /// The core has told a device something since the last poll.
    pub(super) told: bool,
}

impl Devices {
    /// Sessions that have not met their devices.
    pub(super) fn new(header: &BatchHeader, world: &World) -> Self {
        let mut labeler = LabelerSession::new();
        labeler.set_header(*header);
        let mut camera = CameraSession::new();
        camera.set_recipe(header.hash());
        let session = |station| {
            let mut session = StationSession::new(station);
            session.set_recipe(header.hash());
            session
        };
        let stations = world.stations().into_iter().map(session).collect();
        Self { io: LineIoSession::new(), labeler, camera, stations, told: false }
    }

    /// Where to read the line I/O on after a restart.
    pub(super) fn read_from(&mut self, epoch: Epoch, seq: IoSeq) {
        self.io.read_from(epoch, seq);
    }

    pub(super) fn tell_labeler(&mut self, output: &Output) {
        self.labeler.apply(output);
        self.told = true;
    }

    pub(super) fn tell_line_io(&mut self, output: &Output) {
        self.io.apply(output);
        self.told = true;
    }
}

impl<O: Observer> VirtualLine<O> {
    pub(super) fn poll_devices(&mut self) {
        self.devices.told = false;
        self.exchange_line_io();
        if self.pace.labeler_is_due(self.now_ns) {
            self.exchange_labeler();
        }
        self.exchange_camera();
        for at in 0..self.devices.stations.len() {
            self.exchange_station(at);
        }
    }

    /// True while the link carries frames; a connection that was cut is gone.
    fn connected(&mut self, device: Device) -> bool {
        let at = device as usize;
        let epoch = self.world.connection_epoch(device);
        let cut = core::mem::replace(&mut self.connections[at], epoch) != epoch;
        let up = self.world.link_is_up(device) && !cut;
        if !up {
            let mut push = pusher(&mut self.inputs);
            let sessions = &mut self.devices;
            match device {
                Device::LineIo => sessions.io.on_disconnected(&mut push),
                Device::Labeler => sessions.labeler.on_disconnected(&mut push),
                Device::Camera => sessions.camera.on_disconnected(&mut push),
                Device::TextCheck
                | Device::CartonCode
                | Device::TamperEvident
                | Device::Checkweigher => {
                    let same = |s: &&mut StationSession| Device::of(s.station()) == device;
                    if let Some(session) = sessions.stations.iter_mut().find(same) {
                        session.on_disconnected(&mut push);
                    }
                }
            }
        }
        up
    }

    fn exchange_line_io(&mut self) {
        if !self.connected(Device::LineIo) {
            return;
        }
        self.heartbeat = self.heartbeat.wrapping_add(1);
        for _ in 0..EXCHANGES_MAX {
            let command = self.devices.io.command(self.heartbeat);
            let span = Span::begin(self.metered);
            let status = self.world.line_io_exchange(&command);
            span.end(&mut self.meter.world_ns);
            self.devices.io.on_status(&status, &mut pusher(&mut self.inputs));
            self.drain();
            if !self.devices.io.wants_more() {
                break;
            }
        }
    }

    fn exchange_labeler(&mut self) {
        if !self.connected(Device::Labeler) {
            return;
        }
        for _ in 0..EXCHANGES_MAX {
            let status = if self.devices.labeler.is_up() {
                let command = self.devices.labeler.command();
                self.world.labeler_exchange(&command)
            } else {
                self.world.labeler_status()
            };
            if self.devices.labeler.needs_header(&status).is_some() {
                self.world.labeler_header(&self.header);
            }
            let now = self.now();
            self.devices.labeler.on_status(&status, now, &mut pusher(&mut self.inputs));
            self.drain();
            if !self.devices.labeler.wants_more() {
                break;
            }
        }
    }

    fn exchange_camera(&mut self) {
        if !self.connected(Device::Camera) {
            return;
        }
        let status = self.world.camera_status();
        if let Some(recipe) = self.devices.camera.needs_recipe(&status) {
            self.world.camera_set_recipe(recipe);
        }
        let results = self.world.camera_results(self.devices.camera.from_seq(), CAMERA_RESULTS);
        let now = self.now();
        let session = &mut self.devices.camera;
        session.on_answer(&status, &results, now, &mut pusher(&mut self.inputs));
        self.drain();
    }

    /// One exchange with a station, as over OPC UA.
    fn exchange_station(&mut self, at: usize) {
        let station = self.devices.stations.get(at).map(StationSession::station);
        let Some(station) = station else { return };
        if !self.connected(Device::of(station)) {
            return;
        }
        let (status, now) = (self.world.station_status(station), self.now());
        let Some(session) = self.devices.stations.get_mut(at) else { return };
        if let Some(recipe) = session.needs_recipe(&status) {
            self.world.station_set_recipe(station, recipe);
        }
        let results = self.world.station_results(station, session.from_seq(), RESULTS_PER_CALL);
        session.on_answer(&status, &results, now, &mut pusher(&mut self.inputs));
        self.drain();
    }
}

fn pusher(inputs: &mut VecDeque<Input>) -> impl FnMut(Input) -> bool {
    |input| {
        inputs.push_back(input);
        true
    }
}
