//! Keeps the camera's images as files: `images/BATCH/TRACK-accepted.png` or `TRACK-rejected.png`,
//! each with its digest in the record.
//!
//! A thread of its own: files never delay a device. Must never block its callers; when it cannot
//! follow, an image is left out and that is logged.

use super::clock::wall_clock;
use super::ledger_thread::LedgerHandle;
use devices::ImageRequest;
use ledger::{BatchNo, Chain, ServiceBody};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use tracing::warn;

/// Images that may wait to be written.
const QUEUE: usize = 64;

/// Where images are handed in.
#[derive(Clone, Debug)]
pub struct ImageSink(SyncSender<(ImageRequest, Vec<u8>)>);

impl ImageSink {
    /// Hands in an image.
    pub fn keep(&self, request: ImageRequest, png: Vec<u8>) {
        if self.0.try_send((request, png)).is_err() {
            warn!(track = request.track.0, "image left out: the disk does not follow");
        }
    }
}

/// Starts the thread; it ends when every sink is gone.
///
/// # Errors
/// The directory cannot be made, or no thread is given.
pub fn start(
    directory: PathBuf,
    ledger: LedgerHandle,
    batch: BatchNo,
) -> std::io::Result<(ImageSink, JoinHandle<()>)> {
    std::fs::create_dir_all(&directory)?;
    let (sender, receiver) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new()
        .name("images".into())
        .spawn(move || write_all(&directory, &ledger, batch, &receiver))?;
    Ok((ImageSink(sender), thread))
}

fn write_all(
    directory: &Path,
    ledger: &LedgerHandle,
    batch: BatchNo,
    images: &Receiver<(ImageRequest, Vec<u8>)>,
) {
    while let Ok((request, png)) = images.recv() {
        if let Err(error) = write(directory, request, &png) {
            warn!(track = request.track.0, %error, "failed to keep an image");
            continue;
        }
        let body = ServiceBody::ImageKept {
            track: request.track.0,
            result_seq: request.seq,
            sha256: hex(&Sha256::digest(&png)),
            bytes: png.len() as u64,
        };
        let kept = ledger.with(move |ledger| {
            ledger
                .append_service(wall_clock(), Chain::Batch(batch), &body)
                .map_err(|e| e.to_string())
        });
        if let Ok(Err(error)) = kept {
            warn!(track = request.track.0, %error, "an image's digest is not recorded");
        }
    }
}

/// A superseded verdict's image makes room for the later one.
fn write(directory: &Path, request: ImageRequest, png: &[u8]) -> std::io::Result<()> {
    let name = |accepted| image_name(request.track.0, accepted);
    let _ = std::fs::remove_file(directory.join(name(!request.accepted)));
    std::fs::write(directory.join(name(request.accepted)), png)
}

/// Name of a pack's image.
#[must_use]
pub fn image_name(track: u32, accepted: bool) -> String {
    format!("{track}-{}.png", if accepted { "accepted" } else { "rejected" })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
