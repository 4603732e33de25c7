//! The table of roles, cell by cell, against the table as the site wants it, written by hand.
//!
//! O operator, S supervisor, Q quality, E engineer, A administrator; `-` may not. Then what is
//! signed: P performed, R reviewed, A approved; `2X:ROLES` a second person of these roles; `!own`
//! not by who did it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use people::*;

const WANTED: &str = "
view_line            O S Q E A
order_load           O S - - -
order_cancel         - S - - -  P
line_clearance       O S - - -  P 2R:SQ
device_check         O S - E -
setup_labels         O S - E -
challenge_test       O S - - -  P
first_pack_approval  O S - - -  P 2A:SQ
order_start          O S - - -  P
order_complete       O S - - -
unit_start           O S - - -
unit_hold            O S - E -
unit_unhold          O S - - -
unit_suspend         O S - E -
unit_unsuspend       O S - - -
unit_stop            O S Q E A
unit_abort           O S Q E -
unit_clear           O S - E -
unit_reset           O S - E -
sample               O S Q - -  P
manual_removal       O S Q - -  P
resolve_pack         O S - - -  P
declare_count        - S - - -  P
reject_review        - S Q - -  R !own
deviation            - S Q - -  P 2A:Q
batch_close          - S Q - -  P 2A:Q
batch_seal           - - - E A  P
alarm_acknowledge    O S Q E -
alarm_shelve         - S - E -
recipe_draft         - S - E -  P
recipe_approve       - S Q - -  A 2A:Q !own
recipe_retire        - - Q - -  A
config_draft         - - - E -
config_release       - - - E -  P 2A:Q
serial_trace         O S Q E -
serial_export        - S Q - -
serial_status        - S Q - -  P 2A:Q
serials_unblock      - S Q - -  P 2A:Q
report_read          - S Q - -
report_export        - S Q - -
audit_read           - S Q E A
audit_export         - - Q - A
audit_verify         - S Q E A
users_read           - - Q - A
users_administer     - - - - A
backup               - - - E A
restore              - - - - A  P 2A:Q
key_rotation         - - - - A  P 2A:Q
simulation_control   - S - E -
";

struct Row<'a> {
    action: Action,
    may: [bool; 5],
    signed: Vec<&'a str>,
}

fn wanted() -> Vec<Row<'static>> {
    let lines = WANTED.lines().filter(|line| !line.is_empty());
    let row = |line: &'static str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let may = [1, 2, 3, 4, 5].map(|n| words[n] != "-");
        for (n, letter) in ["O", "S", "Q", "E", "A"].into_iter().enumerate() {
            assert!(words[n + 1] == letter || words[n + 1] == "-", "{line}");
        }
        Row { action: words[0].parse().unwrap(), may, signed: words[6..].to_vec() }
    };
    lines.map(row).collect()
}

fn letter(meaning: Meaning) -> char {
    match meaning {
        Meaning::Performed => 'P',
        Meaning::Reviewed => 'R',
        Meaning::Approved => 'A',
    }
}

fn letters(roles: RoleSet) -> String {
    roles.names().iter().map(|name| name[..1].to_uppercase()).collect()
}

fn signed(action: Action) -> Vec<String> {
    match action.signing() {
        Signing::Unsigned => vec![],
        Signing::One(meaning) => vec![letter(meaning).to_string()],
        Signing::NotOwn(meaning) => vec![letter(meaning).to_string(), "!own".into()],
        Signing::Two { first, second, roles, not_own } => {
            let two = format!("2{}:{}", letter(second), letters(roles));
            let mut words = vec![letter(first).to_string(), two];
            words.extend(not_own.then(|| "!own".to_owned()));
            words
        }
    }
}

#[test]
fn every_cell_is_as_wanted() {
    let rows = wanted();
    let named: Vec<Action> = rows.iter().map(|row| row.action).collect();
    assert_eq!(named, Action::ALL, "the same actions in the same order");
    let mut cells = 0;
    for row in &rows {
        for (role, may) in Role::ALL.into_iter().zip(row.may) {
            let told = permits(RoleSet::of(role), row.action);
            assert_eq!(told, may, "{} as {}", row.action.name(), role.name());
            cells += 1;
        }
        assert_eq!(signed(row.action), row.signed, "{}", row.action.name());
        assert!(!permits(RoleSet::NONE, row.action), "nobody may nothing");
    }
    assert_eq!(cells, Action::ALL.len() * 5);
}

/// The table is what requests meet: each role asks for each action through a session.
#[test]
fn every_cell_holds_at_the_door() {
    let mut desk = Desk::new(Policy::default());
    desk.add("erik", "Erik Eng", "engineer").unwrap();
    desk.settle("erik");
    // Those of the desk with one role each.
    desk.console("sven", UserChange::Roles(roles("supervisor"))).unwrap();
    for (user, column) in [("olga", 0), ("sven", 1), ("quinn", 2), ("erik", 3), ("ada", 4)] {
        desk.wait(61_000);
        let token = desk.login(user, FIRST, "panel").unwrap();
        for row in wanted() {
            let asked = desk.may(&token, "panel", row.action);
            if row.may[column] {
                let grant = asked.unwrap();
                assert_eq!((grant.who.as_str(), grant.role), (user, Role::ALL[column].name()));
            } else {
                assert_eq!(asked, Err(Denied::NotPermitted { action: row.action }), "{user}");
                let (who, what, granted, why) = desk.shelf.last_access();
                assert_eq!((who.as_str(), what.as_str()), (user, row.action.name()));
                assert_eq!((granted, why), (false, Some("not_permitted")));
            }
        }
    }
}

/// Each action with two persons is tried with a second of every role.
#[test]
fn second_persons_by_role() {
    let mut desk = Desk::new(Policy::default());
    desk.add("erik", "Erik Eng", "engineer").unwrap();
    desk.settle("erik");
    desk.console("sven", UserChange::Roles(roles("supervisor"))).unwrap();
    let mut tried = 0;
    for row in wanted() {
        let Some(rule) = row.signed.iter().find_map(|word| word.strip_prefix('2')) else {
            continue;
        };
        let (_, allowed) = rule.split_once(':').unwrap();
        let first = [("sven", 1), ("erik", 3), ("ada", 4)];
        let (first, _) = first.into_iter().find(|(_, column)| row.may[*column]).unwrap();
        let seconds = [("otto", "O"), ("sven", "S"), ("quinn", "Q"), ("erik", "E"), ("anna", "A")];
        for (second, letter) in seconds {
            // A fresh session each, so that no delay of the one before is in the way.
            let token = desk.login(first, FIRST, "panel").unwrap();
            let record = record("as shown");
            let request = SignRequest { action: row.action, ..close(record) };
            let asked = desk.ask(&token, "panel", request).unwrap();
            let one =
                desk.give(&token, "panel", &asked.nonce, (Some(first), FIRST), record).unwrap();
            let request = SignRequest { signer: Signer::SecondAfter(&one), ..request };
            let asked = desk.ask(&token, "panel", request).unwrap();
            let typed = (Some(second), FIRST);
            let given = desk.give(&token, "panel", &asked.nonce, typed, record);
            let what = format!("{} by {first}, then {second}", row.action.name());
            if second == first {
                assert_eq!(given, Err(Denied::SignSamePerson), "{what}");
            } else if allowed.contains(letter) {
                let given = given.unwrap();
                assert!(given.is_second() && given.who().as_str() == second, "{what}");
            } else {
                let code = given.expect_err(&what).code();
                assert_eq!(code, "sign_second_role", "{what}");
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 5 * 10, "ten actions of two persons");
}

#[test]
fn the_document_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/roles.md");
    let text = std::fs::read_to_string(path).unwrap();
    let told = "docs/roles.md is not the table: packline user roles --markdown > docs/roles.md";
    assert!(text == markdown(), "{told}");
    let lines = table_text().lines().count();
    assert_eq!(lines, wanted().len(), "{}", table_text());
}
