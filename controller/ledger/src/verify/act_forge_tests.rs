//! A forger who computes everything anew, workflow included: no story in which a signature, a step
//! or a review is missing, another's or for something else can be told in events that the tables
//! allow.

use super::forge_tests::{Event, Forge, Keys, Texts, events};
use crate::common::everything::everything;
use crate::common::path;
use rusqlite::Connection;
use serde_json::Value;

struct Story {
    events: Vec<Event>,
    texts: Texts,
    keys: Keys,
}

fn kind(event: &Event) -> &str {
    crate::stored_body::kind_of(&event.body).expect("a kind")
}

/// The body with some fields changed; the kind stays first.
fn changed(body: &str, change: &dyn Fn(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(body).expect("json");
    let kind = value["kind"].clone();
    change(&mut value);
    let fields = value.as_object_mut().expect("an object");
    fields.remove("kind");
    let rest = value.to_string();
    format!("{{\"kind\":{kind},{}", &rest[1..])
}

impl Story {
    fn new() -> Self {
        let all = everything();
        let conn = Connection::open(path(&all.dir)).expect("the ledger");
        Self { events: events(&conn), texts: Texts::of(&conn), keys: Keys::stolen(&all.secrets) }
    }

    fn told(&self, events: &[Event]) -> Result<(), String> {
        Forge::run(events, &self.texts, &self.keys).map(|_| ())
    }

    fn refused(&self, what: &str, change: impl FnOnce(&mut Vec<Event>)) {
        let mut events = self.events.clone();
        change(&mut events);
        assert!(events != self.events, "{what}: nothing was changed");
        let told = self.told(&events);
        assert!(told.is_err(), "{what}: the tables allow it");
    }

    /// Where events of a kind are, the first of them first.
    fn at(&self, of: &str) -> Vec<usize> {
        let found = self.events.iter().enumerate().filter(|(_, event)| kind(event) == of);
        found.map(|(at, _)| at).collect()
    }

    fn edited(&self, of: &str, change: impl Fn(&mut Value)) {
        self.refused(of, |events| {
            let at = self.at(of)[0];
            events[at].body = changed(&events[at].body, &change);
        });
    }
}

const ACTS: [(&str, usize); 11] = [
    ("line_cleared", 2),
    ("serial_taken", 1),
    ("start_signed", 1),
    ("resolve_asked", 1),
    ("declared", 1),
    ("reject_reviewed", 1),
    ("deviation", 2),
    ("recipe_drafted", 1),
    ("recipe_approved", 2),
    ("recipe_retired", 1),
    ("configuration_released", 2),
];

#[test]
fn i6_no_act_stands_without_its_own_signatures() {
    let story = Story::new();
    story.told(&story.events).expect("the honest story");
    let closed = story.at("batch_closed")[0];
    let acts = ACTS.iter().map(|(of, count)| (*of, story.at(of)[0], *count));
    for (of, act, count) in acts.chain([("batch_closed", closed, 2)]) {
        for at in act - count..act {
            assert_eq!(kind(&story.events[at]), "signature", "{of}");
            let signature = |what: &str, change: &dyn Fn(&mut Value)| {
                story.refused(&format!("{of}: {what}"), |events| {
                    events[at].body = changed(&events[at].body, change);
                });
            };
            signature("of another person", &|body| body["who"] = "eve".into());
            signature("of another meaning", &|body| {
                let other = if body["meaning"] == "reviewed" { "performed" } else { "reviewed" };
                body["meaning"] = other.into();
            });
            signature("for another act", &|body| body["authenticated"] = true.into());
            story.refused(&format!("{of}: an event between"), |events| {
                let between = story.events[story.at("image_kept")[0]].clone();
                let chain = events[at].chain.clone();
                events.insert(at + 1, Event { was_seq: -1, chain, ..between });
            });
        }
    }
}

#[test]
fn i6_no_order_starts_or_closes_without_its_steps_in_any_story() {
    let story = Story::new();
    for of in ["line_cleared", "devices_checked", "start_signed", "reject_reviewed"] {
        story.refused(&format!("without {of}"), |events| {
            events.remove(story.at(of)[0]);
        });
    }
    story.refused("start before its signature", |events| {
        let (signed, began) = (story.at("start_signed")[0], story.at("order_state")[0]);
        events.swap(signed, began);
    });
    story.edited("batch_closed", |body| {
        body.as_object_mut().expect("an object").remove("signed");
    });
    story.edited("batch_closed", |body| body["signed"]["second"] = "olga".into());
    story.edited("line_cleared", |body| body["items"][0]["done"] = false.into());
    story.edited("line_cleared", |body| body["items"] = Value::Array(Vec::new()));
    story.edited("devices_checked", |body| body["devices"][0]["matches"] = false.into());
    story.edited("devices_checked", |body| body["passed"] = false.into());
    story.edited("reject_reviewed", |body| body["tracks"] = vec![6, 7].into());
    story.edited("reject_reviewed", |body| body["tracks"] = vec![1, 6, 7, 8].into());
    story.edited("recipe_drafted", |body| body["version"] = 2.into());
    story.edited("recipe_approved", |body| body["version"] = 2.into());
    story.edited("batch_opened", |body| body["spec"]["recipe"]["version"] = 2.into());
    story.refused("recipe never approved", |events| {
        events.remove(story.at("recipe_approved")[0]);
    });
    story.edited("configuration_drafted", |body| body["version"] = 2.into());
    story.edited("configuration_released", |body| body["version"] = 2.into());
    story.edited("batch_opened", |body| body["spec"]["configuration"]["version"] = 2.into());
    story.refused("configuration never released", |events| {
        events.remove(story.at("configuration_released")[0]);
    });
    story.refused("first pack due", |events| {
        let at = story.at("batch_opened")[0];
        let first_pack = |body: &mut Value| body["spec"]["workflow"]["first_pack"] = true.into();
        events[at].body = changed(&events[at].body, &first_pack);
    });
    story.refused("approved by who drafted it", |events| {
        let at = story.at("recipe_approved")[0];
        let erik = |field: &'static str| move |body: &mut Value| body[field] = "erik".into();
        events[at].body = changed(&events[at].body, &erik("second"));
        events[at - 1].body = changed(&events[at - 1].body, &erik("who"));
    });
    story.refused("reviewed by who acted on it", |events| {
        let at = story.at("reject_reviewed")[0];
        let olga = |body: &mut Value| body["who"] = "olga".into();
        for event in &mut events[at - 1..=at] {
            event.body = changed(&event.body, &olga);
        }
    });
}
