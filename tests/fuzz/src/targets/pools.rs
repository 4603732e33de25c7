//! Pools of serial numbers from outside: CSV and JSON.

use crate::pools::{Given, Pool, SHOWN_OF_A_KIND, Wanted, check};
use codes::Gtin;
use ledger::LedgerError;
use line_core::serial_format::{Alphabet, SerialFormat};
use std::collections::HashSet;

/// Kinds of findings; each shows a bounded number.
const KINDS: usize = 8;

/// The file, whole; then every check of it.
pub fn pool(data: &[u8]) {
    let given = Given { provider: Some("MAH".into()), claim: Some("unique".into()) };
    for given in [&given, &Given::default()] {
        match Pool::parse(data, "pool.csv", given) {
            Ok(pool) => checked(&pool),
            Err(error) => {
                assert_eq!((error.shown.len(), error.total), (1, 1));
                let shown = &error.shown[0];
                assert!(shown.place.starts_with("pool.csv"), "{error}");
                assert!(!shown.what.is_empty() && !shown.remedy.is_empty());
            }
        }
    }
}

fn checked(pool: &Pool) {
    let gtin: Gtin = "04150037528643".parse().expect("a product code");
    let format = SerialFormat::new(12, Alphabet::safe30()).expect("a format");
    let wanted = Wanted { gtin, format, serials: 2, alive: 0 };
    let unknown = |_| -> Result<_, LedgerError> { Ok(None) };
    match check(pool, &wanted, unknown).expect("nothing asks the ledger's disk") {
        Ok(serials) => {
            let distinct: HashSet<_> = serials.iter().collect();
            assert_eq!((distinct.len(), serials.len()), (pool.len(), pool.len()));
            assert!(serials.len() >= 2);
            assert!(serials.iter().all(|serial| format.can_write(serial.as_bytes())));
        }
        Err(error) => {
            assert!(!error.shown.is_empty() && error.shown.len() <= KINDS * SHOWN_OF_A_KIND);
            assert!(error.total >= error.shown.len());
            for found in &error.shown {
                assert!(found.place.starts_with("pool.csv"), "{error}");
                assert!(!found.what.is_empty() && !found.remedy.is_empty());
                assert!(found.what.len() < 1_200, "a message without bounds: {}", found.what);
            }
        }
    }
}
