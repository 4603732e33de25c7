//! What people's part must answer, said as plainly as can be: lists and dates, no cleverness.
//!
//! Must never use anything of the crate but the table of roles, which has a test of its own.

use crate::common::{FIRST, roles};
use people::{Action, Policy, RoleSet, Rule, permits};

mod signing;

pub const POLICY: Policy = Policy {
    idle_lock_ms: 1_000,
    session_ms: 20_000,
    sign_within_ms: 800,
    fold_ms: 5_000,
    password_chars_min: 12,
    password_days_max: 0,
    sessions_of_user_max: 2,
    sessions_max: 6,
    user_throttle: Rule { free: 2, first_ms: 40, max_ms: 300, forget_ms: 3_000 },
    station_throttle: Rule { free: 4, first_ms: 20, max_ms: 150, forget_ms: 2_000 },
    factor_to_sign: false,
};

struct User {
    id: &'static str,
    roles: RoleSet,
    password: &'static str,
    blocked: bool,
    must_change: bool,
}

struct Session {
    user: &'static str,
    station: &'static str,
    begun: u64,
    last: u64,
    locked: bool,
    signed: bool,
    alive: bool,
}

struct Asked {
    session: usize,
    at: u64,
    action: Action,
    both: bool,
    own: Option<&'static str>,
    first: Option<&'static str>,
    over: Option<&'static str>,
}

/// Attempts that count, and until when to wait.
#[derive(Default)]
struct Delay {
    counted: Vec<u64>,
    until: u64,
}

impl Delay {
    fn charge(&mut self, now: u64, rule: Rule) {
        if self.counted.last().is_some_and(|last| now - last >= rule.forget_ms) {
            self.counted.clear();
        }
        self.counted.push(now);
        self.until = now + wait(self.counted.len(), rule);
    }
}

fn wait(attempts: usize, rule: Rule) -> u64 {
    let mut wait = 0;
    for _ in rule.free as usize..attempts {
        wait = if wait == 0 { rule.first_ms } else { wait * 2 };
    }
    wait.min(rule.max_ms)
}

pub struct Model {
    now: u64,
    users: Vec<User>,
    sessions: Vec<Session>,
    asked: Vec<Asked>,
    delays: Vec<(String, Delay)>,
}

type Code = &'static str;

impl Model {
    pub fn new() -> Self {
        let user = |id, names: &str| User {
            id,
            roles: roles(names),
            password: FIRST,
            blocked: false,
            must_change: false,
        };
        let users = vec![
            user("ada", "administrator"),
            user("olga", "operator"),
            user("otto", "operator"),
            user("sven", "supervisor operator"),
            user("quinn", "quality"),
        ];
        let (sessions, asked, delays) = (Vec::new(), Vec::new(), Vec::new());
        Self { now: 1_000_000, users, sessions, asked, delays }
    }

    fn user(&mut self, id: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.id == id)
    }

    pub fn password(&self, id: &str) -> &'static str {
        self.users.iter().find(|user| user.id == id).map_or(FIRST, |user| user.password)
    }

    pub fn station(&self, n: usize) -> &'static str {
        self.sessions[n].station
    }

    pub fn user_of(&self, n: usize) -> &'static str {
        self.sessions[n].user
    }

    pub fn session_of(&self, nth: usize) -> usize {
        self.asked[nth].session
    }

    /// Sessions that have not ended.
    pub fn open(&self) -> Vec<usize> {
        (0..self.sessions.len()).filter(|n| self.sessions[*n].alive).collect()
    }

    /// Signatures that were asked for and not given.
    pub fn pending(&self) -> Vec<usize> {
        (0..self.asked.len()).filter(|n| self.asked[*n].over.is_none()).collect()
    }

    pub fn is_second(&self, nth: usize) -> bool {
        self.asked[nth].first.is_some()
    }

    pub fn newest_needs_both(&self) -> bool {
        self.asked.last().is_some_and(|asked| asked.both)
    }

    pub fn wait(&mut self, ms: u64) {
        self.now += ms;
        for n in 0..self.sessions.len() {
            let session = &mut self.sessions[n];
            if self.now - session.last >= POLICY.idle_lock_ms {
                session.locked = true;
            }
            if session.alive && self.now - session.begun >= POLICY.session_ms {
                self.end(n);
            }
        }
        for asked in self.asked.iter_mut().filter(|asked| asked.over.is_none()) {
            if self.now - asked.at >= POLICY.sign_within_ms {
                asked.over = Some("sign_timed_out");
            }
        }
    }

    fn end(&mut self, n: usize) {
        self.sessions[n].alive = false;
        let of_it = |asked: &&mut Asked| asked.session == n && asked.over.is_none();
        self.asked.iter_mut().filter(of_it).for_each(|asked| asked.over = Some("sign_replayed"));
    }

    fn end_all(&mut self, user: &str, but: Option<usize>) {
        for n in 0..self.sessions.len() {
            if self.sessions[n].alive && self.sessions[n].user == user && Some(n) != but {
                self.end(n);
            }
        }
    }

    pub fn restart(&mut self) {
        for session in &mut self.sessions {
            (session.locked, session.signed) = (true, false);
        }
        self.asked.iter_mut().for_each(|asked| asked.over = Some("sign_unknown"));
        self.delays.clear();
    }

    fn delay(&mut self, key: String) -> &mut Delay {
        let at = self.delays.iter().position(|(known, _)| *known == key);
        let at = at.unwrap_or_else(|| {
            self.delays.push((key, Delay::default()));
            self.delays.len() - 1
        });
        &mut self.delays[at].1
    }

    /// Looks at a password: none when it must wait.
    fn attempt(&mut self, user: &str, station: &str, text: &str) -> Option<bool> {
        let now = self.now;
        let keys = [format!("user {user}"), format!("station {station}")];
        for key in &keys {
            if self.delay(key.clone()).until > now {
                return None;
            }
        }
        self.delay(keys[0].clone()).charge(now, POLICY.user_throttle);
        self.delay(keys[1].clone()).charge(now, POLICY.station_throttle);
        let right = self.user(user).is_some_and(|user| user.password == text);
        if right {
            *self.delay(keys[0].clone()) = Delay::default();
            let station = self.delay(keys[1].clone());
            station.counted.pop();
            // An attempt was made, though it does not count.
            if let Some(last) = station.counted.last_mut() {
                *last = now;
            }
            if wait(station.counted.len(), POLICY.station_throttle) == 0 {
                station.until = now;
            }
        }
        Some(right)
    }

    pub fn login(&mut self, user: &'static str, text: &str, station: &'static str) -> Code {
        match self.attempt(user, station, text) {
            None => return "too_soon",
            Some(false) => return "name_or_password",
            Some(true) => {}
        }
        if self.user(user).is_some_and(|user| user.blocked) {
            return "blocked";
        }
        let open: Vec<usize> = (0..self.sessions.len())
            .filter(|n| self.sessions[*n].alive && self.sessions[*n].user == user)
            .collect();
        if open.len() == POLICY.sessions_of_user_max {
            self.end(open[0]);
        }
        if self.sessions.iter().filter(|session| session.alive).count() == POLICY.sessions_max {
            return "too_many_sessions";
        }
        let (begun, last) = (self.now, self.now);
        let (locked, signed, alive) = (false, false, true);
        self.sessions.push(Session { user, station, begun, last, locked, signed, alive });
        "ok"
    }

    /// Its session, and that it comes from there.
    fn at(&mut self, n: usize, station: &str) -> Result<(), Code> {
        if !self.sessions[n].alive {
            return Err("no_session");
        }
        if self.sessions[n].station != station {
            self.end(n);
            return Err("other_station");
        }
        Ok(())
    }

    fn commanding(&mut self, n: usize, station: &str, csrf: bool) -> Result<(), Code> {
        self.at(n, station)?;
        if self.sessions[n].locked {
            return Err("locked");
        }
        if !csrf {
            return Err("csrf");
        }
        let user = self.sessions[n].user;
        if self.user(user).is_some_and(|user| user.must_change) {
            return Err("must_change_password");
        }
        Ok(())
    }

    fn may(&mut self, user: &str, action: Action) -> bool {
        self.user(user).is_some_and(|user| permits(user.roles, action))
    }

    pub fn authorize(&mut self, n: usize, station: &str, action: Action, csrf: bool) -> Code {
        if let Err(code) = self.commanding(n, station, csrf || action == Action::ViewLine) {
            return code;
        }
        if !self.may(self.sessions[n].user, action) {
            return "not_permitted";
        }
        self.sessions[n].last = self.now;
        "ok"
    }

    /// Who stops the line with this session.
    pub fn stop(&self, n: usize, station: &str) -> &'static str {
        let session = &self.sessions[n];
        let named = session.alive && session.station == station && !session.locked;
        if named { session.user } else { "anyone" }
    }

    pub fn lock(&mut self, n: usize, station: &str) -> Code {
        if let Err(code) = self.at(n, station) {
            return code;
        }
        if self.sessions[n].locked {
            return "locked";
        }
        self.sessions[n].locked = true;
        "ok"
    }

    pub fn logout(&mut self, n: usize, station: &str) -> Code {
        if let Err(code) = self.at(n, station) {
            return code;
        }
        self.end(n);
        "ok"
    }

    pub fn view(&mut self, n: usize, station: &str) -> Code {
        if let Err(code) = self.at(n, station) {
            return code;
        }
        let user = self.sessions[n].user;
        let must_change = self.user(user).is_some_and(|user| user.must_change);
        match (self.sessions[n].locked, must_change) {
            (true, _) => "ok locked",
            (false, true) => "ok must_change",
            (false, false) => "ok",
        }
    }

    pub fn unlock(&mut self, n: usize, station: &str, text: &str) -> Code {
        if let Err(code) = self.at(n, station) {
            return code;
        }
        if !self.sessions[n].locked {
            return "not_locked";
        }
        match self.attempt(self.sessions[n].user, station, text) {
            None => "too_soon",
            Some(false) => "name_or_password",
            Some(true) => {
                (self.sessions[n].locked, self.sessions[n].last) = (false, self.now);
                "ok"
            }
        }
    }

    pub fn own_password(&mut self, n: usize, at: &str, old: &str, new: &'static str) -> Code {
        if let Err(code) = self.at(n, at) {
            return code;
        }
        if self.sessions[n].locked {
            return "locked";
        }
        let id = self.sessions[n].user;
        match self.attempt(id, at, old) {
            None => "too_soon",
            Some(false) => "name_or_password",
            Some(true) if old == new => "password_refused",
            Some(true) => {
                self.sessions[n].last = self.now;
                if let Some(user) = self.user(id) {
                    (user.password, user.must_change) = (new, false);
                }
                self.end_all(id, Some(n));
                "ok"
            }
        }
    }

    pub fn block(&mut self, id: &str, blocked: bool) -> Code {
        let user = self.user(id).expect("a user");
        if user.blocked == blocked {
            return "unchanged";
        }
        user.blocked = blocked;
        self.end_all(id, None);
        "ok"
    }

    pub fn give_password(&mut self, id: &str, text: &'static str) -> Code {
        let user = self.user(id).expect("a user");
        (user.password, user.must_change) = (text, true);
        self.end_all(id, None);
        "ok"
    }

    pub fn roles(&mut self, id: &str, names: &str) -> Code {
        let user = self.user(id).expect("a user");
        if user.roles == roles(names) {
            return "unchanged";
        }
        user.roles = roles(names);
        self.end_all(id, None);
        "ok"
    }
}
