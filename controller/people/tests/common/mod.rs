//! A desk for tests: people with small hash costs, storage in memory, a clock by hand.
//!
//! Everything is real but the cost of a hash. Must never decide.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use people::*;
use std::collections::BTreeMap;

pub const FIRST: &str = "four words a night";
pub const SECOND: &str = "eleven grey herons";

/// Storage, carried out as the binary does it, with the records in their order.
#[derive(Clone, Default)]
pub struct Shelf {
    pub credentials: BTreeMap<(String, u32), StoredCredential>,
    pub sessions: BTreeMap<String, StoredSession>,
    pub users: BTreeMap<String, User>,
    pub records: Vec<AuditRecord>,
    pub alerts: Vec<(String, String)>,
}

impl Shelf {
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::KeepCredential(c) => {
                self.credentials.insert((c.user.as_str().to_owned(), c.number), c);
            }
            Effect::Record(record) => {
                if let AuditRecord::User(changed) = &record {
                    let id = changed.new.id.as_str().to_owned();
                    assert_eq!(self.users.get(&id), changed.old.as_ref(), "the old value is true");
                    let key = (id.clone(), changed.new.credential);
                    let kept = self.credentials.contains_key(&key);
                    assert!(kept, "the password is kept before its record: {changed:?}");
                    self.users.insert(id, changed.new.clone());
                }
                self.records.push(record);
            }
            Effect::ForgetCredentials { user, but } => {
                self.credentials.retain(|(of, n), _| of != user.as_str() || *n == but);
            }
            Effect::KeepSession(s) => {
                self.sessions.insert(s.hash.to_text(), s);
            }
            Effect::ForgetSession(hash) => {
                self.sessions.remove(&hash.to_text());
            }
            Effect::Alert { who, station } => {
                self.alerts.push((who, station.as_str().to_owned()));
            }
        }
    }

    pub fn stored(&self) -> Stored {
        Stored {
            users: self.users.values().cloned().collect(),
            credentials: self.credentials.values().cloned().collect(),
            sessions: self.sessions.values().cloned().collect(),
        }
    }

    /// The newest record of an access: who, what, granted, why.
    pub fn last_access(&self) -> (String, String, bool, Option<&'static str>) {
        let access = self.records.iter().rev().find_map(|record| match record {
            AuditRecord::Access(access) => Some(access.clone()),
            AuditRecord::User(_) => None,
        });
        let access = access.unwrap();
        (access.who, access.what, access.granted, access.why)
    }
}

pub struct Desk {
    pub people: People,
    pub shelf: Shelf,
    pub hasher: Hasher,
    pub now: Now,
    pub drawn: u64,
}

pub fn hasher(memory_kib: u32) -> Hasher {
    Hasher::new(HashCost { memory_kib, passes: 1, lanes: 1 }, Salt([3; 16])).unwrap()
}

pub fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

pub fn station(name: &str) -> Station {
    name.parse().unwrap()
}

pub fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

pub fn roles(names: &str) -> RoleSet {
    names.split(' ').map(|name| name.parse::<Role>().unwrap()).collect()
}

impl Desk {
    /// Ada administers, Olga and Otto operate, Sven supervises, Quinn is quality; all have set
    /// [`FIRST`] themselves.
    pub fn new(policy: Policy) -> Self {
        let now = Now { mono_ms: 1_000_000, unix_ms: 1_795_000_000_000 };
        let mut desk = Self {
            people: People::new(policy, Stored::default(), now),
            shelf: Shelf::default(),
            hasher: hasher(8),
            now,
            drawn: 0,
        };
        for (user, name, role) in [
            ("ada", "Ada Archer", "administrator"),
            ("anna", "Anna Archer", "administrator engineer"),
            ("olga", "Olga Oker", "operator"),
            ("otto", "Otto Oker", "operator"),
            ("sven", "Sven Sund", "supervisor operator"),
            ("quinn", "Quinn Quist", "quality"),
        ] {
            desk.add(user, name, role).unwrap();
            desk.settle(user);
        }
        desk.shelf.records.clear();
        desk
    }

    pub fn fresh(&mut self) -> Fresh {
        self.drawn += 1;
        let mut bytes = [0x5a; 32];
        bytes[..8].copy_from_slice(&self.drawn.to_be_bytes());
        Fresh::new(bytes)
    }

    pub fn carry_out(&mut self) {
        while let Some(effect) = self.people.poll() {
            self.shelf.carry_out(effect);
        }
    }

    fn told<T>(&mut self, answer: T) -> T {
        self.carry_out();
        answer
    }

    pub fn wait(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.unix_ms += ms as i64;
        self.people.tick(self.now);
        self.carry_out();
    }

    pub fn phc(&self, text: &str) -> Phc {
        self.hasher.hash(&password(text), Salt([7; 16])).unwrap()
    }

    pub fn console(&mut self, user: &str, change: UserChange) -> Result<(), Denied> {
        let actor = Actor::Console { account: "root" };
        let done = self.people.administer(self.now, actor, &id(user), change, "a test");
        self.told(done)
    }

    pub fn add(&mut self, user: &str, name: &str, role: &str) -> Result<(), Denied> {
        let (roles, phc) = (roles(role), self.phc("one-time secret"));
        let name = name.parse().unwrap();
        self.console(user, UserChange::Add(NewUser { name, roles, language: Language::En, phc }))
    }

    /// The first login: the one-time password is changed, then logged out.
    pub fn settle(&mut self, user: &str) {
        let token = self.login(user, "one-time secret", "desk").unwrap();
        self.set_password(&token, "desk", "one-time secret", FIRST).unwrap();
        self.logout(&token, "desk").unwrap();
    }

    pub fn login(&mut self, user: &str, text: &str, at: &str) -> Result<Token, Denied> {
        self.login_replacing(user, text, at, None)
    }

    pub fn login_replacing(
        &mut self,
        user: &str,
        text: &str,
        at: &str,
        replaces: Option<&Token>,
    ) -> Result<Token, Denied> {
        let begun = self.people.begin_login(self.now, &station(at), user);
        let attempt = self.told(begun)?;
        let proved = attempt.prove(&self.hasher, &password(text), Factor::NotAsked, Salt([8; 16]));
        let fresh = self.fresh();
        let done = self.people.finish_login(self.now, proved, &fresh, replaces);
        self.told(done).map(|done| done.token)
    }

    pub fn with<T>(
        &mut self,
        token: &Token,
        at: &str,
        work: impl FnOnce(&mut People, Now, Caller<'_>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let (csrf, station) = (token.csrf(), station(at));
        let caller = Caller { token: Some(token), csrf: Some(&csrf), station: &station };
        let done = work(&mut self.people, self.now, caller);
        self.told(done)
    }

    pub fn may(&mut self, token: &Token, at: &str, action: Action) -> Result<Grant, Denied> {
        self.with(token, at, |people, now, caller| people.authorize(now, caller, action))
    }

    pub fn logout(&mut self, token: &Token, at: &str) -> Result<(), Denied> {
        self.with(token, at, People::logout)
    }

    pub fn unlock(&mut self, token: &Token, at: &str, text: &str) -> Result<(), Denied> {
        let attempt = self.with(token, at, People::begin_unlock)?;
        let proved = attempt.prove(&self.hasher, &password(text), Factor::NotAsked, Salt([8; 16]));
        let done = self.people.finish_unlock(self.now, proved);
        self.told(done)
    }

    pub fn set_password(
        &mut self,
        token: &Token,
        at: &str,
        old: &str,
        new: &str,
    ) -> Result<(), Denied> {
        let attempt = self.with(token, at, People::begin_own_password)?;
        let (old, new) = (password(old), password(new));
        let proved = attempt.prove_and_hash(&self.hasher, &old, &new, Salt([9; 16]));
        let done = self.people.finish_own_password(self.now, proved);
        self.told(done)
    }

    pub fn ask(
        &mut self,
        token: &Token,
        at: &str,
        request: SignRequest<'_>,
    ) -> Result<SigningChallenge, Denied> {
        let fresh = self.fresh();
        self.with(token, at, |people, now, caller| {
            people.begin_signature(now, caller, request, &fresh)
        })
    }

    /// Gives a signature that was asked for: the id typed, the password, the record as it is now.
    pub fn give(
        &mut self,
        token: &Token,
        at: &str,
        nonce: &Nonce,
        (user, text): (Option<&str>, &str),
        record: RecordDigest,
    ) -> Result<Signature, Denied> {
        self.give_with(token, at, nonce, (user, text), record, Factor::NotAsked)
    }

    pub fn give_with(
        &mut self,
        token: &Token,
        at: &str,
        nonce: &Nonce,
        (user, text): (Option<&str>, &str),
        record: RecordDigest,
        factor: Factor,
    ) -> Result<Signature, Denied> {
        let attempt = self.with(token, at, |people, now, caller| {
            people.confirm_signature(now, caller, nonce, user)
        })?;
        let proved = attempt.prove(&self.hasher, &password(text), factor, Salt([8; 16]));
        let done = self.people.finish_signature(self.now, proved, record);
        self.told(done)
    }

    /// The service dies and comes up again.
    pub fn restart(&mut self) {
        self.now.mono_ms = 5_000;
        self.people = People::new(*self.people.policy(), self.shelf.stored(), self.now);
        self.carry_out();
    }
}

/// A request to sign the close of a batch.
pub fn close<'a>(record: RecordDigest) -> SignRequest<'a> {
    SignRequest {
        action: Action::BatchClose,
        object: "B-1",
        record,
        reason: "books reconciled",
        signer: Signer::Session,
        done_by: &[],
    }
}

pub fn record(text: &str) -> RecordDigest {
    RecordDigest::of(&[b"batch_close", text.as_bytes()])
}
