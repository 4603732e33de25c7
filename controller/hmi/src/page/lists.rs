//! The last packs, the devices and the books.
//!
//! Called by the page. Must never say that something is in order when it is not known.

use crate::i18n::Words;
use crate::snapshot::{Device, LastPack, LinkState, Snapshot};
use crate::words;
use line_core::record::Verdict;
use maud::{Markup, html};

/// Rows of the list of packs.
const LAST_PACKS: usize = 20;

/// The last 20 packs, newest first.
pub(super) fn last_packs(snapshot: &Snapshot, w: Words) -> Markup {
    let names = [w.t("pack"), w.t("serial-number"), w.t("grade"), w.t("verdict"), w.t("where")];
    html! {
        h2 { (w.t("last-packs")) }
        table.packs {
            thead {
                tr {
                    @for name in names { th scope="col" { (name) } }
                }
            }
            @for pack in snapshot.last_packs.iter().take(LAST_PACKS) { (pack_row(pack, w)) }
        }
        @if snapshot.last_packs.is_empty() { p.empty { (w.t("no-pack")) } }
    }
}

fn pack_row(pack: &LastPack, w: Words) -> Markup {
    let rejected = pack.verdict == Some(Verdict::Reject);
    let grade = pack.grade_tenths.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10));
    let verdict = match (pack.verdict, pack.reason) {
        (Some(Verdict::Accept), _) => w.t("verdict-accept"),
        (Some(Verdict::Reject), Some(reason)) => words::named(w, "reject", &reason),
        (Some(Verdict::Reject), None) => w.t("verdict-reject"),
        (None, _) => w.t("none"),
    };
    html! {
        tr.rejected[rejected] {
            td.number { (pack.track) }
            td.serial { (pack.serial.as_deref().unwrap_or("–")) }
            td.number { (grade.as_deref().unwrap_or("–")) }
            td.verdict { @if rejected { span.mark aria-hidden="true" { "✕" } } (verdict) }
            td { (words::named(w, "fate", &pack.state)) }
        }
    }
}

/// Device lights, with words.
pub(super) fn devices(snapshot: &Snapshot, w: Words) -> Markup {
    let kinds = [
        (
            w.with("device-labeler", &[("kind", snapshot.labeler.as_str().into())]),
            &snapshot.labeler,
        ),
        (w.with("device-camera", &[("kind", snapshot.camera.as_str().into())]), &snapshot.camera),
        (
            w.with("device-ejector", &[("kind", snapshot.ejector.as_str().into())]),
            &snapshot.ejector,
        ),
    ];
    html! {
        h2 { (w.t("devices")) }
        ul.lights { @for device in &snapshot.devices { (light(device, w)) } }
        @if snapshot.devices.is_empty() { p.empty { (w.t("no-device")) } }
        p.note {
            @for (index, (name, _)) in kinds.iter().filter(|(_, k)| !k.is_empty()).enumerate() {
                @if index > 0 { " · " } (name)
            }
        }
    }
}

fn light(device: &Device, w: Words) -> Markup {
    let class = match device.link {
        LinkState::Up => "up",
        LinkState::Down => "down",
        LinkState::Unknown | LinkState::Connecting => "wait",
    };
    html! {
        li class=(class) {
            svg viewBox="0 0 16 16" aria-hidden="true" {
                @match device.link {
                    LinkState::Down => path d="M3 3 13 13M13 3 3 13" {},
                    LinkState::Up | LinkState::Unknown | LinkState::Connecting =>
                        circle cx="8" cy="8" r="6" {},
                }
            }
            span.name { (device.name) }
            @if device.security.as_deref() == Some("none") {
                em.unsecured title=(w.t("unsecured-means")) { (w.t("unsecured")) }
            }
            strong { (words::named(w, "link", &device.link)) }
            @if device.link == LinkState::Down {
                small { (w.with("for-time", &[("time", words::duration(device.since_s).into())])) }
            }
        }
    }
}

/// Where the packs are, and the head of the record chain.
pub(super) fn books(snapshot: &Snapshot, w: Words) -> Markup {
    let packs = snapshot.packs;
    let terms = [
        (w.t("infeed"), packs.infeed),
        (w.t("exit"), packs.exit),
        (w.t("ejected"), packs.ejected),
        (w.t("removed"), packs.removed),
        (w.t("on-the-belt"), packs.in_process),
    ];
    let audit = &snapshot.audit;
    let head = audit.head.get(..8).unwrap_or(&audit.head);
    html! {
        h2 {
            (w.t("books"))
            span.aside {
                @match snapshot.reconciled {
                    Some(true) => (w.t("reconciled")),
                    Some(false) => b.odd { (w.t("not-reconciled")) },
                    None => (w.t("batch-open")),
                }
            }
        }
        dl.terms {
            @for (name, value) in terms {
                div { dt { (name) } dd { (words::count(value)) } }
            }
            div.odd[packs.unexplained != 0] {
                dt { (w.t("unexplained")) }
                dd { (words::count(packs.unexplained)) }
            }
        }
        p.note {
            (w.with("records", &[("count", words::count(audit.records as i64).into())])) " · "
            (w.with("anchored", &[("count", words::count(audit.anchored_records as i64).into())]))
            @if !head.is_empty() { " · " code { (head) } }
        }
    }
}
