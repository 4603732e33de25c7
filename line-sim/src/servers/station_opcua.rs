//! A station over OPC UA: `GetResults` and `SetRecipe`.
//!
//! Served by the OPC UA server. It must never keep a result of its own.

use super::opcua::{Answer, Method, Object, argument, array};
use super::{Shared, lock, name};
use crate::world::Device;
use contracts::station::{RESULTS_PER_CALL, Station, StationResult};
use opcua::types::{ByteString, DataTypeId, StatusCode, Variant};
use profiles::StationOpcua;

/// What a method does.
type Call = fn(&Shared, &[Variant]) -> Answer;

/// A station, with the names of the profile.
pub(super) fn object(station: Station, profile: &StationOpcua) -> Object {
    let number = |name| argument(name, DataTypeId::UInt32);
    let (results, recipe) = calls(station);
    let mut outputs = ["Epoch", "RecipeHash", "LastSeq", "Triggers"].map(number).to_vec();
    outputs.push(array("Results", DataTypeId::ByteString));
    Object {
        server: name(Device::of(station)),
        device: Device::of(station),
        namespace_uri: profile.namespace_uri.clone(),
        name: profile.object.clone(),
        methods: vec![
            Method {
                name: profile.methods.get_results.clone(),
                inputs: vec![number("FromSeq"), number("Max")],
                outputs,
                call: results,
            },
            Method {
                name: profile.methods.set_recipe.clone(),
                inputs: vec![number("Hash")],
                outputs: vec![number("Hash")],
                call: recipe,
            },
        ],
        variables: Vec::new(),
    }
}

/// `GetResults` and `SetRecipe` of a station.
fn calls(station: Station) -> (Call, Call) {
    match station {
        Station::TextCheck => (get_results::<0>, set_recipe::<0>),
        Station::CartonCode => (get_results::<1>, set_recipe::<1>),
        Station::TamperEvident => (get_results::<2>, set_recipe::<2>),
        Station::Checkweigher => (get_results::<3>, set_recipe::<3>),
    }
}

/// Status and results of one moment, of the station with this number.
fn get_results<const STATION: usize>(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt32(from), Variant::UInt32(max)] = arguments else {
        return Err(StatusCode::BadInvalidArgument);
    };
    let station = Station::ALL[STATION];
    let max = usize::try_from(*max).unwrap_or(RESULTS_PER_CALL).min(RESULTS_PER_CALL);
    let mut devices = lock(devices);
    let status = devices.station_status(station);
    let results = devices.station_results(station, *from, max);
    drop(devices);
    let encode = |result: &StationResult| ByteString::from(result.encode().as_slice().to_vec());
    Ok(vec![
        Variant::UInt32(status.epoch),
        Variant::UInt32(status.recipe_hash),
        Variant::UInt32(status.last_seq),
        Variant::UInt32(status.triggers),
        Variant::from(results.iter().map(encode).collect::<Vec<_>>()),
    ])
}

fn set_recipe<const STATION: usize>(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt32(hash)] = arguments else { return Err(StatusCode::BadInvalidArgument) };
    let station = Station::ALL[STATION];
    let mut devices = lock(devices);
    devices.station_set_recipe(station, *hash);
    Ok(vec![Variant::UInt32(devices.station_status(station).recipe_hash)])
}
