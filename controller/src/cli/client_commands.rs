//! The client's commands under the name that a person gives: what the service's token may do.
//!
//! Called by `order ..` and `backup` where nobody logs in. Must never retry: it may have been done.

use super::client::{Client, ClientError, segment};
use hmi::{BackupWish, Take};
use serde_json::{Value, json};

impl Client {
    /// Adds a declared number to the books.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn declare(
        &self,
        batch: &str,
        term: &str,
        count: i64,
        reason: &str,
        who: &str,
    ) -> Result<Value, ClientError> {
        let body = json!({ "term": term, "count": count, "reason": reason, "who": who });
        self.post(&format!("/orders/{}/declare", segment(batch)), &body.to_string())
    }

    /// Takes a serial out of an order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn take(
        &self,
        batch: &str,
        serial: &str,
        take: &Take,
        reason: &str,
        who: &str,
    ) -> Result<Value, ClientError> {
        let mut body = json!({ "serial": serial, "reason": reason, "who": who });
        let action = match take {
            Take::Sample => "sample",
            Take::FirstPack { second } => {
                body["first_pack"] = true.into();
                body["second"] = second.as_str().into();
                "sample"
            }
            Take::Removal => "remove",
        };
        self.post(&format!("/orders/{}/{action}", segment(batch)), &body.to_string())
    }

    /// Begins a backup.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn begin_backup(&self, wish: &BackupWish, who: &str) -> Result<Value, ClientError> {
        let wish = json!({
            "out": wish.out, "with_key": wish.with_key, "with_images": wish.with_images,
            "with_sealed": wish.with_sealed,
        });
        self.post("/backup", &json!({ "who": who, "wish": wish }).to_string())
    }

    /// How the backup stands, or the latest one ended.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn backup_state(&self) -> Result<Value, ClientError> {
        self.get("/backup")
    }

    /// `start`, `stop`, `hold`, `unhold` or `close`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn order(
        &self,
        batch: &str,
        action: &str,
        who: &str,
        reason: Option<&str>,
    ) -> Result<Value, ClientError> {
        let path = format!("/orders/{}/{}", segment(batch), segment(action));
        self.post(&path, &json!({ "who": who, "reason": reason }).to_string())
    }

    /// Begins a trial of `kind`, `challenge` or `setup`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn trial(
        &self,
        batch: &str,
        kind: &str,
        labels: Option<u32>,
        who: &str,
    ) -> Result<Value, ClientError> {
        let path = format!("/orders/{}/{kind}", segment(batch));
        self.post(&path, &json!({ "who": who, "labels": labels }).to_string())
    }

    /// How the trial stands, or the latest one ended.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn trial_state(&self, batch: &str) -> Result<Value, ClientError> {
        self.get(&format!("/orders/{}/trial", segment(batch)))
    }

    /// Says what became of a pack: `exited`, `ejected` or `removed`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn resolve(
        &self,
        batch: &str,
        track: u32,
        resolution: &str,
        reason: &str,
        who: &str,
    ) -> Result<Value, ClientError> {
        let path = format!("/orders/{}/packs/{track}/resolve", segment(batch));
        self.post(&path, &json!({ "as": resolution, "reason": reason, "who": who }).to_string())
    }
}
