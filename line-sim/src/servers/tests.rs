//! The Modbus servers refuse what their contract does not name, with the proper exception, and go
//! on serving the same connection.

use super::*;
use contracts::labeler::{COMMAND_REGISTERS, HEADER_REGISTERS, STATUS_REGISTERS};
use contracts::line_io as line_io_contract;
use std::time::Duration;
use tokio_modbus::client::{Context, Reader, Writer, tcp};
use tokio_modbus::{ExceptionCode, Slave};

/// Devices that do nothing; the links can be cut.
struct Idle {
    up: bool,
    header: Option<BatchHeader>,
    station: StationStatus,
}

impl Devices for Idle {
    fn line_io_exchange(&mut self, command: &LineIoCommand) -> LineIoStatus {
        LineIoStatus { frame: command.frame, ..LineIoStatus::default() }
    }
    fn labeler_header(&mut self, header: &BatchHeader) {
        self.header = Some(*header);
    }
    fn labeler_exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        LabelerStatus { frame: command.frame, ..LabelerStatus::default() }
    }
    fn labeler_status(&mut self) -> LabelerStatus {
        LabelerStatus::default()
    }
    fn labeler_queued(&mut self) -> usize {
        0
    }
    fn labeler_results(&mut self, _from: u32, _max: usize) -> Vec<JobResult> {
        Vec::new()
    }
    fn camera_status(&mut self) -> CameraStatus {
        CameraStatus::default()
    }
    fn camera_results(&mut self, _from: u64, _max: usize) -> Vec<CameraResult> {
        Vec::new()
    }
    fn camera_image(&mut self, _seq: u64) -> Option<Arc<CameraImage>> {
        None
    }
    fn camera_set_recipe(&mut self, _hash: u32) {}
    fn station_status(&mut self, _station: Station) -> StationStatus {
        self.station
    }
    fn station_results(&mut self, _: Station, from: u32, max: usize) -> Vec<StationResult> {
        let last = self.station.last_seq;
        let seqs = (from.max(1)..=last).take(max);
        seqs.map(|seq| StationResult { seq, ..StationResult::default() }).collect()
    }
    fn station_set_recipe(&mut self, _station: Station, hash: u32) {
        self.station.recipe_hash = hash;
    }
    fn link_is_up(&self, _device: Device) -> bool {
        self.up
    }
    fn connection_epoch(&self, _device: Device) -> u64 {
        u64::from(self.up)
    }
}

fn start(profiles: &Profiles) -> (Arc<Mutex<Idle>>, ServerThread, ServerThread) {
    let idle =
        Arc::new(Mutex::new(Idle { up: true, header: None, station: StationStatus::default() }));
    let shared: Shared = idle.clone();
    let line_io = line_io::LineIoServer::new(shared.clone(), profiles.line_io.clone());
    let labeler = labeler::LabelerServer::new(shared.clone(), profiles.labeler.clone());
    let line_io = modbus::start(Device::LineIo, &shared, Arc::new(line_io)).unwrap();
    let labeler = modbus::start(Device::Labeler, &shared, Arc::new(labeler)).unwrap();
    (idle, line_io, labeler)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn connect(server: &ServerThread, unit_id: u8) -> Context {
    tcp::connect_slave(server.address, Slave(unit_id)).await.unwrap()
}

/// A connection of its own reads a register; a link that is down may refuse it at any moment.
async fn reads(server: &ServerThread, unit_id: u8, from: u16) -> bool {
    match tcp::connect_slave(server.address, Slave(unit_id)).await {
        Ok(mut client) => client.read_holding_registers(from, 1).await.is_ok(),
        Err(_) => false,
    }
}

#[test]
fn line_io_refuses_what_its_contract_does_not_name() {
    let profiles = Profiles::builtin().unwrap();
    let (_idle, server, _labeler) = start(&profiles);
    let (to, from) = (profiles.line_io.command_address, profiles.line_io.status_address);
    let good = LineIoCommand { frame: 3, ..LineIoCommand::default() }.encode();
    let mut torn = good;
    torn[0] ^= 1;
    let count = line_io_contract::STATUS_REGISTERS as u16;
    type Case<'a> = (u16, &'a [u16], u16, u16, Result<u16, ExceptionCode>);
    let table: [Case; 6] = [
        (to, &good, from, count, Ok(3)),
        (to + 1, &good, from, count, Err(ExceptionCode::IllegalDataAddress)),
        (to, &good, from + 1, count, Err(ExceptionCode::IllegalDataAddress)),
        (to, &torn, from, count, Err(ExceptionCode::IllegalDataValue)),
        (to, &good[..9], from, count, Err(ExceptionCode::IllegalDataValue)),
        (to, &good, from, count, Ok(3)),
    ];
    block_on(async {
        let mut client = connect(&server, profiles.line_io.unit_id).await;
        for (write, words, read, count, expected) in table {
            let answer = client.read_write_multiple_registers(read, count, write, words).await;
            assert_eq!(answer.unwrap().map(|words| words[0]), expected, "{write} {read}");
        }
        assert_eq!(client.read_holding_registers(from, count).await.unwrap().unwrap()[0], 3);
        let outside = client.write_multiple_registers(to, &good).await.unwrap();
        assert_eq!(outside, Err(ExceptionCode::IllegalDataAddress));
        let function = client.write_single_register(to, 1).await.unwrap();
        assert_eq!(function, Err(ExceptionCode::IllegalFunction));
        let mut other = connect(&server, 77).await;
        let unit = other.read_holding_registers(from, count).await.unwrap();
        assert_eq!(unit, Err(ExceptionCode::GatewayTargetDevice));
    });
}

#[test]
fn labeler_takes_header_and_command() {
    let profiles = Profiles::builtin().unwrap();
    let (idle, _line_io, server) = start(&profiles);
    let profile = &profiles.labeler;
    let header = BatchHeader { template_revision: 4, ..BatchHeader::default() };
    block_on(async {
        let mut client = connect(&server, profile.unit_id).await;
        let words = header.encode();
        let table: [(u16, &[u16], Result<(), ExceptionCode>); 4] = [
            (profile.header_address, &words[..HEADER_REGISTERS - 1], {
                Err(ExceptionCode::IllegalDataValue)
            }),
            (profile.header_address, &[9; HEADER_REGISTERS], Err(ExceptionCode::IllegalDataValue)),
            (profile.command_address, &words, Err(ExceptionCode::IllegalDataAddress)),
            (profile.header_address, &words, Ok(())),
        ];
        for (address, words, expected) in table {
            let answer = client.write_multiple_registers(address, words).await.unwrap();
            assert_eq!(answer, expected, "{address}");
        }
        assert_eq!(idle.lock().unwrap().header, Some(header));
        let command = LabelerCommand { frame: 8, ..LabelerCommand::default() }.encode();
        assert_eq!(command.len(), COMMAND_REGISTERS);
        let (to, from) = (profile.command_address, profile.status_address);
        let count = STATUS_REGISTERS as u16;
        let status = client.read_write_multiple_registers(from, count, to, &command).await;
        assert_eq!(status.unwrap().unwrap()[0], 8);
    });
}

#[test]
fn a_cut_drops_open_connections_and_closes_new_ones() {
    let profiles = Profiles::builtin().unwrap();
    let (idle, server, _labeler) = start(&profiles);
    let from = profiles.line_io.status_address;
    let unit_id = profiles.line_io.unit_id;
    let limit = Duration::from_secs(60);
    block_on(async {
        let mut open = connect(&server, unit_id).await;
        assert!(open.read_holding_registers(from, 1).await.is_ok());
        idle.lock().unwrap().up = false;
        let ended = async { while open.read_holding_registers(from, 1).await.is_ok() {} };
        tokio::time::timeout(limit, ended).await.unwrap();
        let fresh = tokio::time::timeout(limit, reads(&server, unit_id, from)).await;
        assert!(!fresh.unwrap());
        idle.lock().unwrap().up = true;
        let back = async { while !reads(&server, unit_id, from).await {} };
        tokio::time::timeout(limit, back).await.unwrap();
    });
}

#[test]
fn a_station_obeys_its_command_and_answers_what_is_asked_for() {
    use contracts::station::{STATUS_REGISTERS, StationCommand, StationFrame};
    let profile = Profiles::builtin().unwrap().station_modbus;
    let station = StationStatus { epoch: 3, last_seq: 9, ..StationStatus::default() };
    let shared: Shared = Arc::new(Mutex::new(Idle { up: true, header: None, station }));
    let (to, from) = (profile.command_address, profile.status_address);
    let registers = station::StationServer::new(Station::CartonCode, shared.clone(), profile);
    let server = modbus::start(Device::CartonCode, &shared, Arc::new(registers)).unwrap();
    let command = |frame, recipe_hash, read_from| StationCommand {
        frame,
        heartbeat: frame + 100,
        recipe_hash,
        read_from,
    };
    // recipe and first result asked for; recipe in force and results of the answer
    let table =
        [(0, 1, 0, vec![1, 2]), (7, 8, 7, vec![8, 9]), (0, 9, 7, vec![9]), (8, 10, 8, vec![])];
    let count = STATUS_REGISTERS as u16;
    block_on(async {
        let mut client = connect(&server, 1).await;
        for (frame, (recipe, read_from, in_force, seqs)) in (1..).zip(table) {
            let words = command(frame, recipe, read_from).encode();
            let answer = client.read_write_multiple_registers(from, count, to, &words).await;
            let status = StationFrame::decode(&answer.unwrap().unwrap()).unwrap();
            assert_eq!((status.frame, status.heartbeat_echo), (frame, frame + 100));
            assert_eq!((status.status.epoch, status.status.recipe_hash), (3, in_force));
            let found: Vec<u32> = status.results.iter().map(|result| result.seq).collect();
            assert_eq!(found, seqs, "from {read_from}");
        }
        let mut torn = command(1, 0, 1).encode();
        torn[0] ^= 1;
        let answer = client.read_write_multiple_registers(from, count, to, &torn).await.unwrap();
        assert_eq!(answer, Err(ExceptionCode::IllegalDataValue));
        let answer = client.write_multiple_registers(to, &torn).await.unwrap();
        assert_eq!(answer, Err(ExceptionCode::IllegalDataAddress));
    });
}
