//! A production ledger with its crew, and the service that runs on it.

use crate::Outcome;
use crate::client::{Call, Session, Told};
use crate::plant::{Plant, Process, Said, packline, wait};
use serde_json::{Value, json};
use std::net::SocketAddr;

pub const OWN: &str = "four words a night";

pub struct Crew {
    pub plant: Plant,
    pub service: Process,
    pub addr: SocketAddr,
    /// The administrator's password that was shown at the first start.
    pub first: String,
}

/// The one-time password that the service showed.
fn shown(said: &str) -> Outcome<String> {
    let mut lines = said.lines().filter_map(|line| line.split_once("shown this once: "));
    let (_, password) = lines.next().ok_or_else(|| format!("no password: {said}"))?;
    assert!(lines.next().is_none(), "shown twice: {said}");
    Ok(password.to_owned())
}

impl Crew {
    /// The service of a new ledger.
    pub fn new() -> Outcome<Self> {
        let plant = Plant::new(20)?;
        plant.edit("line.toml", "ledger = \"simulation\"", "ledger = \"production\"")?;
        let rules = "workflow = \"required\"\nrecipes = \"approved\"\nchallenge = \"required\"";
        plant.edit("line.toml", "[rules]", &format!("[rules]\n{rules}"))?;
        Self::at(plant)
    }

    /// The service of a plant that has no ledger yet.
    pub fn at(plant: Plant) -> Outcome<Self> {
        let service = plant.start_service()?;
        // It answers before the password is hashed.
        let first = wait("the first password", || Ok(shown(&plant.said()?).ok()))?;
        let addr = plant_addr(&plant)?;
        Ok(Self { plant, service, addr, first })
    }

    /// The service ends and begins anew, with the files as they are now.
    pub fn restart(&mut self) -> Outcome {
        assert!(self.service.stop()?.success());
        self.service = self.plant.start_service()?;
        self.addr = plant_addr(&self.plant)?;
        Ok(())
    }

    /// The same with its people: olga operates, sven supervises, quinn and quentin are quality,
    /// erik is engineer; recipe and configuration are on record, approved and released.
    pub fn settled() -> Outcome<Self> {
        Self::new()?.settle()
    }

    /// See [`Self::settled`].
    pub fn settle(self) -> Outcome<Self> {
        let crew = self;
        crew.administrator()?;
        for (user, name, role) in [
            ("olga", "Olga Oker", "operator"),
            ("sven", "Sven Sund", "supervisor"),
            ("quinn", "Quinn Quist", "quality"),
            ("quentin", "Quentin Quill", "quality"),
            ("erik", "Erik Ek", "engineer"),
        ] {
            crew.join(user, name, &[role])?;
        }
        let text = std::fs::read_to_string(crew.plant.path("products/demo.toml"))?;
        let draft = json!({ "act": "recipe_draft", "text": text });
        let drafted = crew.acts(&["sven"], &draft)?.json()?;
        let (gtin, version) = (&drafted["gtin"], &drafted["version"]);
        let approve = json!({ "act": "recipe_approve", "gtin": gtin, "version": version });
        let approved = crew.acts(&["quinn", "quentin"], &approve)?.json()?;
        assert_eq!(approved["state"], "approved");
        let version = crew.propose("erik")?;
        let release = json!({ "act": "config_release", "version": version });
        let released = crew.acts(&["erik", "quinn"], &release)?.json()?;
        assert_eq!(released["state"], "released");
        Ok(crew)
    }

    /// The first of these logs in, each signs, the act is asked for, and he logs out.
    pub fn acts(&self, users: &[&str], act: &Value) -> Outcome<Told> {
        let first = users.first().ok_or("nobody acts")?;
        let session = self.login(first)?;
        let mut ids: Vec<String> = Vec::new();
        for user in users {
            let after = ids.last().cloned();
            ids.push(self.signature(&session, user, act, after.as_deref())?);
        }
        let body = json!({ "act": act, "signatures": ids, "reason": "a test" });
        let answer = self.post("/acts", &body).by(&session).send()?;
        self.call("DELETE", "/session").by(&session).send()?;
        Ok(answer)
    }

    /// The line's configuration is proposed as it runs; its version.
    pub fn propose(&self, user: &str) -> Outcome<Value> {
        let session = self.login(user)?;
        let body = json!({ "act": { "act": "config_draft" }, "reason": "a test" });
        let drafted = self.post("/acts", &body).by(&session).send()?.json()?["version"].take();
        self.call("DELETE", "/session").by(&session).send()?;
        Ok(drafted)
    }

    /// The first administrator has a password of his own.
    pub fn administrator(&self) -> Outcome {
        let own = format!("{}\n{OWN}\n", self.first);
        self.user(&["password", "admin", "--own"], &own)?.json()?;
        Ok(())
    }

    /// Somebody with a password of his own.
    pub fn join(&self, user: &str, name: &str, roles: &[&str]) -> Outcome {
        let by = ["--as", "admin", "--reason", "a test"];
        let roles: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
        let words = [&["add", user, "--name", name], &roles[..], &by[..]].concat();
        let given = self.user(&words, &format!("{OWN}\n"))?.json()?;
        let given = given["one_time_password"].as_str().ok_or("no password")?.to_owned();
        self.user(&["password", user, "--own"], &format!("{given}\n{OWN}\n"))?.json()?;
        Ok(())
    }

    pub fn said(&self, words: &[&str], typed: &str) -> Outcome<Said> {
        let data = self.plant.text("data");
        packline(&[words, &["--json", "--data-dir", &data]].concat(), typed)
    }

    pub fn user(&self, words: &[&str], typed: &str) -> Outcome<Said> {
        self.said(&[&["user"], words].concat(), typed)
    }

    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::to(self.addr, &format!("{method} /api/v1{path}"))
    }

    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call("POST", path).body(&body.to_string())
    }

    pub fn login(&self, user: &str) -> Outcome<Session> {
        self.post("/session", &json!({ "user": user, "password": OWN })).send()?.session()
    }

    /// A signature by the person of the session; its id.
    pub fn signed(&self, by: &Session, user: &str, act: &Value) -> Outcome<String> {
        self.signature(by, user, act, None)
    }

    /// A signature, the second person's where `after` is the first's; its id.
    pub fn signature(
        &self,
        by: &Session,
        user: &str,
        act: &Value,
        after: Option<&str>,
    ) -> Outcome<String> {
        let sheet = self.post("/sheets", act).by(by).send()?.json()?;
        let mut body = json!({ "act": act, "sha256": sheet["sha256"], "reason": "a test" });
        if let Some(first) = after {
            body["after"] = first.into();
        }
        let asked = self.post("/signatures", &body).by(by).send()?.json()?;
        let id = asked["id"].as_str().ok_or_else(|| asked.to_string())?.to_owned();
        let body = json!({ "user": user, "password": OWN });
        let given = self.post(&format!("/signatures/{id}"), &body).by(by).send()?;
        assert_eq!(given.status, 200, "{given:?}");
        Ok(id)
    }

    /// Bodies of the events of a kind, oldest first, by `packline audit list`.
    pub fn events(&self, kind: &str) -> Outcome<Vec<Value>> {
        let said = self.said(&["audit", "list", "--kind", kind, "--after", "0"], "")?;
        assert_eq!(said.code, 0, "{}", said.err);
        let lines = said.out.lines().map(|line| Ok(serde_json::from_str::<Value>(line)?));
        lines.map(|event: Outcome<Value>| Ok(event?["event"].take())).collect()
    }

    /// Refusals on record: who, what, why.
    pub fn refusals(&self) -> Outcome<Vec<(String, String, String)>> {
        let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let events = self.events("access")?;
        let refused = events.iter().filter(|event| event["granted"] == false);
        Ok(refused.map(|e| (text(e, "who"), text(e, "what"), text(e, "why"))).collect())
    }

    #[track_caller]
    pub fn on_record(&self, who: &str, what: &str, why: &str) -> Outcome {
        let refusals = self.refusals()?;
        let wanted = (who.to_owned(), what.to_owned(), why.to_owned());
        assert!(refusals.contains(&wanted), "{wanted:?} is not in {refusals:?}");
        Ok(())
    }

    /// Stops the service; the ledger verifies.
    pub fn end(mut self) -> Outcome {
        assert!(self.service.stop()?.success());
        let report = ledger::verify::verify(&self.plant.path("data/ledger.db"), None)?;
        assert!(report.is_ok(), "{report:?}");
        Ok(())
    }
}

fn plant_addr(plant: &Plant) -> Outcome<SocketAddr> {
    let api: Value = serde_json::from_str(&std::fs::read_to_string(plant.path("data/api.json"))?)?;
    Ok(api["addr"].as_str().ok_or("no address")?.parse()?)
}
