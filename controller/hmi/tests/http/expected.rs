//! What is wanted of each operation of the API: a row of people's table, or an answer of its own.
//!
//! A new operation is added here.

use crate::house::PASSWORD;
use hmi::Act;
use people::Action;
use serde_json::{Value, json};

/// What is wanted of an operation.
pub enum Wanted {
    /// Anyone may.
    Open,
    /// A row of the table.
    Row(Action),
    /// A row of the table for persons with a session; the second is the answer to who may.
    RowOfPersons(Action, (u16, &'static str)),
    /// Of the session itself: answers for a session in use, a locked one, one that must change.
    Session([(u16, &'static str); 3]),
    /// A login: it brings everybody in.
    Login,
}

/// A request for an operation, and what is wanted of it.
pub struct Case {
    pub path: String,
    pub body: String,
    pub wanted: Wanted,
}

/// Every act, so that none is forgotten: the document's list is held against it.
pub fn acts() -> Vec<Value> {
    let batch = |act: &str| json!({ "act": act, "batch": "B1" });
    let with = |act: &str, more: Value| {
        let mut whole = batch(act);
        for (name, value) in more.as_object().expect("members") {
            whole[name] = value.clone();
        }
        whole
    };
    vec![
        batch("order_start"),
        batch("order_complete"),
        batch("unit_stop"),
        batch("unit_hold"),
        batch("unit_unhold"),
        batch("unit_abort"),
        batch("unit_reset"),
        batch("batch_close"),
        with("resolve_pack", json!({ "track": 7, "as": "ejected" })),
        with("declare_count", json!({ "term": "additions", "count": 1 })),
        with("sample", json!({ "serial": "A1" })),
        with("first_pack_approval", json!({ "serial": "A1" })),
        with("manual_removal", json!({ "serial": "A1" })),
        batch("challenge_test"),
        with("setup_labels", json!({ "labels": 3 })),
        with(
            "line_clearance",
            json!({ "items": [{ "item": "belt", "done": true }], "remarks": null }),
        ),
        batch("device_check"),
        with("reject_review", json!({ "tracks": [7], "finding": "confirmed" })),
        with("deviation", json!({ "identity": "labels", "amount": 1 })),
        json!({ "act": "alarm_acknowledge", "alarm": "A" }),
        json!({ "act": "alarm_shelve", "alarm": "A", "minutes": 5 }),
        json!({ "act": "alarm_unshelve", "alarm": "A" }),
        json!({ "act": "recipe_draft", "text": "a = 1" }),
        json!({ "act": "recipe_approve", "gtin": "04150037528643", "version": 1 }),
        json!({ "act": "recipe_retire", "gtin": "04150037528643", "version": 1 }),
        json!({ "act": "config_draft" }),
        json!({ "act": "config_release", "version": 1 }),
        json!({ "act": "backup", "wish": { "out": "/new" } }),
    ]
}

fn action_of(act: &Value) -> Action {
    let parsed: Act = serde_json::from_value(act.clone()).unwrap_or_else(|e| panic!("{act}: {e}"));
    parsed.action()
}

fn case(path: &str, body: Value, wanted: Wanted) -> Case {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Case { path: path.to_owned(), body, wanted }
}

/// What is wanted of an operation of the document; `None` for one that nobody has thought of.
pub fn expectation(operation: &str) -> Option<Vec<Case>> {
    use Wanted as W;
    let why = |more: Value| {
        let mut whole = json!({ "reason": "a test" });
        for (name, value) in more.as_object().expect("members") {
            whole[name] = value.clone();
        }
        whole
    };
    let row = |path: &str, body: Value, action| vec![case(path, body, W::Row(action))];
    let view = |path: &str| row(path, Value::Null, Action::ViewLine);
    Some(match operation {
        "GET /status" => vec![case("/status", Value::Null, W::Open)],
        "GET /serials/{gtin}/{serial}" => {
            row("/serials/04150037528643/A1", Value::Null, Action::SerialTrace)
        }
        "GET /orders" => view("/orders"),
        "GET /order-files" => row("/order-files", Value::Null, Action::OrderLoad),
        "POST /orders" => vec![Case {
            path: "/orders".into(),
            body: "batch = \"B1\"".into(),
            wanted: W::Row(Action::OrderLoad),
        }],
        "GET /orders/{batch}/packs" => view("/orders/B1/packs"),
        "GET /orders/{batch}/packs/{track}/image" => view("/orders/B1/packs/7/image"),
        "GET /orders/{batch}/chain" => row("/orders/B1/chain", Value::Null, Action::SerialTrace),
        "GET /serials" => row("/serials?search=A1", Value::Null, Action::SerialTrace),
        "GET /orders/{batch}/packs/{track}" => view("/orders/B1/packs/7?neighbours=1"),
        "GET /orders/{batch}/readiness" => view("/orders/B1/readiness"),
        "GET /orders/{batch}/rejects" => view("/orders/B1/rejects?reason=no_read&before=9"),
        "GET /orders/{batch}/books" => view("/orders/B1/books"),
        "GET /configurations" => view("/configurations"),
        "GET /configurations/{version}" => view("/configurations/1"),
        "GET /configurations/difference" => view("/configurations/difference?from=1"),
        "GET /recipes" => view("/recipes?gtin=04150037528643"),
        "GET /recipes/{gtin}/{version}" => view("/recipes/04150037528643/1"),
        "GET /recipes/{gtin}/{version}/difference" => {
            view("/recipes/04150037528643/2/difference?from=1")
        }
        "GET /orders/{batch}/report" => {
            row("/orders/B1/report?format=pdf", Value::Null, Action::ReportExport)
        }
        "GET /orders/{batch}/trial" => view("/orders/B1/trial"),
        "GET /backup" => view("/backup"),
        "GET /alarms/history" => view("/alarms/history?alarm=bin_full&before=9&limit=5"),
        "GET /alarms/events" => view("/alarms/events?before=9"),
        "GET /audit" => row("/audit?who=olga&limit=5", Value::Null, Action::AuditRead),
        "GET /audit/export" => row("/audit/export?form=json", Value::Null, Action::AuditExport),
        "POST /audit/verify" => row("/audit/verify", Value::Null, Action::AuditVerify),
        "POST /acts" => {
            let of = |act: Value| case("/acts", json!({ "act": act }), W::Row(action_of(&act)));
            acts().into_iter().map(of).collect()
        }
        "POST /sheets" => {
            let of = |act: Value| {
                // Anyone may stop; its sheet is for who may look.
                let action = match action_of(&act) {
                    Action::UnitStop => Action::ViewLine,
                    other => other,
                };
                case("/sheets", act, W::Row(action))
            };
            acts().into_iter().map(of).collect()
        }
        "POST /signatures" => {
            let of = |act: Value| {
                let action = action_of(&act);
                let body = why(json!({ "act": act, "sha256": "0" }));
                let known = (409, "sign_record_changed");
                case("/signatures", body, W::RowOfPersons(action, known))
            };
            let signed = |act: &Value| action_of(act).signing() != people::Signing::Unsigned;
            acts().into_iter().filter(signed).map(of).collect()
        }
        "POST /signatures/{id}" => {
            let unknown = (404, "sign_unknown");
            let answers = [unknown, (403, "locked"), (403, "must_change_password")];
            let path = format!("/signatures/{}", "0".repeat(64));
            vec![case(&path, json!({ "password": PASSWORD }), W::Session(answers))]
        }
        "POST /orders/{batch}/packs/{track}/resolve" => {
            row("/orders/B1/packs/7/resolve", why(json!({ "as": "ejected" })), Action::ResolvePack)
        }
        "POST /orders/{batch}/declare" => row(
            "/orders/B1/declare",
            why(json!({ "term": "additions", "count": 1 })),
            Action::DeclareCount,
        ),
        "POST /orders/{batch}/sample" => {
            row("/orders/B1/sample", why(json!({ "serial": "A1" })), Action::Sample)
        }
        "POST /orders/{batch}/remove" => {
            row("/orders/B1/remove", why(json!({ "serial": "A1" })), Action::ManualRemoval)
        }
        "POST /orders/{batch}/challenge" => {
            row("/orders/B1/challenge", Value::Null, Action::ChallengeTest)
        }
        "POST /orders/{batch}/setup" => row("/orders/B1/setup", Value::Null, Action::SetupLabels),
        "POST /orders/{batch}/{action}" => [
            ("start", Action::OrderStart),
            ("stop", Action::OrderComplete),
            ("hold", Action::UnitHold),
            ("unhold", Action::UnitUnhold),
            ("close", Action::BatchClose),
        ]
        .map(|(name, action)| case(&format!("/orders/B1/{name}"), Value::Null, W::Row(action)))
        .into(),
        "POST /backup" => row("/backup", json!({ "wish": { "out": "/new" } }), Action::Backup),
        "GET /session" => {
            vec![case("/session", Value::Null, W::Session([(200, ""), (200, ""), (200, "")]))]
        }
        "POST /session" => {
            vec![case("/session", json!({ "user": "quentin", "password": PASSWORD }), W::Login)]
        }
        "DELETE /session" => {
            vec![case("/session", Value::Null, W::Session([(200, ""), (200, ""), (200, "")]))]
        }
        "POST /session/lock" => {
            let answers = [(200, ""), (403, "locked"), (200, "")];
            vec![case("/session/lock", Value::Null, W::Session(answers))]
        }
        "POST /session/unlock" => {
            let answers = [(409, "not_locked"), (200, ""), (409, "not_locked")];
            vec![case("/session/unlock", json!({ "password": PASSWORD }), W::Session(answers))]
        }
        "POST /session/password" => {
            let refused = (422, "password_refused");
            let body = json!({ "old": PASSWORD, "new": "short" });
            vec![case("/session/password", body, W::Session([refused, (403, "locked"), refused]))]
        }
        "GET /users" => row("/users", Value::Null, Action::UsersRead),
        "POST /users" => {
            let body = why(json!({ "user": "otto", "name": "Otto Second", "roles": ["quality"] }));
            vec![case("/users", body, W::RowOfPersons(Action::UsersAdminister, (409, "id_used")))]
        }
        "POST /users/{user}" => {
            let body = why(json!({ "change": "unblock" }));
            let known = (409, "unchanged");
            vec![case("/users/otto", body, W::RowOfPersons(Action::UsersAdminister, known))]
        }
        _ => return None,
    })
}
