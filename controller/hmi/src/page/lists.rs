//! The last packs, the devices and the books.
//!
//! Called by the page. Must never say that something is in order when it is not known.

use crate::snapshot::{Device, LastPack, LinkState, Snapshot};
use crate::words;
use line_core::record::Verdict;
use maud::{Markup, html};

/// Rows of the list of packs.
const LAST_PACKS: usize = 20;

/// The last 20 packs, newest first.
pub(super) fn last_packs(snapshot: &Snapshot) -> Markup {
    html! {
        h2 { "Last packs" }
        table.packs {
            thead {
                tr {
                    @for name in ["Pack", "Serial number", "Grade", "Verdict", "Where"] {
                        th scope="col" { (name) }
                    }
                }
            }
            @for pack in snapshot.last_packs.iter().take(LAST_PACKS) { (pack_row(pack)) }
        }
        @if snapshot.last_packs.is_empty() { p.empty { "No pack so far" } }
    }
}

fn pack_row(pack: &LastPack) -> Markup {
    let rejected = pack.verdict == Some(Verdict::Reject);
    let grade = pack.grade_tenths.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10));
    let verdict = match (pack.verdict, pack.reason) {
        (Some(Verdict::Accept), _) => "Accept",
        (Some(Verdict::Reject), Some(reason)) => words::reject(reason),
        (Some(Verdict::Reject), None) => "Reject",
        (None, _) => "–",
    };
    html! {
        tr.rejected[rejected] {
            td.number { (pack.track) }
            td.serial { (pack.serial.as_deref().unwrap_or("–")) }
            td.number { (grade.as_deref().unwrap_or("–")) }
            td.verdict { @if rejected { span.mark aria-hidden="true" { "✕" } } (verdict) }
            td { (words::plain(&pack.state)) }
        }
    }
}

/// Device lights, with words.
pub(super) fn devices(snapshot: &Snapshot) -> Markup {
    let kinds = [
        ("Labeler", &snapshot.labeler),
        ("Camera", &snapshot.camera),
        ("Ejector", &snapshot.ejector),
    ];
    html! {
        h2 { "Devices" }
        ul.lights { @for device in &snapshot.devices { (light(device)) } }
        @if snapshot.devices.is_empty() { p.empty { "No device yet" } }
        p.note {
            @for (index, (name, kind)) in kinds.iter().filter(|(_, k)| !k.is_empty()).enumerate() {
                @if index > 0 { " · " } (name) " " (kind)
            }
        }
    }
}

fn light(device: &Device) -> Markup {
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
            strong { (words::link(device.link)) }
            small { (device.protocol) }
            small { "for " (words::duration(device.since_s)) }
        }
    }
}

/// Where the packs are, and the head of the record chain.
pub(super) fn books(snapshot: &Snapshot) -> Markup {
    let packs = snapshot.packs;
    let terms = [
        ("Infeed", packs.infeed),
        ("Exit", packs.exit),
        ("Ejected", packs.ejected),
        ("Removed", packs.removed),
        ("On the belt", packs.in_process),
    ];
    let audit = &snapshot.audit;
    let head = audit.head.get(..8).unwrap_or(&audit.head);
    html! {
        h2 {
            "Books"
            span.aside {
                @match snapshot.reconciled {
                    Some(true) => "reconciled",
                    Some(false) => b.odd { "not reconciled" },
                    None => "batch open",
                }
            }
        }
        dl.terms {
            @for (name, value) in terms {
                div { dt { (name) } dd { (words::count(value)) } }
            }
            div.odd[packs.unexplained != 0] {
                dt { "Unexplained" }
                dd { (words::count(packs.unexplained)) }
            }
        }
        p.note {
            (words::count(audit.records as i64)) " records · "
            (words::count(audit.anchored_records as i64)) " anchored"
            @if !head.is_empty() { " · " code { (head) } }
        }
    }
}
