//! The camera's OPC UA server: `GetResults`, `GetImage`, `SetRecipe`, the variables `Epoch` and
//! `LastSeq`; anonymous, without security, on loopback only.
//!
//! Method callbacks are synchronous and run on the connection's task: they ask the line and answer.
//! It must never keep a result of its own.

use super::opcua_server::{add_method, build, manager_of};
use super::{ServerThread, Shared, listen, lock, name, relay};
use crate::optics::{Picture, png_file};
use crate::world::Device;
use contracts::camera::RESULTS_PER_CALL;
use opcua::nodes::{ObjectBuilder, VariableBuilder};
use opcua::server::ServerHandle;
use opcua::server::node_manager::memory::SimpleNodeManager;
use opcua::types::{
    Argument, ByteString, DataTypeId, DataValue, NodeId, ObjectId, StatusCode, Variant,
};
use profiles::CameraOpcua;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Its name in the server.
const DEVICE: &str = "camera";
/// How often the variables are brought up to date.
const VARIABLES: Duration = Duration::from_millis(50);

/// Starts the camera's server and the relay in front of it.
pub(super) fn start(devices: &Shared, profile: &CameraOpcua) -> io::Result<ServerThread> {
    let device = Device::Camera;
    let (public, address) = listen()?;
    let (inner, inner_address) = listen()?;
    let (devices, profile) = (devices.clone(), profile.clone());
    ServerThread::start(name(device), address, move || async move {
        let public = TcpListener::from_std(public)?;
        let inner = TcpListener::from_std(inner)?;
        let (server, handle) = build(address, DEVICE, &profile.namespace_uri)?;
        let nodes = Nodes::insert(&handle, &profile, &devices)?;
        let serve = async { server.run_with(inner).await.map_err(io::Error::other) };
        tokio::try_join!(
            serve,
            nodes.follow(&handle, &devices),
            relay::run(public, inner_address, devices.clone(), device)
        )?;
        Ok(())
    })
}

struct Nodes {
    manager: Arc<SimpleNodeManager>,
    epoch: NodeId,
    last_seq: NodeId,
}

impl Nodes {
    fn insert(handle: &ServerHandle, profile: &CameraOpcua, devices: &Shared) -> io::Result<Self> {
        let (manager, namespace) = manager_of(handle, DEVICE, &profile.namespace_uri)?;
        let node = |name: &str| NodeId::new(namespace, name);
        let object = node(&profile.object);
        let (epoch, last_seq) = (node(&profile.variables.epoch), node(&profile.variables.last_seq));
        {
            let space = manager.address_space();
            let mut space = space.write();
            let name = profile.object.as_str();
            ObjectBuilder::new(&object, name, name)
                .organized_by(ObjectId::ObjectsFolder)
                .insert(&mut *space);
            for method in Method::ALL {
                add_method(&mut space, &object, method.name(profile), &method.arguments());
            }
            let variable = |id: &NodeId, name: &str, data_type: DataTypeId, zero: Variant| {
                VariableBuilder::new(id, name, name)
                    .data_type(data_type)
                    .value(zero)
                    .component_of(object.clone())
            };
            let epoch_name = &profile.variables.epoch;
            variable(&epoch, epoch_name, DataTypeId::UInt32, Variant::UInt32(0))
                .insert(&mut *space);
            let last_seq_name = &profile.variables.last_seq;
            variable(&last_seq, last_seq_name, DataTypeId::UInt64, Variant::UInt64(0))
                .insert(&mut *space);
        }
        for method in Method::ALL {
            let devices = devices.clone();
            let id = node(method.name(profile));
            manager.inner().add_method_callback(id, move |args| method.call(&devices, args));
        }
        Ok(Self { manager, epoch, last_seq })
    }

    /// Keeps the variables up to date.
    async fn follow(&self, handle: &ServerHandle, devices: &Shared) -> io::Result<()> {
        loop {
            let status = lock(devices).camera_status();
            let values = [
                (&self.epoch, Variant::UInt32(status.epoch)),
                (&self.last_seq, Variant::UInt64(status.last_seq)),
            ];
            for (id, value) in values {
                let value = DataValue::new_now(value);
                let _ = self.manager.set_value(handle.subscriptions(), id, None, value);
            }
            tokio::time::sleep(VARIABLES).await;
        }
    }
}

#[derive(Clone, Copy)]
enum Method {
    GetResults,
    GetImage,
    SetRecipe,
}

impl Method {
    const ALL: [Self; 3] = [Self::GetResults, Self::GetImage, Self::SetRecipe];

    fn name(self, profile: &CameraOpcua) -> &str {
        match self {
            Self::GetResults => &profile.methods.get_results,
            Self::GetImage => &profile.methods.get_image,
            Self::SetRecipe => &profile.methods.set_recipe,
        }
    }

    fn arguments(self) -> (Vec<Argument>, Vec<Argument>) {
        let hash = || Argument::from(("Hash", DataTypeId::UInt32));
        match self {
            Self::GetResults => (
                vec![("FromSeq", DataTypeId::UInt64).into(), ("Max", DataTypeId::UInt32).into()],
                vec![
                    ("Epoch", DataTypeId::UInt32).into(),
                    ("RecipeHash", DataTypeId::UInt32).into(),
                    ("LastSeq", DataTypeId::UInt64).into(),
                    ("Triggers", DataTypeId::UInt32).into(),
                    Argument {
                        value_rank: 1,
                        ..Argument::from(("Results", DataTypeId::ByteString))
                    },
                ],
            ),
            Self::GetImage => (
                vec![("Seq", DataTypeId::UInt64).into()],
                vec![("Png", DataTypeId::ByteString).into()],
            ),
            Self::SetRecipe => (vec![hash()], vec![hash()]),
        }
    }

    fn call(self, devices: &Shared, arguments: &[Variant]) -> Result<Vec<Variant>, StatusCode> {
        if !lock(devices).link_is_up(Device::Camera) {
            return Err(StatusCode::BadNotConnected);
        }
        match (self, arguments) {
            (Self::GetResults, [Variant::UInt64(from), Variant::UInt32(max)]) => {
                Ok(get_results(devices, *from, *max))
            }
            (Self::GetImage, [Variant::UInt64(seq)]) => get_image(devices, *seq),
            (Self::SetRecipe, [Variant::UInt32(hash)]) => {
                let mut devices = lock(devices);
                devices.camera_set_recipe(*hash);
                Ok(vec![Variant::UInt32(devices.camera_status().recipe_hash)])
            }
            _ => Err(StatusCode::BadInvalidArgument),
        }
    }
}

/// Status and results of one moment.
fn get_results(devices: &Shared, from: u64, max: u32) -> Vec<Variant> {
    let max = usize::try_from(max).unwrap_or(RESULTS_PER_CALL).min(RESULTS_PER_CALL);
    let mut devices = lock(devices);
    let status = devices.camera_status();
    let results = devices.camera_results(from, max);
    drop(devices);
    let encode = |result: &contracts::camera::CameraResult| {
        ByteString::from(result.encode().as_slice().to_vec())
    };
    vec![
        Variant::UInt32(status.epoch),
        Variant::UInt32(status.recipe_hash),
        Variant::UInt64(status.last_seq),
        Variant::UInt32(status.triggers),
        Variant::from(results.iter().map(encode).collect::<Vec<_>>()),
    ]
}

fn get_image(devices: &Shared, seq: u64) -> Result<Vec<Variant>, StatusCode> {
    let image = lock(devices).camera_image(seq).ok_or(StatusCode::BadNotFound)?;
    let (width, height) = (image.width, image.height);
    let png = png_file::encode(&Picture { width, height, pixels: image.pixels.clone() });
    if png.is_empty() {
        return Err(StatusCode::BadEncodingError);
    }
    Ok(vec![Variant::ByteString(ByteString::from(png))])
}
