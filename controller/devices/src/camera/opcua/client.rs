//! The calls of the camera contract in one OPC UA session.
//!
//! Used by the transport only. Must never judge a result.

use super::CameraConfig;
use crate::LinkError;
use crate::opcua_link::{OpcuaAddress, OpcuaLink, byte_strings};
use contracts::camera::{CameraResult, CameraStatus, RESULTS_PER_CALL};
use opcua::types::{ByteString, NodeId, Variant};

/// An open session.
pub(super) struct CameraClient {
    link: OpcuaLink,
    get_results: NodeId,
    get_image: NodeId,
    set_recipe: NodeId,
}

impl CameraClient {
    /// Opens a session with the camera.
    pub(super) async fn connect(config: &CameraConfig) -> Result<Self, LinkError> {
        let link = OpcuaLink::connect(&OpcuaAddress {
            endpoint: &config.endpoint,
            namespace_uri: &config.profile.namespace_uri,
            object: &config.profile.object,
            timeout_ms: config.timeout_ms,
            connect_ms: config.connect_ms,
        })
        .await?;
        let methods = &config.profile.methods;
        Ok(Self {
            get_results: link.node(&methods.get_results),
            get_image: link.node(&methods.get_image),
            set_recipe: link.node(&methods.set_recipe),
            link,
        })
    }

    /// `GetResults`: the camera's status and its results from `from` on.
    pub(super) async fn results(
        &self,
        from: u64,
    ) -> Result<(CameraStatus, Vec<CameraResult>), LinkError> {
        let doing = "get results";
        let max = RESULTS_PER_CALL as u32;
        let arguments = vec![Variant::UInt64(from), Variant::UInt32(max)];
        let outputs = self.link.call(doing, &self.get_results, arguments).await?;
        decode_results(outputs).map_err(|what| LinkError::Protocol { doing, what })
    }

    /// `GetImage`: the picture behind a result, as PNG.
    pub(super) async fn image(&self, seq: u64) -> Result<Vec<u8>, LinkError> {
        let doing = "get a picture";
        let arguments = vec![Variant::UInt64(seq)];
        let outputs = self.link.call(doing, &self.get_image, arguments).await?;
        match outputs.into_iter().next() {
            Some(Variant::ByteString(ByteString { value: Some(png) })) => Ok(png),
            _ => Err(LinkError::Device { doing, what: "there is none".to_owned() }),
        }
    }

    /// `SetRecipe`: asks the camera for a recipe; the next results tell whether it took it.
    pub(super) async fn set_recipe(&self, hash: u32) -> Result<(), LinkError> {
        let arguments = vec![Variant::UInt32(hash)];
        self.link.call("set the recipe", &self.set_recipe, arguments).await.map(|_| ())
    }

    /// Ends the session, politely when the camera still answers.
    pub(super) async fn close(self, politely: bool) {
        self.link.close(politely).await;
    }
}

fn decode_results(outputs: Vec<Variant>) -> Result<(CameraStatus, Vec<CameraResult>), String> {
    let found: Result<[Variant; 5], _> = outputs.try_into();
    let Ok(
        [
            Variant::UInt32(epoch),
            Variant::UInt32(recipe_hash),
            Variant::UInt64(last_seq),
            Variant::UInt32(triggers),
            results,
        ],
    ) = found
    else {
        return Err("GetResults has other outputs than its contract".to_owned());
    };
    let decode = |bytes: Vec<u8>| CameraResult::decode(&bytes).map_err(|error| error.to_string());
    let decoded: Result<_, String> = byte_strings(results)?.into_iter().map(decode).collect();
    Ok((CameraStatus { epoch, recipe_hash, last_seq, triggers }, decoded?))
}
