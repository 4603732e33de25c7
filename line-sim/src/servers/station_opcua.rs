//! A station's OPC UA server: `GetResults` and `SetRecipe`; anonymous, without security, on
//! loopback only.
//!
//! Method callbacks are synchronous and run on the connection's task: they ask the line and answer.
//! It must never keep a result of its own.

use super::opcua_server::{add_method, build, manager_of};
use super::{ServerThread, Shared, listen, lock, name, relay};
use crate::world::Device;
use contracts::station::{RESULTS_PER_CALL, Station, StationResult};
use opcua::nodes::ObjectBuilder;
use opcua::server::ServerHandle;
use opcua::types::{Argument, ByteString, DataTypeId, NodeId, ObjectId, StatusCode, Variant};
use profiles::StationOpcua;
use std::io;
use tokio::net::TcpListener;

/// Starts a station's server and the relay in front of it.
pub(super) fn start(
    station: Station,
    devices: &Shared,
    profile: &StationOpcua,
) -> io::Result<ServerThread> {
    let device = Device::of(station);
    let (public, address) = listen()?;
    let (inner, inner_address) = listen()?;
    let (devices, profile) = (devices.clone(), profile.clone());
    ServerThread::start(name(device), address, move || async move {
        let public = TcpListener::from_std(public)?;
        let inner = TcpListener::from_std(inner)?;
        let (server, handle) = build(address, name(device), &profile.namespace_uri)?;
        insert(&handle, &profile, station, &devices)?;
        let serve = async { server.run_with(inner).await.map_err(io::Error::other) };
        tokio::try_join!(serve, relay::run(public, inner_address, devices, device))?;
        Ok(())
    })
}

fn insert(
    handle: &ServerHandle,
    profile: &StationOpcua,
    station: Station,
    devices: &Shared,
) -> io::Result<()> {
    let device = name(Device::of(station));
    let (manager, namespace) = manager_of(handle, device, &profile.namespace_uri)?;
    let node = |name: &str| NodeId::new(namespace, name);
    let object = node(&profile.object);
    let methods = [
        (Method::GetResults, &profile.methods.get_results),
        (Method::SetRecipe, &profile.methods.set_recipe),
    ];
    {
        let space = manager.address_space();
        let mut space = space.write();
        let name = profile.object.as_str();
        ObjectBuilder::new(&object, name, name)
            .organized_by(ObjectId::ObjectsFolder)
            .insert(&mut *space);
        for (method, name) in methods {
            add_method(&mut space, &object, name, &method.arguments());
        }
    }
    for (method, name) in methods {
        let devices = devices.clone();
        manager
            .inner()
            .add_method_callback(node(name), move |args| method.call(station, &devices, args));
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Method {
    GetResults,
    SetRecipe,
}

impl Method {
    fn arguments(self) -> (Vec<Argument>, Vec<Argument>) {
        let number = |name: &str| Argument::from((name, DataTypeId::UInt32));
        match self {
            Self::GetResults => {
                let results = Argument::from(("Results", DataTypeId::ByteString));
                let names = ["Epoch", "RecipeHash", "LastSeq", "Triggers"];
                let mut outputs: Vec<Argument> = names.into_iter().map(number).collect();
                outputs.push(Argument { value_rank: 1, ..results });
                (vec![number("FromSeq"), number("Max")], outputs)
            }
            Self::SetRecipe => (vec![number("Hash")], vec![number("Hash")]),
        }
    }

    fn call(
        self,
        station: Station,
        devices: &Shared,
        arguments: &[Variant],
    ) -> Result<Vec<Variant>, StatusCode> {
        if !lock(devices).link_is_up(Device::of(station)) {
            return Err(StatusCode::BadNotConnected);
        }
        match (self, arguments) {
            (Self::GetResults, [Variant::UInt32(from), Variant::UInt32(max)]) => {
                Ok(get_results(station, devices, *from, *max))
            }
            (Self::SetRecipe, [Variant::UInt32(hash)]) => {
                let mut devices = lock(devices);
                devices.station_set_recipe(station, *hash);
                Ok(vec![Variant::UInt32(devices.station_status(station).recipe_hash)])
            }
            _ => Err(StatusCode::BadInvalidArgument),
        }
    }
}

/// Status and results of one moment.
fn get_results(station: Station, devices: &Shared, from: u32, max: u32) -> Vec<Variant> {
    let max = usize::try_from(max).unwrap_or(RESULTS_PER_CALL).min(RESULTS_PER_CALL);
    let mut devices = lock(devices);
    let status = devices.station_status(station);
    let results = devices.station_results(station, from, max);
    drop(devices);
    let encode = |result: &StationResult| ByteString::from(result.encode().as_slice().to_vec());
    vec![
        Variant::UInt32(status.epoch),
        Variant::UInt32(status.recipe_hash),
        Variant::UInt32(status.last_seq),
        Variant::UInt32(status.triggers),
        Variant::from(results.iter().map(encode).collect::<Vec<_>>()),
    ]
}
