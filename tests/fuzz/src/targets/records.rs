//! What a ledger that somebody may have edited holds: event bodies and anchors.

use super::text;
use ledger::{Anchor, StoredBody};

/// A body of any kind: what is read is written as it is canonically, and read back.
pub fn stored_body(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match StoredBody::parse(text) {
        Ok(body) => {
            let written = match &body {
                StoredBody::Record(record) => serde_json::to_string(record),
                StoredBody::Service(service) => serde_json::to_string(service),
                StoredBody::Ledger(ledger) => serde_json::to_string(ledger),
            };
            let written = written.expect("what was read can be written");
            assert_eq!(StoredBody::parse(&written).as_ref(), Ok(&body), "{written}");
        }
        Err(error) => assert!(!error.is_empty()),
    }
}

/// A line of the anchor file.
pub fn anchor(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(anchor) = Anchor::from_line(text) {
        let written = anchor.to_line();
        assert!(written.ends_with('\n'));
        assert_eq!(Anchor::from_line(&written).expect("ours"), anchor);
    }
}
