//! Row 6 of the faults: single bits of a closed batch's ledger file flip.
//!
//! A flip that changes what the ledger says must be found by the check that the service makes at
//! start and before a batch is closed; one in a free page or in slack changes nothing. The two are
//! told apart by a full dump of the content. Must never judge by the check alone.

use crate::reference::{LEDGER, Place, Reference};
use crash_vfs::{Cut, Disk, Image, Medium, Random, Replay};
use rusqlite::{Connection, types::Value};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What came of the flips.
#[derive(Clone, Debug, Default)]
pub struct Flips {
    pub all: usize,
    pub changed: usize,
    pub found: usize,
    /// Changed, and the check said nothing.
    pub accepted: Vec<usize>,
    /// Found although the content is the same: free pages and slack that SQLite's own check reads.
    pub harmless_found: usize,
    /// Changed flips that SQLite's integrity check alone would not have found.
    pub beyond_integrity_check: usize,
}

impl fmt::Display for Flips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, changed, found, accepted, harmless_found, beyond_integrity_check } = self;
        write!(
            f,
            "{all} bit flips: {changed} changed the content, {found} of them found, {} accepted \
             {accepted:?} ({beyond_integrity_check} of the changed ones pass PRAGMA \
             integrity_check); {harmless_found} harmless ones reported",
            accepted.len()
        )
    }
}

/// The file of the first order, closed, all of it in the database file.
pub fn closed(reference: &Reference) -> Image {
    let close =
        reference.script.steps.iter().position(|s| matches!(s, crate::reference::Step::Close));
    // The step after the close empties the write-ahead log.
    let mark = reference.marks[close.expect("a close") + 1];
    let mut replay = Replay::new(&reference.trace, Medium::Honest);
    while replay.at() < mark {
        replay.step();
    }
    let image = replay.image(Cut::Dropped, &mut Random::new(0));
    image.into_iter().filter(|(name, _)| &**name == LEDGER).collect()
}

/// Flips `count` bits, each alone.
pub fn flip(reference: &Reference, count: usize, seed: u64) -> Flips {
    let image = closed(reference);
    let place = reference.home.beside().expect("a directory");
    // The check asks the operating system whether there is a ledger at all.
    std::fs::File::create(&place.ledger).expect("a name");
    let (whole, sound) = look(&place, &image);
    assert!(whole.is_ok() && sound.is_none(), "the file is not sound before any flip: {sound:?}");
    let mut random = Random::new(seed);
    let mut flips = Flips::default();
    for _ in 0..count {
        let mut rotten = image.clone();
        let bytes = rotten.get_mut(LEDGER).expect("the ledger");
        let bit = random.below(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (content, found) = look(&place, &rotten);
        let changed = content != whole;
        flips.all += 1;
        flips.changed += usize::from(changed);
        match (changed, found.is_some()) {
            (true, true) => {
                flips.found += 1;
                flips.beyond_integrity_check +=
                    usize::from(passes_integrity_check(&place, &rotten));
            }
            (true, false) => flips.accepted.push(bit),
            (false, true) => flips.harmless_found += 1,
            (false, false) => {}
        }
    }
    flips
}

/// A digest of everything that the file says, and what the service's check says of it.
fn look(place: &Place, image: &Image) -> (Result<u64, String>, Option<String>) {
    let _mount = place.mount(Disk::holding(image));
    let found = match packline::service::books::require_intact(&place.ledger) {
        Ok(()) => None,
        Err(error) => Some(error.to_string()),
    };
    (dump(place).map_err(|error| error.to_string()), found)
}

fn dump(place: &Place) -> rusqlite::Result<u64> {
    let conn = Connection::open(&place.ledger)?;
    let mut hasher = DefaultHasher::new();
    let schema = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema";
    hash_rows(&conn, schema, &mut hasher)?;
    let tables: Vec<String> = {
        let mut select =
            conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        let names = select.query_map([], |row| row.get(0))?;
        names.collect::<rusqlite::Result<_>>()?
    };
    for table in tables {
        hash_rows(&conn, &format!("SELECT * FROM \"{table}\" NOT INDEXED"), &mut hasher)?;
    }
    for pragma in ["encoding", "page_size"] {
        hash_rows(&conn, &format!("PRAGMA {pragma}"), &mut hasher)?;
    }
    Ok(hasher.finish())
}

fn hash_rows(conn: &Connection, sql: &str, hasher: &mut DefaultHasher) -> rusqlite::Result<()> {
    let mut select = conn.prepare(sql)?;
    let columns = select.column_count();
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let value: Value = row.get(column)?;
            format!("{value:?}").hash(hasher);
        }
    }
    Ok(())
}

fn passes_integrity_check(place: &Place, image: &Image) -> bool {
    let _mount = place.mount(Disk::holding(image));
    let check = || -> rusqlite::Result<String> {
        Connection::open(&place.ledger)?
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
    };
    check().is_ok_and(|answer| answer == "ok")
}
