//! Texts that the script shows: a block of data in the page, in its language.
//!
//! Called by the frame. Must never hold anything from outside.

use crate::i18n::Words;
use maud::{Markup, PreEscaped, html};

/// Keys of what the scripts of every page say.
const KEYS: &[&str] = &[
    "stale-lost",
    "stale-old",
    "stale-age",
    "wake",
    "log-in",
    "unlock",
    "user-id",
    "password",
    "password-old",
    "password-new",
    "password-new-again",
    "password-differs",
    "must-change",
    "set-password",
    "cancel",
    "back",
    "next",
    "close",
    "confirm",
    "badge-hint",
    "sign",
    "sign-title",
    "sign-what",
    "sign-meaning",
    "sign-reason",
    "sign-reason-needed",
    "sign-as",
    "sign-hash",
    "sign-first",
    "sign-second",
    "sign-second-of",
    "sign-within",
    "meaning-performed",
    "meaning-reviewed",
    "meaning-approved",
    "reason-pick",
    "command-not-yours",
    "command-not-live",
    "not-yours",
    "command-failed",
    "done",
    "role-operator",
    "role-supervisor",
    "role-quality",
    "role-engineer",
    "role-administrator",
    "role-anyone",
    "act-order_start",
    "act-order_complete",
    "act-unit_stop",
    "act-unit_hold",
    "act-unit_unhold",
    "act-unit_abort",
    "act-unit_reset",
    "act-batch_close",
    "act-resolve_pack",
    "act-alarm_acknowledge",
    "act-alarm_shelve",
    "act-alarm_unshelve",
    "nobody",
    "locked",
];

/// Arguments that a script may fill in.
const ARGUMENTS: [&str; 21] = [
    "seconds", "roles", "count", "state", "records", "anchors", "head", "seq", "what", "out",
    "events", "of", "through", "bytes", "error", "time", "who", "left", "version", "from", "to",
];

/// The block. Arguments stay as `{name}`: the script fills them in.
pub(super) fn block(w: Words, more: &[&str]) -> Markup {
    let own = |key: &str| {
        let names = ARGUMENTS.map(|name| (name, format!("{{{name}}}").into()));
        w.with(key, &names)
    };
    let texts: serde_json::Map<String, serde_json::Value> =
        KEYS.iter().chain(more).map(|key| ((*key).to_owned(), own(key).into())).collect();
    // `<` cannot end the block, for it is written as an escape of JSON.
    let json = serde_json::Value::Object(texts).to_string().replace('<', "\\u003c");
    html! { script type="application/json" #texts { (PreEscaped(json)) } }
}
