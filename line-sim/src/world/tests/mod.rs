//! Whole-line runs in virtual time with a small scripted controller.

mod beside;
mod devices;
mod faults;
mod flow;
mod labeler;
mod line;
mod prepared;
mod pulse;

use std::collections::VecDeque;

use contracts::camera::CameraResult;
use contracts::labeler::{BatchHeader, LabelerAction, LabelerCommand, LabelerStatus, PrintJob};
use contracts::line_io::{
    Channel, DeviceFault, Edge, LineIoCommand, LineIoEvent, LineIoStatus, Permit, outputs,
};
use contracts::station::Station;

use crate::hands::{HandsRequest, Repair};
use crate::scenario::{FaultKind, Scenario, ScheduledFault};
use crate::sim_config::{CameraMode, SimConfig};
use crate::truth::{Fate, FaultTruth, PackTruth, TruthRecord};
use crate::world::{Device, SimTime, World};

const CYCLE_MS: u64 = 20;
const LOOK_AHEAD: u32 = 8;
const HEADER: BatchHeader = BatchHeader {
    template_revision: 1,
    gtin: *b"04150037528643",
    lot: *b"LOT-2026\0\0\0\0\0\0\0\0\0\0\0\0",
    expiry: *b"281231",
    look_ahead: LOOK_AHEAD as u16,
    symbol: (0, 0),
    national_ai: 0,
    national: [0; 20],
};

fn config(packs_total: u64) -> SimConfig {
    SimConfig { packs_total, camera: CameraMode::NoPixels, ..SimConfig::default() }
}

fn with_stations(packs_total: u64) -> SimConfig {
    SimConfig { stations: Station::ALL.to_vec(), ..config(packs_total) }
}

fn with_fault(fault: FaultKind, device: Option<Device>, at_pack: u64) -> Scenario {
    let duration_ms = (fault == FaultKind::LinkCut).then_some(1_000);
    let at_pack = Some(at_pack);
    let entry = ScheduledFault { fault, device, at_pack, at_ms: None, duration_ms, eye: None };
    Scenario { name: fault.name().to_owned(), scheduled: vec![entry], ..Scenario::default() }
}

fn job(seq: u32, serial: u32) -> PrintJob {
    let text = format!("S{serial:07}");
    let mut data = [0; 20];
    data[..text.len()].copy_from_slice(text.as_bytes());
    PrintJob { seq, template_revision: 1, len: text.len() as u16, data }
}

/// The scripted controller: permits every pack blindly or none, and acts as the operator on a
/// device fault (repair, clear, reset).
struct Rig {
    world: World,
    permits_all: bool,
    operator: bool,
    /// It empties the belt after a restart of the line I/O.
    clears: bool,
    io: LineIoCommand,
    status: LineIoStatus,
    triggers: VecDeque<u64>,
    permits: VecDeque<Permit>,
    events: Vec<(u32, LineIoEvent)>,
    labeler: LabelerStatus,
    serial: u32,
    results: Vec<(u32, CameraResult)>,
    camera_from: (u32, u64),
    faults: Vec<DeviceFault>,
    truth: Vec<TruthRecord>,
}

impl Rig {
    fn new(config: SimConfig, scenario: Scenario, seed: u64, permits_all: bool) -> Self {
        println!("seed {seed}");
        let world = World::new(config, scenario, seed);
        let io = LineIoCommand {
            outputs: outputs::RUN | outputs::INFEED,
            first_trigger: 1,
            first_permit: 1,
            ..LineIoCommand::default()
        };
        Self {
            world,
            permits_all,
            operator: true,
            clears: true,
            io,
            status: LineIoStatus::default(),
            triggers: VecDeque::new(),
            permits: VecDeque::new(),
            events: Vec::new(),
            labeler: LabelerStatus::default(),
            serial: 1,
            results: Vec::new(),
            camera_from: (0, 1),
            faults: Vec::new(),
            truth: Vec::new(),
        }
    }

    fn run(&mut self) {
        for _ in 0..1_000_000 {
            self.cycle();
            if self.world.all_packs_done() {
                break;
            }
        }
        assert!(self.world.all_packs_done(), "the line stands still: {:?}", self.status);
        for _ in 0..10 {
            self.cycle();
        }
        self.world.finish();
        self.truth.extend(self.world.take_truth());
    }

    /// As `run`, with a person who sees to eyes, levels and bin all the time.
    fn run_with_person(&mut self) {
        while !self.world.all_packs_done() && self.world.now() < SimTime::from_ms(1_000_000) {
            self.cycle();
            for device in [Repair::Eyes, Repair::Safety, Repair::Air, Repair::Bin] {
                self.world.hands(HandsRequest::Repair { device });
            }
            self.world.hands(HandsRequest::EmptyBin);
        }
        self.run();
    }

    fn cycle(&mut self) {
        let to = self.world.now().plus_ms(CYCLE_MS);
        self.world.advance(to);
        if self.world.link_is_up(Device::LineIo) {
            self.line_io();
        }
        if self.world.link_is_up(Device::Labeler) {
            self.labeler();
        }
        if self.world.link_is_up(Device::Camera) {
            self.camera();
        }
        self.truth.extend(self.world.take_truth());
    }

    fn line_io(&mut self) {
        self.io.frame = self.io.frame.wrapping_add(1);
        self.io.heartbeat = self.io.heartbeat.wrapping_add(1);
        self.io.triggers.clear();
        self.io.permits.clear();
        for at in self.triggers.iter().take(self.io.triggers.capacity()) {
            self.io.triggers.push(*at).unwrap();
        }
        for permit in self.permits.iter().take(self.io.permits.capacity()) {
            self.io.permits.push(*permit).unwrap();
        }
        let sent = LineIoCommand::decode(&self.io.encode()).unwrap();
        assert_eq!(sent, self.io);
        let status = self.world.line_io_exchange(&sent);
        let status = LineIoStatus::decode(&status.encode()).unwrap();
        self.io.outputs &= !outputs::RESET;
        if status.epoch != self.io.epoch {
            self.io.epoch = status.epoch;
            self.io.read_from = 1;
            self.io.consumed_to = 0;
            self.io.first_trigger = 1;
            self.triggers.clear();
            if self.clears {
                self.clear();
            }
        }
        if status.permit_epoch != self.io.permit_epoch {
            self.io.permit_epoch = status.permit_epoch;
            self.io.first_permit = 1;
            self.permits.clear();
        }
        while self.io.first_trigger <= status.triggers_accepted {
            self.triggers.pop_front();
            self.io.first_trigger += 1;
        }
        while self.io.first_permit <= status.permits_accepted {
            self.permits.pop_front();
            self.io.first_permit += 1;
        }
        for event in &status.events {
            assert_eq!(event.seq, self.io.read_from, "no event lost or reordered");
            self.io.read_from += 1;
            self.io.consumed_to = event.seq;
            self.events.push((status.epoch, *event));
            self.event(event);
        }
        if status.fault != DeviceFault::None && status.fault != self.status.fault {
            self.faults.push(status.fault);
        }
        if status.fault != DeviceFault::None && self.operator {
            if status.fault != DeviceFault::HeartbeatLost {
                self.world.hands(HandsRequest::Repair { device: Repair::Ejector });
                self.clear();
            }
            self.io.outputs |= outputs::RESET;
        }
        self.status = status;
    }

    fn event(&mut self, event: &LineIoEvent) {
        if event.channel != Channel::Infeed || event.edge != Edge::Rising {
            return;
        }
        // 400 mm to the camera and a little more, 800 mm to the gate.
        self.triggers.push_back(event.count + 4_000 + 200);
        if self.permits_all {
            let (from_count, to_count) = (event.count + 7_950, event.count + 8_050);
            self.permits.push_back(Permit { track: event.ordinal, from_count, to_count });
        }
    }

    fn clear(&mut self) {
        self.world.hands(HandsRequest::Clear);
    }

    fn labeler(&mut self) {
        if self.labeler.epoch == 0 || self.labeler.header_hash == 0 {
            self.world.labeler_header(&HEADER);
        }
        let mut command = LabelerCommand { epoch: self.labeler.epoch, ..LabelerCommand::default() };
        let s = &self.labeler;
        let until = (s.last_printed + LOOK_AHEAD).min(s.last_accepted + 2);
        for seq in s.last_accepted + 1..=until {
            if s.epoch == 0 {
                break;
            }
            command.jobs.push(job(seq, self.serial)).unwrap();
            self.serial += 1;
        }
        command.action_seq = self.labeler.action_done;
        self.labeler = self.world.labeler_exchange(&command);
    }

    fn flush(&mut self) {
        let action_seq = self.labeler.action_done + 1;
        let action = LabelerAction::Flush;
        let command = LabelerCommand { action, action_seq, ..LabelerCommand::default() };
        self.labeler = self.world.labeler_exchange(&command);
    }

    fn camera(&mut self) {
        let status = self.world.camera_status();
        if status.epoch != self.camera_from.0 {
            self.camera_from = (status.epoch, 1);
            self.world.camera_set_recipe(77);
        }
        for result in self.world.camera_results(self.camera_from.1, 32) {
            assert_eq!(result.seq, self.camera_from.1);
            self.camera_from.1 += 1;
            self.results.push((status.epoch, result));
        }
    }

    fn packs(&self) -> Vec<&PackTruth> {
        let mut packs: Vec<_> = self
            .truth
            .iter()
            .filter_map(|r| if let TruthRecord::Pack(pack) = r { Some(pack) } else { None })
            .collect();
        packs.sort_by_key(|pack| pack.pack);
        packs
    }

    fn pack(&self, number: u64) -> &PackTruth {
        self.packs()[number as usize - 1]
    }

    fn fault_records(&self) -> Vec<&FaultTruth> {
        self.truth
            .iter()
            .filter_map(|r| if let TruthRecord::Fault(fault) = r { Some(fault) } else { None })
            .collect()
    }

    fn lines(&self) -> String {
        self.truth.iter().map(TruthRecord::to_line).collect()
    }

    fn count(&self, fate: Fate) -> usize {
        self.packs().iter().filter(|pack| pack.fate == fate).count()
    }

    fn rising(&self, channel: Channel) -> usize {
        let counts = |e: &LineIoEvent| e.channel == channel && e.edge == Edge::Rising;
        self.events.iter().filter(|(_, event)| counts(event)).count()
    }
}

fn run(packs: u64, scenario: Scenario, permits_all: bool) -> Rig {
    let mut rig = Rig::new(config(packs), scenario, 42, permits_all);
    rig.run();
    rig
}

/// Time at which a test that stops in the middle looks.
fn run_until(rig: &mut Rig, until: impl Fn(&Rig) -> bool) {
    for _ in 0..100_000 {
        if until(rig) {
            return;
        }
        rig.cycle();
    }
    panic!("never came to it at {:?}", rig.world.now().as_ms());
}

fn stopped_after(rig: &Rig, ms: u64) -> bool {
    rig.world.now() > SimTime::from_ms(ms) && !rig.world.is_moving()
}
