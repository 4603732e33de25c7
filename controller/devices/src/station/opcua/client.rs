//! One OPC UA session with a station: the calls of the station contract.
//!
//! Used by the transport only; a session that failed is closed and replaced. Must never retry by
//! itself.

use super::StationConfig;
use crate::LinkError;
use crate::opcua_link::{OpcuaAddress, OpcuaLink, byte_strings};
use contracts::station::{RESULTS_PER_CALL, StationResult, StationStatus};
use opcua::types::{NodeId, Variant};

/// An open session.
pub(super) struct StationClient {
    link: OpcuaLink,
    get_results: NodeId,
    set_recipe: NodeId,
}

impl StationClient {
    /// Opens channel and session and finds the station's namespace.
    pub(super) async fn connect(config: &StationConfig) -> Result<Self, LinkError> {
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
            set_recipe: link.node(&methods.set_recipe),
            link,
        })
    }

    /// `GetResults`: the station's status and its results from `from` on.
    pub(super) async fn results(
        &self,
        from: u32,
    ) -> Result<(StationStatus, Vec<StationResult>), LinkError> {
        let doing = "get results";
        let max = RESULTS_PER_CALL as u32;
        let arguments = vec![Variant::UInt32(from), Variant::UInt32(max)];
        let outputs = self.link.call(doing, &self.get_results, arguments).await?;
        decode_results(outputs).map_err(|what| LinkError::Protocol { doing, what })
    }

    /// `SetRecipe`: asks the station for a recipe; the next results tell whether it took it.
    pub(super) async fn set_recipe(&self, hash: u32) -> Result<(), LinkError> {
        let arguments = vec![Variant::UInt32(hash)];
        self.link.call("set the recipe", &self.set_recipe, arguments).await.map(|_| ())
    }

    /// Ends the session, politely when the station still answers.
    pub(super) async fn close(self, politely: bool) {
        self.link.close(politely).await;
    }
}

fn decode_results(outputs: Vec<Variant>) -> Result<(StationStatus, Vec<StationResult>), String> {
    let found: Result<[Variant; 5], _> = outputs.try_into();
    let Ok(
        [
            Variant::UInt32(epoch),
            Variant::UInt32(recipe_hash),
            Variant::UInt32(last_seq),
            Variant::UInt32(triggers),
            results,
        ],
    ) = found
    else {
        return Err("GetResults has other outputs than its contract".to_owned());
    };
    let decode = |bytes: Vec<u8>| StationResult::decode(&bytes).map_err(|error| error.to_string());
    let decoded: Result<Vec<StationResult>, String> =
        byte_strings(results)?.into_iter().map(decode).collect();
    Ok((StationStatus { epoch, recipe_hash, last_seq, triggers }, decoded?))
}
