//! The camera over OPC UA: `GetResults`, `GetImage`, `SetRecipe`, the variables `Epoch` and
//! `LastSeq`.
//!
//! Served by the OPC UA server. It must never keep a result of its own.

use super::opcua::{Answer, Method, Object, Variable, argument, array};
use super::{Shared, lock, name};
use crate::optics::{Picture, png_file};
use crate::world::Device;
use contracts::camera::{CameraResult, RESULTS_PER_CALL};
use opcua::types::{ByteString, DataTypeId, StatusCode, Variant};
use profiles::CameraOpcua;

/// The camera, with the names of the profile.
pub(super) fn object(profile: &CameraOpcua) -> Object {
    let hash = || vec![argument("Hash", DataTypeId::UInt32)];
    let (methods, variables) = (&profile.methods, &profile.variables);
    Object {
        server: name(Device::Camera),
        device: Device::Camera,
        namespace_uri: profile.namespace_uri.clone(),
        name: profile.object.clone(),
        methods: vec![
            Method {
                name: methods.get_results.clone(),
                inputs: vec![
                    argument("FromSeq", DataTypeId::UInt64),
                    argument("Max", DataTypeId::UInt32),
                ],
                outputs: vec![
                    argument("Epoch", DataTypeId::UInt32),
                    argument("RecipeHash", DataTypeId::UInt32),
                    argument("LastSeq", DataTypeId::UInt64),
                    argument("Triggers", DataTypeId::UInt32),
                    array("Results", DataTypeId::ByteString),
                ],
                call: get_results,
            },
            Method {
                name: methods.get_image.clone(),
                inputs: vec![argument("Seq", DataTypeId::UInt64)],
                outputs: vec![argument("Png", DataTypeId::ByteString)],
                call: get_image,
            },
            Method {
                name: methods.set_recipe.clone(),
                inputs: hash(),
                outputs: hash(),
                call: set_recipe,
            },
        ],
        variables: vec![
            Variable {
                name: variables.epoch.clone(),
                data_type: DataTypeId::UInt32,
                value: |devices| Variant::UInt32(lock(devices).camera_status().epoch),
            },
            Variable {
                name: variables.last_seq.clone(),
                data_type: DataTypeId::UInt64,
                value: |devices| Variant::UInt64(lock(devices).camera_status().last_seq),
            },
        ],
    }
}

/// Status and results of one moment.
fn get_results(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt64(from), Variant::UInt32(max)] = arguments else {
        return Err(StatusCode::BadInvalidArgument);
    };
    let max = usize::try_from(*max).unwrap_or(RESULTS_PER_CALL).min(RESULTS_PER_CALL);
    let mut devices = lock(devices);
    let status = devices.camera_status();
    let results = devices.camera_results(*from, max);
    drop(devices);
    let encode = |result: &CameraResult| ByteString::from(result.encode().as_slice().to_vec());
    Ok(vec![
        Variant::UInt32(status.epoch),
        Variant::UInt32(status.recipe_hash),
        Variant::UInt64(status.last_seq),
        Variant::UInt32(status.triggers),
        Variant::from(results.iter().map(encode).collect::<Vec<_>>()),
    ])
}

fn get_image(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt64(seq)] = arguments else { return Err(StatusCode::BadInvalidArgument) };
    let image = lock(devices).camera_image(*seq).ok_or(StatusCode::BadNotFound)?;
    let (width, height) = (image.width, image.height);
    let png = png_file::encode(&Picture { width, height, pixels: image.pixels.clone() });
    if png.is_empty() {
        return Err(StatusCode::BadEncodingError);
    }
    Ok(vec![Variant::ByteString(ByteString::from(png))])
}

fn set_recipe(devices: &Shared, arguments: &[Variant]) -> Answer {
    let [Variant::UInt32(hash)] = arguments else { return Err(StatusCode::BadInvalidArgument) };
    let mut devices = lock(devices);
    devices.camera_set_recipe(*hash);
    Ok(vec![Variant::UInt32(devices.camera_status().recipe_hash)])
}
