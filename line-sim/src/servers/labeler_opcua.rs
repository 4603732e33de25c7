//! The labeler over OPC UA: `SetHeader`, `SubmitJobs`, `GetResults`, `Flush`, the variables `Epoch`
//! and `LastApplied`.
//!
//! Served by the OPC UA server. Each method becomes cycles of the one labeler that Modbus shows,
//! too. It must never print by itself.

use super::opcua::{Answer, Method, Object, Variable, argument, array};
use super::{Devices, Shared, lock};
use crate::world::Device;
use contracts::labeler::opcua::{JOBS_PER_CALL, RESULTS_PER_CALL};
use contracts::labeler::{
    BatchHeader, JOBS_PER_FRAME, LabelerAction, LabelerCommand, LabelerStatus, PrintJob,
};
use opcua::types::{ByteString, DataTypeId, StatusCode, Variant};
use profiles::LabelerOpcua;

/// The labeler, with the names of the profile.
pub(super) fn object(profile: &LabelerOpcua) -> Object {
    let (uint32, bytes) = (DataTypeId::UInt32, DataTypeId::ByteString);
    let (methods, variables) = (&profile.methods, &profile.variables);
    let status = || argument("Status", bytes);
    Object {
        server: "labeler-opcua",
        device: Device::Labeler,
        namespace_uri: profile.namespace_uri.clone(),
        name: profile.object.clone(),
        methods: vec![
            Method {
                name: methods.set_header.clone(),
                inputs: vec![argument("Header", bytes)],
                outputs: vec![argument("Hash", uint32)],
                call: set_header,
            },
            Method {
                name: methods.submit_jobs.clone(),
                inputs: vec![
                    argument("Epoch", uint32),
                    argument("FirstSeq", uint32),
                    array("Jobs", bytes),
                ],
                outputs: vec![status()],
                call: submit_jobs,
            },
            Method {
                name: methods.get_results.clone(),
                inputs: vec![argument("FromSeq", uint32), argument("Max", uint32)],
                outputs: vec![status(), array("Results", bytes)],
                call: get_results,
            },
            Method {
                name: methods.flush.clone(),
                inputs: vec![argument("Epoch", uint32), argument("ActionSeq", DataTypeId::UInt16)],
                outputs: vec![status()],
                call: flush,
            },
        ],
        variables: vec![
            Variable {
                name: variables.epoch.clone(),
                data_type: uint32,
                value: |devices| Variant::UInt32(lock(devices).labeler_status().epoch),
            },
            Variable {
                name: variables.last_applied.clone(),
                data_type: uint32,
                value: |devices| Variant::UInt32(lock(devices).labeler_status().last_applied),
            },
        ],
    }
}

fn set_header(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::ByteString(ByteString { value: Some(bytes) })] = arguments else {
        return Err(StatusCode::BadInvalidArgument);
    };
    let header = BatchHeader::from_bytes(bytes).map_err(|_| StatusCode::BadInvalidArgument)?;
    let mut devices = lock(devices);
    devices.labeler_header(&header);
    Ok(vec![Variant::UInt32(devices.labeler_status().header_hash)])
}

fn submit_jobs(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt32(epoch), Variant::UInt32(first), jobs] = arguments else {
        return Err(StatusCode::BadInvalidArgument);
    };
    let jobs = decode_jobs(*epoch, *first, jobs)?;
    let mut devices = lock(devices);
    let mut status = devices.labeler_status();
    for jobs in jobs.chunks(JOBS_PER_FRAME) {
        let mut command = idle(&status, *epoch);
        command.jobs.extend(jobs.iter().copied());
        status = devices.labeler_exchange(&command);
        // Behind a refused job nothing is taken.
        if jobs.last().is_some_and(|last| last.seq > status.last_accepted) {
            break;
        }
    }
    Ok(vec![encode_status(status)])
}

/// The jobs of a call, numbered from `first` on without gaps.
fn decode_jobs(epoch: u32, first: u32, jobs: &Variant) -> Result<Vec<PrintJob>, StatusCode> {
    let Variant::Array(array) = jobs else { return Err(StatusCode::BadInvalidArgument) };
    if array.values.len() > JOBS_PER_CALL {
        return Err(StatusCode::BadTooManyOperations);
    }
    let numbers = (0_u32..).map(|n| first.wrapping_add(n));
    let decode = |(seq, value): (u32, &Variant)| match value {
        Variant::ByteString(ByteString { value: Some(bytes) }) => {
            PrintJob::from_bytes(bytes, epoch).ok().filter(|job| job.seq == seq)
        }
        _ => None,
    };
    let jobs: Option<Vec<PrintJob>> = numbers.zip(&array.values).map(decode).collect();
    jobs.ok_or(StatusCode::BadInvalidArgument)
}

/// Status and results of one moment.
fn get_results(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt32(from), Variant::UInt32(max)] = arguments else {
        return Err(StatusCode::BadInvalidArgument);
    };
    let max = usize::try_from(*max).unwrap_or(RESULTS_PER_CALL).min(RESULTS_PER_CALL);
    let mut devices = lock(devices);
    // A cycle without a job: what a person has mended since shows.
    let status = devices.labeler_status();
    let status = devices.labeler_exchange(&idle(&status, status.epoch));
    let results = devices.labeler_results(*from, max);
    drop(devices);
    let bytes = results.iter().map(|result| ByteString::from(result.to_bytes().to_vec()));
    Ok(vec![encode_status(status), Variant::from(bytes.collect::<Vec<_>>())])
}

fn flush(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt32(epoch), Variant::UInt16(action_seq)] = arguments else {
        return Err(StatusCode::BadInvalidArgument);
    };
    let mut devices = lock(devices);
    let mut status = devices.labeler_status();
    if *epoch == status.epoch {
        status = act(&mut *devices, status, *action_seq);
    }
    Ok(vec![encode_status(status)])
}

fn act(devices: &mut dyn Devices, status: LabelerStatus, action_seq: u16) -> LabelerStatus {
    let action = LabelerAction::Flush;
    let command = LabelerCommand { action, action_seq, ..idle(&status, status.epoch) };
    devices.labeler_exchange(&command)
}

/// A cycle that asks for nothing.
fn idle(status: &LabelerStatus, epoch: u32) -> LabelerCommand {
    LabelerCommand { epoch, action_seq: status.action_done, ..LabelerCommand::default() }
}

/// Frame and heartbeat belong to Modbus; each answer here belongs to its call.
fn encode_status(status: LabelerStatus) -> Variant {
    let status = LabelerStatus { frame: 0, heartbeat_echo: 0, ..status };
    Variant::ByteString(ByteString::from(status.to_bytes().to_vec()))
}
