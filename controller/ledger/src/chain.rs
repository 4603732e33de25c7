//! The canonical form of an event and its hash (docs/record-format.md).
//!
//! Used by the writer and by the verifier. Must never leave a column out: a change of any column
//! but `hash` changes the hash.

use sha2::{Digest, Sha256};

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// First field of the canonical form: version of the form.
pub(crate) const EVENT_FORM: &str = "packline event 1";
/// `prev` of the first event of the site chain.
pub(crate) const GENESIS_PREV: Hash = [0; 32];

/// The columns of an event but for `hash`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventColumns<'a> {
    pub seq: i64,
    pub chain: &'a str,
    pub chain_seq: i64,
    pub at: &'a str,
    pub mono_ns: Option<i64>,
    pub clock_synchronised: i64,
    pub io_epoch: Option<i64>,
    pub io_seq: Option<i64>,
    pub encoder: Option<i64>,
    pub body: &'a str,
    pub prev: &'a [u8],
}

impl EventColumns<'_> {
    /// SHA-256 over the canonical form.
    pub(crate) fn hash(&self) -> Hash {
        let mut form = Form::new();
        form.text(EVENT_FORM);
        form.integer(Some(self.seq));
        form.text(self.chain);
        form.integer(Some(self.chain_seq));
        form.text(self.at);
        form.integer(self.mono_ns);
        form.integer(Some(self.clock_synchronised));
        form.integer(self.io_epoch);
        form.integer(self.io_seq);
        form.integer(self.encoder);
        form.text(self.body);
        form.bytes(self.prev);
        form.finish()
    }
}

/// Fields, each as its length (4 bytes, big-endian) and its bytes; integers as decimal text, NULL
/// as length 0.
pub(crate) struct Form {
    sha: Sha256,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self { sha: Sha256::new() }
    }

    pub(crate) fn bytes(&mut self, field: &[u8]) {
        debug_assert!(u32::try_from(field.len()).is_ok(), "fields are bounded");
        self.sha.update((field.len() as u32).to_be_bytes());
        self.sha.update(field);
    }

    pub(crate) fn text(&mut self, field: &str) {
        self.bytes(field.as_bytes());
    }

    pub(crate) fn integer(&mut self, field: Option<i64>) {
        let mut digits = [0; 20];
        self.bytes(field.map_or(&[][..], |value| decimal(value, &mut digits)));
    }

    pub(crate) fn finish(self) -> Hash {
        self.sha.finalize().into()
    }
}

/// Decimal text without allocation.
fn decimal(value: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut rest = value.unsigned_abs();
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    &digits[at..]
}

/// SHA-256 of plain bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Digest of serials in index order: each serial's text followed by a line feed.
pub(crate) struct SerialDigest(Sha256);

impl SerialDigest {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(crate) fn add(&mut self, serial: &str) {
        self.0.update(serial.as_bytes());
        self.0.update(b"\n");
    }

    pub(crate) fn hex(self) -> String {
        crate::keys::hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector() -> EventColumns<'static> {
        EventColumns {
            seq: 7,
            chain: "B-1",
            chain_seq: 2,
            at: "2026-11-22T12:21:53.007+00:00",
            mono_ns: Some(1_500_000),
            clock_synchronised: 1,
            io_epoch: Some(3),
            io_seq: Some(41),
            encoder: Some(123_456),
            body: r#"{"kind":"pack_infeed","track":1,"count":123400}"#,
            prev: &[0x11; 32],
        }
    }

    /// The vector of docs/record-format.md.
    #[test]
    fn test_vector_of_the_record_format() {
        let expected = "60cd4cf95ceaa4fe2bbe3eff7e1d7910961bf717a9717bfdc792696087a450fa";
        assert_eq!(crate::keys::hex(&vector().hash()), expected);
        let nulls =
            EventColumns { mono_ns: None, io_epoch: None, io_seq: None, encoder: None, ..vector() };
        let expected_nulls = "d3c89335faf70602c7684f316d7b6946b3405eb70a1e4d5a6cab915e05cfbeb5";
        assert_eq!(crate::keys::hex(&nulls.hash()), expected_nulls);
        let page = include_str!("../../../docs/record-format.md");
        assert!(page.contains(expected) && page.contains(expected_nulls));
    }

    #[test]
    fn test_vector_of_the_digest() {
        let mut digest = SerialDigest::new();
        ["B100000000", "B100000001"].iter().for_each(|serial| digest.add(serial));
        let page = include_str!("../../../docs/record-format.md");
        assert!(page.contains(&digest.hex()) && page.contains(&SerialDigest::new().hex()));
    }

    #[test]
    fn every_column_is_in_the_hash() {
        let v = vector();
        let changed = [
            EventColumns { seq: 8, ..v.clone() },
            EventColumns { chain: "B-2", ..v.clone() },
            EventColumns { chain_seq: 3, ..v.clone() },
            EventColumns { at: "2026-11-22T12:21:53.008+00:00", ..v.clone() },
            EventColumns { mono_ns: Some(0), ..v.clone() },
            EventColumns { mono_ns: None, ..v.clone() },
            EventColumns { clock_synchronised: 0, ..v.clone() },
            EventColumns { io_epoch: Some(4), ..v.clone() },
            EventColumns { io_seq: Some(42), ..v.clone() },
            EventColumns { encoder: Some(-123_456), ..v.clone() },
            EventColumns { body: "{}", ..v.clone() },
            EventColumns { prev: &[0x12; 32], ..v.clone() },
        ];
        for other in changed {
            assert_ne!(other.hash(), v.hash(), "{other:?}");
        }
    }

    #[test]
    fn decimal_is_the_usual_text() {
        for value in [0, 1, -1, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            let mut digits = [0; 20];
            assert_eq!(decimal(value, &mut digits), value.to_string().as_bytes());
        }
    }
}
