//! The calls of the print-job contract in one OPC UA session.
//!
//! Used by the transport only. Must never repeat a call by itself.

use super::LabelerConfig;
use crate::LinkError;
use crate::opcua_link::{OpcuaAddress, OpcuaLink, byte_strings};
use contracts::labeler::opcua::{JobResult, RESULTS_PER_CALL};
use contracts::labeler::{BatchHeader, LabelerStatus, PrintJob};
use opcua::types::{ByteString, NodeId, Variant};

/// An open session.
pub(super) struct LabelerClient {
    link: OpcuaLink,
    set_header: NodeId,
    submit_jobs: NodeId,
    get_results: NodeId,
    flush: NodeId,
}

impl LabelerClient {
    /// Opens a session with the labeler.
    pub(super) async fn connect(config: &LabelerConfig) -> Result<Self, LinkError> {
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
            set_header: link.node(&methods.set_header),
            submit_jobs: link.node(&methods.submit_jobs),
            get_results: link.node(&methods.get_results),
            flush: link.node(&methods.flush),
            link,
        })
    }

    /// `GetResults`: the labeler's status, and what has become of the jobs from `from` on.
    pub(super) async fn results(
        &self,
        from: u32,
    ) -> Result<(LabelerStatus, Vec<JobResult>), LinkError> {
        let doing = "get results";
        let arguments = vec![Variant::UInt32(from), Variant::UInt32(RESULTS_PER_CALL as u32)];
        let outputs = self.link.call(doing, &self.get_results, arguments).await?;
        decode_results(outputs).map_err(|what| LinkError::Protocol { doing, what })
    }

    /// `SetHeader`: gives the batch header; the next status tells whether it is in force.
    pub(super) async fn set_header(&self, header: &BatchHeader) -> Result<(), LinkError> {
        let arguments = vec![byte_string(&header.to_bytes())];
        self.link.call("set the batch header", &self.set_header, arguments).await.map(|_| ())
    }

    /// `SubmitJobs`: hands over jobs that follow each other; the status tells which are accepted.
    pub(super) async fn submit(
        &self,
        epoch: u32,
        jobs: &[PrintJob],
    ) -> Result<LabelerStatus, LinkError> {
        let first = jobs.first().map_or(0, |job| job.seq);
        let jobs: Vec<ByteString> =
            jobs.iter().map(|job| ByteString::from(job.to_bytes(epoch).to_vec())).collect();
        let arguments = vec![Variant::UInt32(epoch), Variant::UInt32(first), Variant::from(jobs)];
        self.status("submit jobs", &self.submit_jobs, arguments).await
    }

    /// `Flush`: drops what is not applied, once for each number.
    pub(super) async fn flush(
        &self,
        epoch: u32,
        action_seq: u16,
    ) -> Result<LabelerStatus, LinkError> {
        let arguments = vec![Variant::UInt32(epoch), Variant::UInt16(action_seq)];
        self.status("flush", &self.flush, arguments).await
    }

    /// Ends the session, politely when the labeler still answers.
    pub(super) async fn close(self, politely: bool) {
        self.link.close(politely).await;
    }

    async fn status(
        &self,
        doing: &'static str,
        method: &NodeId,
        arguments: Vec<Variant>,
    ) -> Result<LabelerStatus, LinkError> {
        let outputs = self.link.call(doing, method, arguments).await?;
        let [status] = <[Variant; 1]>::try_from(outputs)
            .map_err(|_| LinkError::protocol(doing, "other outputs than the contract's"))?;
        decode_status(status).map_err(|what| LinkError::Protocol { doing, what })
    }
}

fn byte_string(bytes: &[u8]) -> Variant {
    Variant::ByteString(ByteString::from(bytes.to_vec()))
}

fn decode_status(value: Variant) -> Result<LabelerStatus, String> {
    let Variant::ByteString(ByteString { value: Some(bytes) }) = value else {
        return Err("the status is no byte string".to_owned());
    };
    LabelerStatus::from_bytes(&bytes).map_err(|error| error.to_string())
}

fn decode_results(outputs: Vec<Variant>) -> Result<(LabelerStatus, Vec<JobResult>), String> {
    let Ok([status, results]) = <[Variant; 2]>::try_from(outputs) else {
        return Err("GetResults has other outputs than its contract".to_owned());
    };
    let decode = |bytes: Vec<u8>| JobResult::from_bytes(&bytes).map_err(|error| error.to_string());
    let results: Result<_, String> = byte_strings(results)?.into_iter().map(decode).collect();
    Ok((decode_status(status)?, results?))
}
