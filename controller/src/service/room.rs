//! Room on the disk: an order is neither loaded nor started where its batch would not fit (faults,
//! row 3).
//!
//! Called by whoever loads or starts an order. A full disk in mid-batch loses nothing, but holds
//! the line; this keeps it from beginning. Must never free anything.

use super::line_thread::Keep;
use hmi::Problem;
use std::path::Path;

/// A serial from its allocation to its end, with its index and its share of the events.
const SERIAL_BYTES: u64 = 256;
/// A pack's records, its row, and the holds and purges that come with it. A pack and its two
/// serials were measured at 1.7 KiB, without stations (`the_room_that_is_asked_for_is_enough`).
const PACK_BYTES: u64 = 4 * 1024;
/// Packs that enter for each good one: the rest are rejected.
const PACKS_PER_GOOD_PERCENT: u64 = 130;
/// The write-ahead log beside the file, and anchors.
const LOG_BYTES: u64 = 64 * 1024 * 1024;
/// A picture of the camera.
const IMAGE_BYTES: u64 = 24 * 1024;

/// What an order wants of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Serials still to be allocated.
    pub serials: u64,
    /// Good packs wanted.
    pub packs: u64,
    /// Which pictures are kept.
    pub keep: Keep,
}

impl Wanted {
    /// Bytes that the batch may need at most, log and pictures included.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        let packs = self.packs * PACKS_PER_GOOD_PERCENT / 100;
        let pictures = match self.keep {
            Keep::None => 0,
            Keep::Rejected => packs - self.packs,
            Keep::All => packs,
        };
        self.serials * SERIAL_BYTES + packs * PACK_BYTES + pictures * IMAGE_BYTES + LOG_BYTES
    }
}

/// Refuses an order whose batch does not fit on the disk of `dir`.
///
/// # Errors
/// A [`Problem`] with what is wanted and what there is.
pub fn require(dir: &Path, wanted: Wanted) -> Result<(), Problem> {
    let free = free(dir).map_err(|error| {
        let what = format!("failed to ask for the free space of {}: {error}", dir.display());
        Problem::new(503, "no_disk", what).at("data_dir")
    })?;
    fits(dir, free, wanted.bytes())
}

/// Bytes that this process may still write on the disk of `dir`.
///
/// # Errors
/// The file system does not answer.
pub(super) fn free(dir: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(dir)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn fits(dir: &Path, free: u64, wanted: u64) -> Result<(), Problem> {
    if free >= wanted {
        return Ok(());
    }
    let what = format!(
        "the disk of {} has {} MiB free, and one batch of this order may need {} MiB",
        dir.display(),
        mib(free),
        mib(wanted).max(1),
    );
    let remedy =
        format!("make room for {} MiB more, or use a smaller order", mib(wanted - free) + 1);
    Err(Problem::new(409, "no_room", what).at("data_dir").remedy(remedy))
}

const fn mib(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_fits_or_says_what_is_missing() {
        let wanted = Wanted { serials: 1_000_000, packs: 800_000, keep: Keep::Rejected };
        let dir = Path::new("data");
        assert!(fits(dir, wanted.bytes(), wanted.bytes()).is_ok());
        let refused = fits(dir, wanted.bytes() - 1, wanted.bytes()).expect_err("one byte too few");
        assert_eq!((refused.status, refused.code.as_str()), (409, "no_room"));
        assert!(refused.remedy.contains("room for 1 MiB"), "{refused:?}");
        let more = Wanted { keep: Keep::All, ..wanted };
        assert!(more.bytes() > wanted.bytes());
    }

    #[test]
    fn the_disk_tells_its_free_space() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(free(dir.path()).expect("an answer") > 0);
        assert!(free(&dir.path().join("nothing")).is_err());
    }
}
