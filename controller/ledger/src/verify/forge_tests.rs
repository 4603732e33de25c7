//! What a forger can do who knows the record format: everything computed anew, projections
//! included, with whatever keys he has. Used by `tamper_tests`.

use super::rebuild::{Rebuild, Step};
use crate::anchor::{Anchor, public_key};
use crate::chain::{EventColumns, GENESIS_PREV, Hash};
use crate::ids::SITE_CHAIN;
use crate::keys::{SigningKeySeed, hex, unhex};
use crate::ledger_body::LedgerBody;
use crate::rotation::RotationPlace;
use crate::stored_body::StoredBody;
use crate::tx::Head;
use ed25519_dalek::SigningKey;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashMap};

/// An event without what follows from its place: sequence, link, hash.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) was_seq: i64,
    pub(super) chain: String,
    pub(super) at: String,
    pub(super) mono_ns: Option<i64>,
    pub(super) clock_synchronised: i64,
    pub(super) io_epoch: Option<i64>,
    pub(super) io_seq: Option<i64>,
    pub(super) encoder: Option<i64>,
    pub(super) body: String,
}

/// All events of a ledger.
pub(super) fn events(conn: &Connection) -> Vec<Event> {
    let mut select = conn.prepare("SELECT * FROM event ORDER BY seq").expect("events");
    let rows = select.query_map([], |row| {
        Ok(Event {
            was_seq: row.get(0)?,
            chain: row.get(1)?,
            at: row.get(3)?,
            mono_ns: row.get(4)?,
            clock_synchronised: row.get(5)?,
            io_epoch: row.get(6)?,
            io_seq: row.get(7)?,
            encoder: row.get(8)?,
            body: row.get(9)?,
        })
    });
    rows.expect("events").map(|row| row.expect("an event")).collect()
}

/// Serial texts and configurations of a ledger.
pub(super) struct Texts {
    serials: HashMap<i64, Vec<String>>,
    configs: HashMap<String, Vec<u8>>,
}

impl Texts {
    pub(super) fn of(conn: &Connection) -> Self {
        let mut serials = HashMap::<i64, Vec<String>>::new();
        let sql = "SELECT batch_no, serial FROM pool_serial ORDER BY batch_no, serial_idx";
        let mut select = conn.prepare(sql).expect("serials");
        let mut rows = select.query([]).expect("serials");
        while let Some(row) = rows.next().expect("a serial") {
            let no = row.get(0).expect("a number");
            serials.entry(no).or_default().push(row.get(1).expect("a text"));
        }
        let mut select = conn.prepare("SELECT hash, bytes FROM config").expect("configs");
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("configs");
        Self { serials, configs: rows.map(|row| row.expect("a config")).collect() }
    }
}

/// The keys that a forger has.
#[derive(Clone)]
pub(super) enum Keys {
    /// None: signatures stay as they are.
    None,
    /// One of his own, which signs in the place of every key; the public keys stay.
    Foreign(SigningKey),
    /// The ledger's own, stolen, by public key in hex.
    Stolen(HashMap<String, SigningKey>),
}

impl Keys {
    pub(super) fn stolen(secrets: &[String]) -> Self {
        let seed = |hex: &String| -> [u8; 32] {
            unhex(hex).and_then(|bytes| bytes.try_into().ok()).expect("a seed")
        };
        let seeds = secrets.iter().map(|hex| SigningKeySeed::from_bytes(seed(hex)));
        Self::Stolen(seeds.map(|s| (s.public_key_hex(), s.signing_key())).collect())
    }

    /// Secret keys under the public keys in whose names they sign, both 32 bytes in hex.
    pub(super) fn named(pairs: [(&str, &str); 2]) -> Self {
        let key = |secret: &str| {
            let seed = unhex(secret).and_then(|bytes| bytes.try_into().ok()).expect("a seed");
            SigningKeySeed::from_bytes(seed).signing_key()
        };
        Self::Stolen(pairs.map(|(public, secret)| (public.to_owned(), key(secret))).into())
    }

    fn of(&self, public: &str) -> Option<&SigningKey> {
        match self {
            Self::None => None,
            Self::Foreign(key) => Some(key),
            Self::Stolen(keys) => keys.get(public),
        }
    }
}

/// Everything computed anew: a ledger in memory, or `Err` when the tables do not allow the story.
pub(super) struct Forge<'a> {
    texts: &'a Texts,
    keys: &'a Keys,
    rebuild: Rebuild,
    heads: BTreeMap<String, (i64, Head)>,
    genesis: HashMap<String, (i64, Hash)>,
    /// New sequences by old ones, for events that name a signature.
    moved: HashMap<i64, i64>,
    public_key: String,
}

impl<'a> Forge<'a> {
    pub(super) fn run(
        events: &[Event],
        texts: &'a Texts,
        keys: &'a Keys,
    ) -> Result<Connection, String> {
        let mut forge = Self {
            texts,
            keys,
            rebuild: Rebuild::new().expect("a temporary ledger"),
            heads: BTreeMap::new(),
            genesis: HashMap::from([(SITE_CHAIN.to_owned(), (0, GENESIS_PREV))]),
            moved: HashMap::new(),
            public_key: String::new(),
        };
        for (event, seq) in events.iter().zip(1..) {
            forge.event(event, seq)?;
        }
        for (name, (_, head)) in &forge.heads {
            forge.rebuild.head(name, head).map_err(|bad| bad.what)?;
        }
        Ok(forge.rebuild.conn)
    }

    fn event(&mut self, event: &Event, seq: i64) -> Result<(), String> {
        self.moved.insert(event.was_seq, seq);
        let (batch_no, head) = match self.heads.get(&event.chain) {
            Some(known) => *known,
            None => {
                let genesis = self.genesis.get(&event.chain).ok_or("no genesis")?;
                (genesis.0, Head { chain_seq: 0, seq: 0, hash: genesis.1 })
            }
        };
        let body = self.body(event, seq, &head)?;
        let columns = EventColumns {
            seq,
            chain: &event.chain,
            chain_seq: head.chain_seq + 1,
            at: &event.at,
            mono_ns: event.mono_ns,
            clock_synchronised: event.clock_synchronised,
            io_epoch: event.io_epoch,
            io_seq: event.io_seq,
            encoder: event.encoder,
            body: &body,
            prev: &head.hash,
        };
        let hash = columns.hash();
        insert(&self.rebuild.conn, &columns, &hash);
        let head = Head { chain_seq: columns.chain_seq, seq, hash };
        self.heads.insert(event.chain.clone(), (batch_no, head));
        self.apply(event, batch_no, &head, &body)
    }

    /// The body with the references that follow from its new place.
    fn body(&mut self, event: &Event, seq: i64, head: &Head) -> Result<String, String> {
        let mut body = StoredBody::parse(&event.body)?;
        match &mut body {
            StoredBody::Ledger(LedgerBody::LedgerCreated { public_key, .. }) => {
                self.public_key.clone_from(public_key);
                return Ok(event.body.clone());
            }
            StoredBody::Ledger(LedgerBody::BatchHead { batch, chain_seq, hash }) => {
                let (_, end) = self.heads.get(batch.as_str()).ok_or("no such chain")?;
                (*chain_seq, *hash) = (end.chain_seq, hex(&end.hash));
            }
            StoredBody::Ledger(LedgerBody::Checkpoint { anchor }) => self.sign(anchor, seq),
            StoredBody::Ledger(LedgerBody::KeyRotated(rotation)) => {
                let line_id = "L-1".parse().expect("an id");
                let (at, prev) = (&*event.at, &head.hash[..]);
                let kind = crate::ids::LedgerKind::Simulation;
                let place = RotationPlace { line_id: &line_id, kind, epoch: 1, at, prev };
                let (old, new) = (&rotation.old_public_key, &rotation.new_public_key);
                if let (Some(old), Some(new)) = (self.keys.of(old), self.keys.of(new)) {
                    rotation.sign(&place, old, new);
                }
                self.public_key.clone_from(&rotation.new_public_key);
            }
            other => {
                let named = signature_seqs(other);
                if named.is_empty() {
                    return Ok(event.body.clone());
                }
                for seq in named {
                    *seq = *self.moved.get(seq).ok_or("no signature")?;
                }
            }
        }
        match body {
            StoredBody::Ledger(own) => serde_json::to_string(&own),
            StoredBody::Service(service) => serde_json::to_string(&service),
            StoredBody::Record(_) => return Ok(event.body.clone()),
        }
        .map_err(|error| error.to_string())
    }

    fn sign(&self, anchor: &mut Anchor, seq: i64) {
        anchor.through_seq = seq - 1;
        for head in &mut anchor.heads {
            if let Some((_, end)) = self.heads.get(&head.chain) {
                (head.chain_seq, head.hash) = (end.chain_seq, hex(&end.hash));
            }
        }
        let still = public_key(&self.public_key).is_some_and(|key| anchor.is_signed_by(&key));
        match self.keys.of(&self.public_key) {
            Some(key) if !still => anchor.sign(key),
            _ => {}
        }
    }

    fn apply(
        &mut self,
        event: &Event,
        batch_no: i64,
        head: &Head,
        body: &str,
    ) -> Result<(), String> {
        let body = StoredBody::parse(body)?;
        let (mut serials, mut config) = (Vec::new(), Vec::new());
        match &body {
            StoredBody::Ledger(LedgerBody::BatchGenesis { batch, batch_no }) => {
                self.genesis.insert(batch.as_str().to_owned(), (batch_no.0, head.hash));
            }
            StoredBody::Ledger(LedgerBody::SerialsAllocated { first, count, .. }) => {
                let (first, count) = (*first as usize, *count as usize);
                serials = self.texts.serials[&batch_no][first..first + count].to_vec();
            }
            StoredBody::Ledger(LedgerBody::BatchOpened { spec, .. }) => {
                config = self.texts.configs[&spec.config_hash].clone();
            }
            StoredBody::Ledger(LedgerBody::RecipeDrafted(drafted)) => {
                config = self.texts.configs[&drafted.sha256].clone();
            }
            StoredBody::Ledger(LedgerBody::ConfigurationDrafted(drafted)) => {
                config = self.texts.configs[&drafted.sha256].clone();
            }
            _ => {}
        }
        self.rebuild.apply(&Step {
            seq: head.seq,
            chain: event.chain.as_str().into(),
            chain_seq: head.chain_seq,
            batch_no,
            io_epoch: event.io_epoch.unwrap_or(0),
            body,
            serials,
            config,
            residue: None,
        })
    }
}

/// Where a body names the events of its signatures.
fn signature_seqs(body: &mut StoredBody) -> Vec<&mut i64> {
    use crate::service::ServiceBody as S;
    use LedgerBody as L;
    match body {
        StoredBody::Service(S::SerialTaken { signature_seq, second_signature_seq, .. }) => {
            std::iter::once(signature_seq).chain(second_signature_seq).collect()
        }
        StoredBody::Service(S::Declared { by, .. }) => vec![&mut by.signature_seq],
        StoredBody::Service(S::StartSigned(body)) => vec![&mut body.by.signature_seq],
        StoredBody::Service(S::RejectReviewed(body)) => vec![&mut body.by.signature_seq],
        StoredBody::Service(S::ResolveAsked(body)) => vec![&mut body.by.signature_seq],
        StoredBody::Ledger(L::RecipeDrafted(body)) => vec![&mut body.by.signature_seq],
        StoredBody::Ledger(L::RecipeRetired(body)) => vec![&mut body.by.signature_seq],
        StoredBody::Service(S::Deviation { by, .. })
        | StoredBody::Service(S::LineCleared(crate::LineCleared { by, .. }))
        | StoredBody::Ledger(L::RecipeApproved(crate::RecipeApproved { by, .. }))
        | StoredBody::Ledger(L::ConfigurationReleased(crate::ConfigurationReleased {
            by, ..
        }))
        | StoredBody::Ledger(L::BatchClosed { signed: Some(by), .. }) => {
            vec![&mut by.signature_seq, &mut by.second_signature_seq]
        }
        _ => Vec::new(),
    }
}

fn insert(conn: &Connection, event: &EventColumns<'_>, hash: &Hash) {
    let sql = "INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    conn.prepare_cached(sql)
        .and_then(|mut insert| {
            insert.execute(params![
                event.seq,
                event.chain,
                event.chain_seq,
                event.at,
                event.mono_ns,
                event.clock_synchronised,
                event.io_epoch,
                event.io_seq,
                event.encoder,
                event.body,
                event.prev,
                hash
            ])
        })
        .expect("an event");
}
