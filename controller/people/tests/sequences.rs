//! Random sequences of commands against a naive model: sessions, delays and signatures answer what
//! the model says, command by command, restarts among them.
//!
//! `PEOPLE_SEED` brings a run back, `PEOPLE_COMMANDS` makes it longer.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "sequences/model.rs"]
mod model;

use common::*;
use model::{Model, POLICY};
use people::*;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

const STATIONS: [&str; 3] = ["panel", "desk", "office"];
const USERS: [&str; 6] = ["ada", "olga", "otto", "sven", "quinn", "nemo"];
const PASSWORDS: [&str; 3] = [FIRST, SECOND, "one-time secret"];
const ACTIONS: [Action; 6] = [
    Action::ViewLine,
    Action::UnitHold,
    Action::Sample,
    Action::RejectReview,
    Action::BatchClose,
    Action::UsersAdminister,
];

struct Play {
    rng: ChaCha12Rng,
    desk: Desk,
    model: Model,
    tokens: Vec<Token>,
    nonces: Vec<Nonce>,
    given: Vec<Signature>,
    told: BTreeMap<String, u32>,
}

fn code<T>(answer: Result<T, Denied>) -> &'static str {
    answer.map_or_else(|denied| denied.code(), |_| "ok")
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut desk = Desk::new(POLICY);
        desk.wait(1_000_000);
        Self {
            rng: ChaCha12Rng::seed_from_u64(seed),
            desk,
            model: Model::new(),
            tokens: Vec::new(),
            nonces: Vec::new(),
            given: Vec::new(),
            told: BTreeMap::new(),
        }
    }

    fn below(&mut self, n: usize) -> usize {
        (self.rng.next_u64() % n.max(1) as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// True once in `n` times.
    fn seldom(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A session, mostly an open one, and its own station, mostly.
    fn session(&mut self) -> (usize, &'static str) {
        let open = self.model.open();
        let dead = open.is_empty() || self.seldom(12);
        let at = if dead { self.below(self.tokens.len()) } else { self.one(&open) };
        let station = if self.seldom(30) { self.one(&STATIONS) } else { self.model.station(at) };
        (at, station)
    }

    /// The password of the user, mostly.
    fn password(&mut self, user: &str) -> &'static str {
        let right = self.model.password(user);
        if self.seldom(5) { self.one(&PASSWORDS) } else { right }
    }

    fn login(&mut self) -> (&'static str, &'static str) {
        let (user, at) = (self.one(&USERS), self.one(&STATIONS));
        let text = self.password(user);
        let done = self.desk.login(user, text, at);
        let wanted = self.model.login(user, text, at);
        let told = match done {
            Ok(token) => {
                self.tokens.push(token);
                "ok"
            }
            Err(denied) => denied.code(),
        };
        (told, wanted)
    }

    fn authorize(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        let (action, csrf) = (self.one(&ACTIONS), !self.seldom(10));
        let (token, station) = (&self.tokens[n], station(at));
        let text = token.csrf();
        let csrf_text = if csrf { Some(text.as_str()) } else { None };
        let caller = Caller { token: Some(token), csrf: csrf_text, station: &station };
        let told = code(self.desk.people.authorize(self.desk.now, caller, action));
        let stop = self.desk.people.authorize(self.desk.now, caller, Action::UnitStop);
        let stop = stop.expect("Stop is never refused").who;
        self.desk.carry_out();
        let wanted = self.model.authorize(n, at, action, csrf);
        assert_eq!(stop, self.model.stop(n, at), "who stops");
        (told, wanted)
    }

    fn leave(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        if self.seldom(2) {
            let told = code(self.desk.with(&self.tokens[n], at, People::lock));
            return (told, self.model.lock(n, at));
        }
        let told = code(self.desk.logout(&self.tokens[n], at));
        (told, self.model.logout(n, at))
    }

    fn unlock(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        let user = self.model.user_of(n);
        let text = self.password(user);
        let told = code(self.desk.unlock(&self.tokens[n], at, text));
        (told, self.model.unlock(n, at, text))
    }

    fn view(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        let told = self.desk.with(&self.tokens[n], at, People::view);
        let told = match told {
            Ok(view) if view.locked => "ok locked",
            Ok(view) if view.must_change => "ok must_change",
            other => code(other),
        };
        (told, self.model.view(n, at))
    }

    fn own_password(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        let user = self.model.user_of(n);
        let (old, new) = (self.password(user), self.one(&PASSWORDS));
        let told = code(self.desk.set_password(&self.tokens[n], at, old, new));
        (told, self.model.own_password(n, at, old, new))
    }

    fn console(&mut self) -> (&'static str, &'static str) {
        let user = self.one(&USERS[1..5]);
        match self.below(6) {
            0 => (code(self.desk.console(user, UserChange::Block)), self.model.block(user, true)),
            1..4 => {
                let told = code(self.desk.console(user, UserChange::Unblock));
                (told, self.model.block(user, false))
            }
            4 => {
                let text = self.one(&PASSWORDS);
                let change = UserChange::GivePassword(self.desk.phc(text));
                (code(self.desk.console(user, change)), self.model.give_password(user, text))
            }
            _ => {
                let names = self.one(&["operator", "supervisor", "quality", "operator supervisor"]);
                let change = UserChange::Roles(roles(names));
                (code(self.desk.console(user, change)), self.model.roles(user, names))
            }
        }
    }

    fn ask(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        let action = self.one(&ACTIONS[1..5]);
        let own = self.seldom(4);
        let done_by = if own { vec![id(self.model.user_of(n))] } else { vec![] };
        let request = SignRequest { action, done_by: &done_by, ..close(record("as shown")) };
        let asked = self.desk.ask(&self.tokens[n], at, request);
        let wanted = self.model.ask(n, at, action, own);
        self.asked(asked, wanted)
    }

    fn ask_second(&mut self) -> (&'static str, &'static str) {
        let (n, at) = self.session();
        let first = self.below(self.given.len());
        let Some(first) = self.given.get(first).cloned() else { return ("none", "none") };
        let signer = Signer::SecondAfter(&first);
        let request = SignRequest { action: first.action(), signer, ..close(record("as shown")) };
        let asked = self.desk.ask(&self.tokens[n], at, request);
        let (who, second) = (first.who().as_str(), first.is_second());
        let wanted = self.model.ask_second(n, at, first.action(), who, second);
        self.asked(asked, wanted)
    }

    fn asked(
        &mut self,
        asked: Result<SigningChallenge, Denied>,
        wanted: &'static str,
    ) -> (&'static str, &'static str) {
        match asked {
            Ok(asked) => {
                self.nonces.push(asked.nonce);
                let both = asked.components == Components::Both;
                assert_eq!(both, self.model.newest_needs_both());
                ("ok", wanted)
            }
            Err(denied) => (denied.code(), wanted),
        }
    }

    fn give(&mut self) -> (&'static str, &'static str) {
        if self.nonces.is_empty() {
            return ("none", "none");
        }
        let pending = self.model.pending();
        let old = pending.is_empty() || self.seldom(8);
        let nth = if old { self.below(self.nonces.len()) } else { self.one(&pending) };
        let (n, at) = match self.seldom(6) {
            true => self.session(),
            false => {
                let n = self.model.session_of(nth);
                (n, self.model.station(n))
            }
        };
        let own = self.model.user_of(n);
        let typed = match self.below(8) {
            0 => None,
            1..4 => Some(own),
            _ if self.model.is_second(nth) => Some(self.one(&USERS)),
            4 => Some(self.one(&USERS)),
            _ => Some(own),
        };
        let text = self.password(typed.unwrap_or(own));
        let changed = self.seldom(8);
        let now = record(if changed { "changed" } else { "as shown" });
        let (token, nonce) = (&self.tokens[n], self.nonces[nth]);
        let given = self.desk.give(token, at, &nonce, (typed, text), now);
        let wanted = self.model.give((n, at), nth, typed, text, changed);
        match given {
            Ok(signature) => {
                self.given.push(signature);
                ("ok", wanted)
            }
            Err(denied) => (denied.code(), wanted),
        }
    }

    fn wait(&mut self) {
        let ms = match self.below(12) {
            0 if self.seldom(8) => self.below(25_000),
            0 => self.below(1_500),
            1..5 => self.below(60),
            _ => self.below(6),
        };
        let ms = 1 + ms as u64;
        self.desk.wait(ms);
        self.model.wait(ms);
    }

    fn command(&mut self) -> (&'static str, (&'static str, &'static str)) {
        self.wait();
        if self.tokens.is_empty() {
            return ("login", self.login());
        }
        match self.below(100) {
            0..14 => ("login", self.login()),
            14..40 => ("authorize", self.authorize()),
            40..43 => ("leave", self.leave()),
            43..53 => ("unlock", self.unlock()),
            53..58 => ("view", self.view()),
            58..62 => ("own_password", self.own_password()),
            62 => ("console", self.console()),
            63..76 => ("ask", self.ask()),
            76..81 => ("ask_second", self.ask_second()),
            81..99 => ("give", self.give()),
            _ if !self.seldom(4) => ("view", self.view()),
            _ => {
                self.desk.restart();
                self.model.restart();
                ("restart", ("ok", "ok"))
            }
        }
    }
}

#[test]
fn random_sequences_answer_as_the_model_says() {
    let of = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = of("PEOPLE_SEED").unwrap_or_else(|| std::process::id().into());
    let commands = of("PEOPLE_COMMANDS").unwrap_or(60_000);
    println!("PEOPLE_SEED={seed}");
    let users: BTreeSet<usize> = USERS.iter().map(|user| Throttle::place(user)).collect();
    assert_eq!(users.len(), USERS.len(), "no two share a place: the model does not know of it");
    let (mut play, mut n) = (Play::new(seed), 0);
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    while n < commands {
        // Some thousand commands a life, for states that only a young one has.
        if n % 5_000 == 0 {
            play = Play::new(seed.wrapping_add(n));
        }
        let (name, (told, wanted)) = play.command();
        assert_eq!(told, wanted, "command {n}, {name}, PEOPLE_SEED={seed}");
        *play.told.entry(format!("{name} {told}")).or_default() += 1;
        *all.entry(format!("{name} {told}")).or_default() += 1;
        n += 1;
    }
    // A run that never came to a refusal has not tried it.
    for refusal in [
        "login ok",
        "login blocked",
        "login too_soon",
        "login name_or_password",
        "login too_many_sessions",
        "authorize ok",
        "authorize locked",
        "authorize no_session",
        "authorize other_station",
        "authorize csrf",
        "authorize must_change_password",
        "authorize not_permitted",
        "unlock ok",
        "unlock not_locked",
        "give ok",
        "give sign_password",
        "give sign_replayed",
        "give sign_timed_out",
        "give sign_other_person",
        "give sign_other_session",
        "give sign_both_components",
        "give sign_same_person",
        "give sign_second_role",
        "give sign_record_changed",
        "give sign_unknown",
        "ask ok",
        "ask sign_own_work",
        "ask not_signed",
        "ask_second ok",
        "own_password ok",
        "own_password password_refused",
    ] {
        assert!(
            all.contains_key(refusal),
            "never came to \"{refusal}\", PEOPLE_SEED={seed}: {all:?}"
        );
    }
    println!("{commands} commands: {all:?}");
}
