//! Every operation of the served `openapi.json` for everybody who may come: what people's table
//! says, and nothing reaches the service for who may not.
//!
//! A route that is not in `expected` fails the test, and so does one that is not described.

use crate::expected::{Wanted, acts, expectation};
use crate::house::{House, Outcome, Session, TOKEN, hasher};
use hmi::{Desk, Parts, Snapshot};
use people::{Role, RoleSet, permits};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

const ROOT: &str = "/api/v1";

/// Who comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Nobody,
    Person(Role),
    Locked,
    MustChange,
    /// With the service's token, on a simulation.
    Program,
    /// The same on a production ledger.
    ProgramInProduction,
}

const EVERYBODY: [Who; 10] = [
    Who::Nobody,
    Who::Person(Role::Operator),
    Who::Person(Role::Supervisor),
    Who::Person(Role::Quality),
    Who::Person(Role::Engineer),
    Who::Person(Role::Administrator),
    Who::Locked,
    Who::MustChange,
    Who::Program,
    Who::ProgramInProduction,
];

impl Who {
    fn roles(self) -> RoleSet {
        match self {
            Self::Person(role) => RoleSet::of(role),
            _ => RoleSet::NONE,
        }
    }

    fn user(self) -> Option<&'static str> {
        Some(match self {
            Self::Nobody | Self::Program | Self::ProgramInProduction => return None,
            Self::Person(Role::Operator) | Self::Locked => "olga",
            Self::Person(Role::Supervisor) => "sven",
            Self::Person(Role::Quality) => "quinn",
            Self::Person(Role::Engineer) => "erik",
            Self::Person(Role::Administrator) => "ada",
            Self::MustChange => "newman",
        })
    }

    fn is_program(self) -> bool {
        matches!(self, Self::Program | Self::ProgramInProduction)
    }

    /// Status and code that are wanted.
    fn wanted(self, wanted: &Wanted) -> (u16, &'static str) {
        let done = (200, "");
        match (wanted, self) {
            (Wanted::Open | Wanted::Login, _) => done,
            (Wanted::Row(action), _) if !action.needs_session() => done,
            (Wanted::Row(action), Self::ProgramInProduction) if !action.reads() => {
                (403, "login_needed")
            }
            (Wanted::Row(_), Self::Program | Self::ProgramInProduction) => done,
            (_, Self::Nobody | Self::Program | Self::ProgramInProduction) => (401, "no_session"),
            (Wanted::Session([_, locked, _]), Self::Locked) => *locked,
            (Wanted::Session([_, _, must]), Self::MustChange) => *must,
            (Wanted::Session([used, ..]), Self::Person(_)) => *used,
            (_, Self::Locked) => (403, "locked"),
            (_, Self::MustChange) => (403, "must_change_password"),
            (Wanted::Row(action) | Wanted::RowOfPersons(action, _), Self::Person(_))
                if !permits(self.roles(), *action) =>
            {
                (403, "not_permitted")
            }
            (Wanted::RowOfPersons(_, answer), Self::Person(_)) => *answer,
            (Wanted::Row(_), Self::Person(_)) => done,
        }
    }
}

fn document(house: &House) -> Outcome<Value> {
    let told = house.get("/api/v1/openapi.json").send()?;
    assert_eq!(told.status, 200, "anyone may read how to ask");
    told.json()
}

/// `METHOD /path` of the document.
fn operations(document: &Value) -> Outcome<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().ok_or("no paths")? {
        for method in methods.as_object().ok_or("no methods")?.keys() {
            if ["get", "post", "put", "delete", "patch"].contains(&method.as_str()) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    Ok(found)
}

/// Somebody as he comes: a fresh session for each request.
fn comes(house: &House, who: Who) -> Outcome<Option<Session>> {
    house.production(who == Who::ProgramInProduction);
    // No delay of an earlier request is left.
    house.wait(Duration::from_secs(3_600));
    let Some(user) = who.user() else { return Ok(None) };
    let session = house.login(user)?;
    if who == Who::Locked {
        let told = house.call("POST", "/api/v1/session/lock").by(&session).send()?;
        assert_eq!(told.status, 200, "{told:?}");
    }
    Ok(Some(session))
}

#[test]
fn everybody_may_what_the_table_says_and_nothing_else() -> Outcome {
    let house = House::new()?;
    let document = document(&house)?;
    let mut tried = 0;
    for operation in operations(&document)? {
        let cases = expectation(&operation);
        let cases = cases.ok_or_else(|| format!("nothing is expected of {operation}"))?;
        let (method, _) = operation.split_once(' ').ok_or("no method")?;
        for (case, who) in cases.iter().flat_map(|case| EVERYBODY.map(|who| (case, who))) {
            let session = comes(&house, who)?;
            let path = format!("{ROOT}{}", case.path);
            let mut call = house.call(method, &path).body(&case.body);
            if let Some(session) = &session {
                call = call.by(session);
            }
            if who.is_program() {
                call = call.bearer();
            }
            let before = house.seen().len();
            let told = call.send()?;
            let (status, code) = who.wanted(&case.wanted);
            let found = told.code();
            assert_eq!(found, (status, code.to_owned()), "{operation} {who:?}: {told:?}");
            let asked = house.seen().len() - before;
            let allowed = status == 200 || code == "sign_record_changed";
            assert!(asked == 0 || allowed, "{operation} {who:?} reached the service: {told:?}");
            tried += 1;
        }
    }
    assert!(tried > 800, "{tried}");
    Ok(())
}

#[test]
fn every_act_is_tried() -> Outcome {
    let house = House::new()?;
    let document = document(&house)?;
    let variants = &document["components"]["schemas"]["Act"]["oneOf"];
    let mut described = BTreeSet::new();
    for variant in variants.as_array().ok_or("no acts")? {
        let found = format!("{}", variant["properties"]["act"]["enum"][0]);
        let found = match found.as_str() {
            "null" => {
                let all = variant["allOf"].as_array().ok_or_else(|| variant.to_string())?;
                let of =
                    |part: &Value| part["properties"]["act"]["enum"][0].as_str().map(Into::into);
                all.iter().find_map(of).ok_or("an act without a name")?
            }
            name => name.trim_matches('"').to_owned(),
        };
        described.insert(found);
    }
    let tried: BTreeSet<String> =
        acts().iter().filter_map(|act| act["act"].as_str().map(Into::into)).collect();
    assert_eq!(described, tried);
    Ok(())
}

/// The router's own list of what it serves.
fn served() -> Outcome<BTreeSet<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (_snapshots, snapshots) = watch::channel(Arc::new(Snapshot::default()));
    let (commands, _requests) = mpsc::channel(1);
    let (jobs, _queue) = mpsc::channel(1);
    let desk = Desk::new(jobs, hasher());
    let queries: Arc<dyn hmi::Queries> = Arc::new(NoAnswers);
    let parts = Parts { token: TOKEN.into(), snapshots, commands, desk, queries };
    let text = runtime.block_on(async { format!("{:?}", hmi::router(parts)) });
    let quoted = text.split('"').filter(|part| part.starts_with('/') && !part.contains("{*"));
    Ok(quoted.map(str::to_owned).collect())
}

struct NoAnswers;

impl hmi::Queries for NoAnswers {
    fn answer(&self, _: hmi::Query) -> hmi::Answer {
        Ok(Value::Null)
    }

    fn image(&self, _: &str, _: u32) -> Result<std::path::PathBuf, hmi::Problem> {
        Err(hmi::Problem::new(404, "no_image", "none"))
    }
}

#[test]
fn the_document_has_every_route_and_every_route_is_in_the_document() -> Outcome {
    let house = House::new()?;
    let operations = operations(&document(&house)?)?;
    let described: BTreeSet<String> = operations
        .iter()
        .filter_map(|operation| operation.split_once(' '))
        .map(|(_, path)| format!("{ROOT}{path}"))
        .collect();
    let mut served = served()?;
    served.retain(|path| path.starts_with(&format!("{ROOT}/")));
    assert!(served.remove(&format!("{ROOT}/openapi.json")), "the document itself: {served:?}");
    assert_eq!(served, described);
    // And of each no other method than those described.
    for path in &described {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let operation = format!("{method} {}", &path[ROOT.len()..]);
            let real = path.replace(['{', '}'], "");
            let told = house.call(method, &real).send()?;
            let unknown = told.status == 405 || told.code().1 == "unknown_route";
            assert_eq!(!operations.contains(&operation), unknown, "{operation}: {told:?}");
        }
    }
    Ok(())
}
