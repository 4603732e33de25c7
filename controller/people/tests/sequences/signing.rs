//! The model's signatures: what is asked for and what is given.
//!
//! Must never use anything of the crate but the table of roles, which has a test of its own.

use super::{Asked, Code, Model};
use people::{Action, permits};

impl Model {
    pub fn ask(&mut self, n: usize, station: &str, action: Action, own: bool) -> Code {
        if let Err(code) = self.commanding(n, station, true) {
            return code;
        }
        let user = self.sessions[n].user;
        if action == Action::UnitHold {
            return "not_signed";
        }
        if !self.may(user, action) {
            return "not_permitted";
        }
        let forbidden = own && action == Action::RejectReview;
        if forbidden {
            return "sign_own_work";
        }
        let both = !self.sessions[n].signed;
        self.push(n, action, both, own.then_some(user), None);
        "ok"
    }

    pub fn ask_second(
        &mut self,
        n: usize,
        station: &str,
        action: Action,
        first: &str,
        second: bool,
    ) -> Code {
        if let Err(code) = self.commanding(n, station, true) {
            return code;
        }
        if action != Action::BatchClose {
            return "not_signed";
        }
        if second {
            return "sign_record_changed";
        }
        let first = self.users.iter().find(|user| user.id == first).map(|user| user.id);
        self.push(n, action, true, None, first);
        "ok"
    }

    fn push(
        &mut self,
        n: usize,
        action: Action,
        both: bool,
        own: Option<&'static str>,
        first: Option<&'static str>,
    ) {
        let open = |asked: &&mut Asked| asked.session == n && asked.over.is_none();
        if self.asked.iter_mut().filter(open).count() == 4 {
            let oldest = self.asked.iter_mut().find(open).expect("one of four");
            oldest.over = Some("sign_timed_out");
        }
        self.sessions[n].last = self.now;
        let (session, at, over) = (n, self.now, None);
        self.asked.push(Asked { session, at, action, both, own, first, over });
    }

    pub fn give(
        &mut self,
        (n, station): (usize, &str),
        nth: usize,
        typed: Option<&'static str>,
        text: &str,
        changed: bool,
    ) -> Code {
        if let Err(code) = self.commanding(n, station, true) {
            return code;
        }
        if let Some(over) = self.asked[nth].over {
            return over;
        }
        if self.asked[nth].session != n {
            return "sign_other_session";
        }
        let own = self.sessions[n].user;
        let (first, both) = (self.asked[nth].first, self.asked[nth].both);
        let wrong = match (typed, first) {
            (None, _) if both => Some("sign_both_components"),
            (Some(typed), None) if typed != own => Some("sign_other_person"),
            (Some(typed), Some(first)) if typed == first => Some("sign_same_person"),
            _ => None,
        };
        if wrong.is_none() {
            let signer = typed.unwrap_or(own);
            let Some(right) = self.attempt(signer, station, text) else { return "too_soon" };
            self.asked[nth].over = Some("sign_replayed");
            return if right { self.signed(n, nth, signer, changed) } else { "sign_password" };
        }
        self.asked[nth].over = Some("sign_replayed");
        wrong.unwrap_or("ok")
    }

    fn signed(&mut self, n: usize, nth: usize, signer: &str, changed: bool) -> Code {
        let user = self.user(signer).expect("proven");
        let (blocked, must_change, quality) =
            (user.blocked, user.must_change, permits(user.roles, Action::RecipeRetire));
        let (action, own, first) =
            (self.asked[nth].action, self.asked[nth].own, self.asked[nth].first);
        if blocked {
            return "blocked";
        }
        if must_change {
            return "must_change_password";
        }
        if changed {
            return "sign_record_changed";
        }
        if first.is_none() && !self.may(signer, action) {
            return "not_permitted";
        }
        if first.is_none() && own == Some(signer) && action == Action::RejectReview {
            return "sign_own_work";
        }
        if first.is_some() && !quality {
            return "sign_second_role";
        }
        self.sessions[n].last = self.now;
        self.sessions[n].signed |= first.is_none();
        "ok"
    }
}
