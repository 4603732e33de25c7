//! Keeps the camera's images as files: `images/BATCH/TRACK-accepted.png` or `TRACK-rejected.png`,
//! each with its digest in the record.
//!
//! A thread of its own: files never delay a device. Must never block its callers, nor keep more of
//! a batch than its bounds; when it cannot follow, or there is no room, an image is left out and
//! that is logged. What is kept stays: it is evidence.

use super::clock::wall_clock;
use super::ledger_thread::LedgerHandle;
use crate::config::Images;
use devices::ImageRequest;
use ledger::keys::hex;
use ledger::{BatchNo, Chain, ServiceBody};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use tracing::warn;

/// Images that may wait to be written.
const QUEUE: usize = 64;
/// Largest image that is kept.
const IMAGE_BYTES_MAX: u64 = 8 * MIB;
const MIB: u64 = 1024 * 1024;

/// Most that is kept of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    bytes: u64,
    count: u64,
}

impl Bounds {
    /// Those of the configuration.
    #[must_use]
    pub fn of(images: &Images) -> Self {
        let (bytes, count) = (images.batch_mib_max, images.batch_count_max);
        Self { bytes: u64::from(bytes) * MIB, count: u64::from(count) }
    }
}

/// What a batch's images take, and whether it was told that there is no room.
struct Room {
    bounds: Bounds,
    bytes: u64,
    count: u64,
    told: bool,
}

impl Room {
    /// As much as is in the directory already: a restart goes on from there.
    fn of(directory: &Path, bounds: Bounds) -> std::io::Result<Self> {
        let mut room = Self { bounds, bytes: 0, count: 0, told: false };
        for entry in std::fs::read_dir(directory)? {
            room.bytes += entry?.metadata()?.len();
            room.count += 1;
        }
        Ok(room)
    }

    /// Room for an image in place of one of `old` bytes, if there is one.
    fn has(&self, old: Option<u64>, new: u64) -> bool {
        let count = self.count + u64::from(old.is_none());
        let bytes = (self.bytes + new).saturating_sub(old.unwrap_or(0));
        new <= IMAGE_BYTES_MAX && count <= self.bounds.count && bytes <= self.bounds.bytes
    }

    fn took(&mut self, old: Option<u64>, new: u64) {
        self.bytes = (self.bytes + new).saturating_sub(old.unwrap_or(0));
        self.count += u64::from(old.is_none());
    }
}

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
    bounds: Bounds,
    ledger: LedgerHandle,
    batch: BatchNo,
) -> std::io::Result<(ImageSink, JoinHandle<()>)> {
    std::fs::create_dir_all(&directory)?;
    let room = Room::of(&directory, bounds)?;
    let (sender, receiver) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new()
        .name("images".into())
        .spawn(move || write_all((&directory, room), &ledger, batch, &receiver))?;
    Ok((ImageSink(sender), thread))
}

fn write_all(
    (directory, mut room): (&Path, Room),
    ledger: &LedgerHandle,
    batch: BatchNo,
    images: &Receiver<(ImageRequest, Vec<u8>)>,
) {
    while let Ok((request, png)) = images.recv() {
        match write(directory, &mut room, request, &png) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                warn!(track = request.track.0, %error, "failed to keep an image");
                continue;
            }
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

/// A superseded verdict's image makes room for the later one. False: there is no room.
fn write(
    directory: &Path,
    room: &mut Room,
    request: ImageRequest,
    png: &[u8],
) -> std::io::Result<bool> {
    let path = |accepted| directory.join(image_name(request.track.0, accepted));
    let size = |accepted| std::fs::metadata(path(accepted)).ok().map(|meta| meta.len());
    let (old, new) = (size(true).or_else(|| size(false)), png.len() as u64);
    if !room.has(old, new) {
        if !std::mem::replace(&mut room.told, true) {
            warn!(track = request.track.0, "no room for images: see images in line.toml");
        }
        return Ok(false);
    }
    // The new one first: a picture that is there is not given up for one that cannot be written.
    std::fs::write(path(request.accepted), png)?;
    let _ = std::fs::remove_file(path(!request.accepted));
    room.took(old, new);
    Ok(true)
}

/// Name of a pack's image.
#[must_use]
pub fn image_name(track: u32, accepted: bool) -> String {
    format!("{track}-{}.png", if accepted { "accepted" } else { "rejected" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use line_core::ids::TrackIndex;

    fn kept(directory: &Path) -> Vec<(String, u64)> {
        let entries = std::fs::read_dir(directory).expect("directory");
        let mut kept: Vec<_> = entries
            .map(|entry| {
                let entry = entry.expect("entry");
                let bytes = entry.metadata().expect("size").len();
                (entry.file_name().to_string_lossy().into_owned(), bytes)
            })
            .collect();
        kept.sort();
        kept
    }

    fn ask(track: u32, accepted: bool) -> ImageRequest {
        ImageRequest { seq: u64::from(track), track: TrackIndex(track), accepted }
    }

    #[test]
    fn a_batch_keeps_no_more_than_its_bounds_and_gives_nothing_up() {
        let dir = tempfile::tempdir().expect("directory");
        let bounds = Bounds { bytes: 100, count: 3 };
        let mut room = Room::of(dir.path(), bounds).expect("room");
        let put = |room: &mut Room, track, accepted, bytes: usize| {
            write(dir.path(), room, ask(track, accepted), &vec![7; bytes]).expect("written")
        };
        assert!(put(&mut room, 1, false, 60));
        assert!(!put(&mut room, 2, false, 41), "one byte too many");
        assert!(put(&mut room, 2, false, 40), "exactly full");
        assert!(!put(&mut room, 3, false, 1));
        // A later verdict's picture takes the place of the earlier one, where it fits.
        assert!(!put(&mut room, 1, true, 61));
        assert!(put(&mut room, 1, true, 10));
        assert!(put(&mut room, 3, false, 1));
        assert!(!put(&mut room, 4, false, 1), "three are enough");
        let names = [("1-accepted.png", 10), ("2-rejected.png", 40), ("3-rejected.png", 1)];
        assert_eq!(kept(dir.path()), names.map(|(name, bytes)| (name.to_owned(), bytes)));
        // A restart knows what is there.
        let mut again = Room::of(dir.path(), bounds).expect("room");
        assert_eq!((again.bytes, again.count), (room.bytes, room.count));
        assert!(!put(&mut again, 4, false, 1));
    }

    #[test]
    fn no_image_is_larger_than_a_camera_makes() {
        let bounds = Bounds { bytes: u64::MAX, count: u64::MAX };
        let room = Room { bounds, bytes: 0, count: 0, told: false };
        assert!(room.has(None, IMAGE_BYTES_MAX) && !room.has(None, IMAGE_BYTES_MAX + 1));
    }
}
