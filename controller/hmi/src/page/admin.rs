//! S9: users and roles, who may do what, devices, versions of configuration and recipes, the audit
//! trail, the ledger and its backups.
//!
//! One part at a time. Must never hold a rule: the table of permissions is people's own, and what
//! is done goes through the API.

use super::{Frame, Screen, Shown, lists, versions};
use crate::app::App;
use crate::caller::Caller;
use crate::i18n::Words;
use axum::extract::State;
use axum::http::request::Parts;
use maud::{Markup, html};
use people::{Action, Role, Signing, User};

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[
    "admin-add",
    "admin-name",
    "admin-roles",
    "admin-why",
    "admin-once",
    "admin-change-roles",
    "admin-change-block",
    "admin-change-unblock",
    "admin-change-retire",
    "admin-change-password",
    "admin-verified",
    "admin-broken",
    "admin-verifying",
    "admin-backup-none",
    "admin-backup-running",
    "admin-backup-done",
    "admin-backup-failed",
    "admin-no-event",
    "act-backup",
    "act-config_draft",
    "act-config_release",
    "act-recipe_draft",
    "act-recipe_approve",
    "act-recipe_retire",
    "none",
    "versions-running",
    "versions-none",
    "versions-nothing",
    "versions-same",
    "versions-differs",
    "versions-in-force",
    "versions-earlier",
    "versions-proposed",
    "versions-draft",
    "versions-approved",
    "versions-retired",
    "versions-difference",
    "versions-between",
    "versions-left-out",
    "versions-release",
    "versions-approve",
    "versions-retire",
    "versions-next",
    "versions-text",
    "versions-empty",
];

/// Its parts: name, and what somebody must be permitted to see it.
const PARTS: [(&str, Action); 7] = [
    ("users", Action::UsersRead),
    ("rights", Action::ViewLine),
    ("devices", Action::ViewLine),
    ("configuration", Action::ViewLine),
    ("recipes", Action::ViewLine),
    ("audit", Action::AuditRead),
    ("ledger", Action::ViewLine),
];

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let part = part_of(&frame, parts.uri.query().unwrap_or_default());
    let users = match part {
        "users" => app.desk.ask(|people, _| people.users().all().cloned().collect()).await?,
        _ => Vec::new(),
    };
    Ok(frame.answer(Screen::Admin, body(&frame, part, &users)))
}

/// The part that is asked for, or the first that this person may see.
fn part_of(frame: &Frame, query: &str) -> &'static str {
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("part="));
    let mine = || PARTS.iter().filter(|(_, action)| frame.may(*action));
    let found = mine().find(|(name, _)| Some(*name) == asked).or_else(|| mine().next());
    found.map_or("rights", |(name, _)| name)
}

fn body(frame: &Frame, part: &str, users: &[User]) -> Markup {
    let w = frame.words;
    html! {
        nav.parts aria-label=(w.t("screen-admin")) {
            @for (name, _) in PARTS.iter().filter(|(_, action)| frame.may(*action)) {
                a href={ "?part=" (name) } aria-current=[(*name == part).then_some("true")] {
                    (w.t(&format!("admin-{name}")))
                }
            }
        }
        @match part {
            "users" => (people_list(frame, users)),
            "devices" => section.panel #devices { (lists::devices(&frame.snapshot, w)) },
            "configuration" => (versions::configuration(frame)),
            "recipes" => (versions::recipes(frame)),
            "audit" => (audit(frame)),
            "ledger" => (ledger(frame)),
            _ => (rights(w)),
        }
    }
}

fn people_list(frame: &Frame, users: &[User]) -> Markup {
    let w = frame.words;
    let able = frame.may(Action::UsersAdminister);
    html! {
        section.panel.part {
            h2 {
                (w.t("admin-users"))
                @if able {
                    button.primary type="button" data-admin="add" { (w.t("admin-add")) }
                }
            }
            div.scroll tabindex="0" role="region" aria-label=(w.t("admin-users")) {
                table.list {
                    thead { tr {
                        @for key in ["user-id", "admin-name", "admin-roles", "admin-state"] {
                            th scope="col" { (w.t(key)) }
                        }
                        @if able { th scope="col" { (w.t("admin-change")) } }
                    } }
                    @for user in users { (person(user, able, w)) }
                }
            }
        }
    }
}

fn person(user: &User, able: bool, w: Words) -> Markup {
    let id = user.id.as_str();
    let roles = user.roles.names();
    let names: Vec<String> = roles.iter().map(|role| w.t(&format!("role-{role}"))).collect();
    let changes: &[&str] = match user.state.name() {
        "active" => &["roles", "password", "block"],
        "blocked" => &["roles", "password", "unblock", "retire"],
        _ => &[],
    };
    html! {
        tr {
            th scope="row" { (id) }
            td { (user.name.as_str()) }
            td { (names.join(", ")) }
            td {
                (w.t(&format!("user-{}", user.state.name())))
                @if user.must_change { " · " (w.t("admin-must-change")) }
            }
            @if able {
                td.changes {
                    @for change in changes {
                        button type="button" data-admin="change" data-change=(change)
                            data-user=(id) data-roles=(roles.join(" "))
                            aria-label={ (w.t(&format!("admin-change-{change}"))) ": " (id) } {
                            (w.t(&format!("admin-change-{change}")))
                        }
                    }
                }
            }
        }
    }
}

/// The table of permissions as it is in force.
fn rights(w: Words) -> Markup {
    html! {
        section.panel.part {
            h2 { (w.t("admin-rights")) }
            div.scroll tabindex="0" role="region" aria-label=(w.t("admin-rights")) {
                table.list.rights {
                    thead { tr {
                        th scope="col" { (w.t("admin-action")) }
                        @for role in Role::ALL {
                            th scope="col" { (w.t(&format!("role-{}", role.name()))) }
                        }
                        th scope="col" { (w.t("admin-signed")) }
                    } }
                    @for action in Action::ALL {
                        tr {
                            th scope="row" { (w.t(&format!("may-{}", action.name()))) }
                            @for role in Role::ALL {
                                @let may = action.roles().has(role);
                                td { @if may { "●" span.unseen { (w.t("admin-may")) } } }
                            }
                            td { (signed(*action, w)) }
                        }
                    }
                }
            }
        }
    }
}

fn signed(action: Action, w: Words) -> String {
    let meaning = |name: &str| w.t(&format!("meaning-{name}"));
    match action.signing() {
        Signing::Unsigned => w.t("none"),
        Signing::One(one) | Signing::NotOwn(one) => meaning(one.name()),
        Signing::Two { first, second, roles, .. } => {
            let roles: Vec<String> =
                roles.names().iter().map(|role| w.t(&format!("role-{role}"))).collect();
            let (first, second) = (meaning(first.name()), meaning(second.name()));
            format!("{first} + {second} ({})", roles.join(", "))
        }
    }
}

fn audit(frame: &Frame) -> Markup {
    let w = frame.words;
    html! {
        section.panel.part {
            h2 { (w.t("admin-audit")) }
            form #audit-filter {
                @for (name, kind) in
                    [("who", "text"), ("kind", "text"), ("from", "date"), ("to", "date")] {
                    div.field {
                        label for={ "audit-" (name) } { (w.t(&format!("admin-audit-{name}"))) }
                        input type=(kind) id={ "audit-" (name) } name=(name) autocomplete="off";
                    }
                }
                button.primary type="submit" { (w.t("admin-search")) }
                @if frame.may(Action::AuditExport) {
                    button type="button" data-admin="export" data-form="csv" { "CSV" }
                    button type="button" data-admin="export" data-form="json" { "JSON" }
                }
            }
            div.scroll tabindex="0" role="region" aria-label=(w.t("admin-audit")) {
                table.list {
                    thead { tr {
                        @for key in ["when", "who", "what", "old", "new", "why"] {
                            th scope="col" { (w.t(&format!("admin-audit-{key}"))) }
                        }
                    } }
                    tbody #audit-events {}
                }
            }
            div.buttons { button type="button" #audit-older disabled { (w.t("admin-older")) } }
        }
    }
}

fn ledger(frame: &Frame) -> Markup {
    let w = frame.words;
    html! {
        div.pair-of-panels {
            section.panel {
                h2 { (w.t("admin-verify")) }
                p { (w.t("admin-verify-means")) }
                @if frame.may(Action::AuditVerify) {
                    button.primary type="button" data-admin="verify" { (w.t("admin-verify-now")) }
                }
                p #verified role="status" {}
            }
            section.panel {
                h2 { (w.t("admin-backup")) }
                p #backup role="status" {}
                @if frame.may(Action::Backup) {
                    form #backup-form {
                        div.field {
                            label for="backup-out" { (w.t("admin-backup-out")) }
                            input #backup-out name="out" required maxlength="400"
                                autocomplete="off" placeholder="/backup/2026-11-23";
                        }
                        label.choice {
                            input type="checkbox" name="with_sealed" checked;
                            span { (w.t("admin-backup-sealed")) }
                        }
                        label.choice {
                            input type="checkbox" name="with_images";
                            span { (w.t("admin-backup-images")) }
                        }
                        button.primary type="submit" { (w.t("admin-backup-now")) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use people::Language;

    #[test]
    fn every_action_and_part_has_its_words() {
        for w in [Words(Language::En), Words(Language::De)] {
            let keys = Action::ALL.iter().map(|action| format!("may-{}", action.name()));
            let parts = PARTS.iter().map(|(name, _)| format!("admin-{name}"));
            let states = ["active", "blocked", "retired"].map(|state| format!("user-{state}"));
            for key in keys.chain(parts).chain(states) {
                assert!(w.maybe(&key).is_some(), "{key}");
            }
            let table = rights(w).into_string();
            assert_eq!(table.matches("<tr>").count(), Action::ALL.len() + 1);
        }
    }
}
