//! Two parts of S9: versions of the line's configuration and of product recipes, what differs
//! between two, and who has answered for them.
//!
//! The script fills the lists in from the API. Must never release or approve: persons sign.

use super::Frame;
use maud::{Markup, html};
use people::Action;

/// The line's configuration: what runs now, what is in force, what is proposed.
pub(super) fn configuration(frame: &Frame) -> Markup {
    let columns = ["versions-version", "admin-state", "versions-by", "versions-hash"];
    let button = frame.may(Action::ConfigDraft).then_some("versions-propose");
    panel(frame, "configuration", &columns, button)
}

/// Product recipes: drafts, approved and retired versions.
pub(super) fn recipes(frame: &Frame) -> Markup {
    let columns =
        ["versions-product", "versions-version", "admin-state", "versions-by", "versions-hash"];
    let button = frame.may(Action::RecipeDraft).then_some("versions-new");
    panel(frame, "recipes", &columns, button)
}

fn panel(frame: &Frame, of: &str, columns: &[&str], button: Option<&str>) -> Markup {
    let w = frame.words;
    let title = w.t(&format!("admin-{of}"));
    html! {
        section.panel.part #versions data-of=(of) {
            h2 {
                (title)
                @if let Some(key) = button {
                    button.primary type="button" #versions-begin { (w.t(key)) }
                }
            }
            p #versions-state role="status" {}
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.list {
                    thead { tr {
                        @for key in columns { th scope="col" { (w.t(key)) } }
                        th scope="col" { (w.t("admin-change")) }
                    } }
                    tbody #version-rows {}
                }
            }
            h3 #difference-title { (w.t("versions-difference")) }
            div.scroll tabindex="0" role="region" aria-labelledby="difference-title" {
                table.difference { tbody #difference {} }
            }
        }
    }
}
