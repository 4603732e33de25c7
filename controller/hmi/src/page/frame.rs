//! The constant frame of every screen: banner, state, order, clock, person; alarms; the screens;
//! the commands.
//!
//! Called by every page. Must never hold what only one screen needs.

use super::{commands, head, texts};
use crate::app::App;
use crate::caller::Caller;
use crate::i18n::Words;
use crate::problem::Problem;
use crate::snapshot::Snapshot;
use crate::words;
use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use people::{Action, Language, SessionView, permits};
use std::sync::Arc;

/// Cookie with the language of somebody who has not logged in.
const LANGUAGE: &str = "packline-language";

/// The screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// S1: how the line runs.
    Run,
    /// S2: an order from its loading to its start.
    Start,
    /// S4: the rejects of a batch.
    Review,
    /// S5: the life of a serial.
    Trace,
    /// S6: alarms and events.
    Alarms,
    /// S7: the close of a batch.
    Close,
    /// S9: people, configuration, audit, backup.
    Admin,
    /// S8: what is simulated; only in a demo.
    Simulator,
}

impl Screen {
    /// All that the frame leads to, in its order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Run,
        Self::Start,
        Self::Review,
        Self::Trace,
        Self::Alarms,
        Self::Close,
        Self::Admin,
        Self::Simulator,
    ];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Run => "/",
            Self::Start => "/start",
            Self::Review => "/review",
            Self::Trace => "/serial",
            Self::Alarms => "/alarms",
            Self::Close => "/close",
            Self::Admin => "/admin",
            Self::Simulator => "/simulator",
        }
    }

    /// The line has this screen.
    const fn is_there(self, snapshot: &Snapshot) -> bool {
        !matches!(self, Self::Simulator) || snapshot.simulated.is_some()
    }

    /// Its name in classes and files.
    const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Start => "start",
            Self::Review => "review",
            Self::Trace => "trace",
            Self::Alarms => "alarms",
            Self::Close => "close",
            Self::Admin => "admin",
            Self::Simulator => "simulator",
        }
    }

    /// Its name for people.
    fn title(self, w: Words) -> String {
        w.maybe(&format!("screen-{}", self.name())).unwrap_or_default()
    }

    /// What somebody must be permitted to see it; none: anyone may.
    pub(crate) const fn needs(self) -> Option<Action> {
        match self {
            Self::Run | Self::Simulator => None,
            Self::Start | Self::Alarms | Self::Admin => Some(Action::ViewLine),
            Self::Review => Some(Action::RejectReview),
            Self::Trace => Some(Action::SerialTrace),
            Self::Close => Some(Action::ReportRead),
        }
    }

    /// Keys of the texts that its script says.
    const fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Run => super::run::TEXTS,
            Self::Start => super::start::TEXTS,
            Self::Review => super::review::TEXTS,
            Self::Trace => super::trace::TEXTS,
            Self::Alarms => super::alarms::TEXTS,
            Self::Close => super::close::TEXTS,
            Self::Admin => super::admin::TEXTS,
            Self::Simulator => super::simulator::TEXTS,
        }
    }
}

/// Who looks at what, in which language.
pub(crate) struct Frame {
    pub(crate) words: Words,
    pub(crate) snapshot: Arc<Snapshot>,
    /// The session, when there is one.
    pub(crate) view: Option<SessionView>,
}

impl Frame {
    /// Of a request.
    ///
    /// # Errors
    /// 503: people's state does not answer.
    pub(crate) async fn of(app: &App, caller: &Caller, parts: &Parts) -> Result<Self, Problem> {
        let view = caller.view(app).await?;
        let chosen = chosen(parts).or_else(|| view.as_ref().map(|view| view.language));
        let language = chosen.or_else(|| remembered(&parts.headers)).unwrap_or_default();
        let snapshot = Arc::clone(&app.snapshots.borrow());
        Ok(Self { words: Words(language), snapshot, view })
    }

    /// True when the person who is logged in may do this.
    pub(crate) fn may(&self, action: Action) -> bool {
        let able = |view: &&SessionView| !view.must_change;
        self.view.as_ref().filter(able).is_some_and(|view| permits(view.roles, action))
    }

    /// The whole page as an answer; the language stays for the next one.
    pub(crate) fn answer(&self, screen: Screen, main: Markup) -> Response {
        let main = match screen.needs() {
            Some(action) if !self.may(action) => self.not_yours(action),
            _ => main,
        };
        let code = self.words.code();
        let cookie = format!("{LANGUAGE}={code}; Path=/; SameSite=Strict; Max-Age=31536000");
        let page = words::inert(self.page(screen, main).into_string());
        let mut response = Html(page).into_response();
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }

    /// A part of a page as an answer, for its script to lay into its place.
    pub(crate) fn part(part: Markup) -> Response {
        Html(words::inert(part.into_string())).into_response()
    }

    /// In place of a screen that this person may not see.
    fn not_yours(&self, action: Action) -> Markup {
        let w = self.words;
        let roles: Vec<String> =
            action.roles().names().iter().map(|r| w.t(&format!("role-{r}"))).collect();
        html! {
            section.panel.message {
                h2 { (w.t("screen-not-yours")) }
                p { (w.with("command-not-yours", &[("roles", roles.join(", ").into())])) }
                @if self.view.is_none() {
                    button.primary type="button" data-open="login" { (w.t("log-in")) }
                }
            }
        }
    }

    /// The whole page; without script it is a still picture that says so.
    pub(crate) fn page(&self, screen: Screen, main: Markup) -> Markup {
        let (w, snapshot) = (self.words, self.snapshot.as_ref());
        html! {
            (DOCTYPE)
            html lang=(w.code()) data-link="connecting" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    title { (screen.title(w)) " – Packline " (snapshot.line_id) }
                    link rel="icon" type="image/svg+xml" href="/icon.svg";
                    link rel="stylesheet" href="/app.css";
                    link rel="stylesheet" href={ "/" (screen.name()) ".css" };
                    script type="module" src="/app.js" {}
                    script type="module" src={ "/" (screen.name()) ".js" } {}
                    (texts::block(w, screen.texts()))
                }
                body class={ "screen-" (screen.name()) } data-may=(self.permitted())
                    data-csrf=[self.view.as_ref().map(|view| view.csrf.as_str())]
                    data-user=[self.view.as_ref().map(|view| view.user.as_str())]
                    data-locked[self.view.as_ref().is_some_and(|view| view.locked)]
                    data-must-change[self.view.as_ref().is_some_and(|view| view.must_change)] {
                    div #stale role="alert" {
                        strong { (w.t("stale")) }
                        span #stale-why { (w.t("stale-waiting")) }
                    }
                    noscript { (w.t("no-script")) }
                    (self.head(screen))
                    section #alarms aria-label=(w.t("region-alarms")) role="status" {
                        (head::alarms(snapshot, w))
                    }
                    main #main tabindex="-1" { h1.unseen { (screen.title(w)) } (main) }
                    section aria-label=(w.t("region-commands")) {
                        div #commands role="toolbar" aria-label=(w.t("region-commands")) {
                            (commands::bar(snapshot, w))
                        }
                    }
                    div #toasts role="status" aria-live="polite" {}
                }
            }
        }
    }

    fn head(&self, screen: Screen) -> Markup {
        let (w, snapshot) = (self.words, self.snapshot.as_ref());
        html! {
            div #banner role="status" { (head::banner(snapshot, w)) }
            header {
                section #state aria-label=(w.t("region-state")) { (head::state(snapshot, w)) }
                section #job aria-label=(w.t("region-job")) { (head::job(snapshot, w)) }
                section #clock aria-label=(w.t("region-clock")) { (head::clock(snapshot, w)) }
            }
            nav aria-label=(w.t("region-screens")) {
                @for other in Screen::ALL.into_iter().filter(|s| s.is_there(snapshot)) {
                    a href=(other.path()) aria-current=[(other == screen).then_some("page")] {
                        (other.title(w))
                    }
                }
                span.languages {
                    @for (code, name) in [("en", "English"), ("de", "Deutsch")] {
                        @if code != w.code() {
                            a href={ "?lang=" (code) } lang=(code) hreflang=(code) { (name) }
                        }
                    }
                }
                section #person aria-label=(w.t("region-person")) { (self.person()) }
            }
        }
    }

    /// Who is logged in, and the buttons for that.
    fn person(&self) -> Markup {
        let w = self.words;
        let Some(view) = &self.view else {
            return html! {
                small { (w.t("nobody")) }
                button type="button" data-open="login" { (w.t("log-in")) }
            };
        };
        let roles: Vec<String> =
            view.roles.names().iter().map(|r| w.t(&format!("role-{r}"))).collect();
        html! {
            div {
                strong { (view.name.as_str()) }
                small { (roles.join(", ")) }
            }
            @if view.locked {
                button.primary type="button" data-open="unlock" { (w.t("unlock")) }
            } @else {
                button type="button" data-do="lock" { (w.t("lock")) }
            }
            button type="button" data-do="logout" { (w.t("log-out")) }
        }
    }

    /// Names of what the person may do, for the script to lay over the buttons.
    fn permitted(&self) -> String {
        let allowed = |action: &&Action| {
            !action.needs_session()
                || (self.may(**action) && self.view.as_ref().is_some_and(|view| !view.locked))
        };
        let names: Vec<&str> = Action::ALL.iter().filter(allowed).map(|a| a.name()).collect();
        names.join(" ")
    }
}

/// `?lang=..` of the request.
fn chosen(parts: &Parts) -> Option<Language> {
    let query = parts.uri.query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")?.parse().ok())
}

/// What was chosen before; else what the browser asks for.
fn remembered(headers: &HeaderMap) -> Option<Language> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let cookies = text(header::COOKIE).unwrap_or_default();
    let mut pairs = cookies.split(';').map(str::trim);
    let kept = pairs.find_map(|pair| pair.strip_prefix(LANGUAGE)?.strip_prefix('=')?.parse().ok());
    let asked = || text(header::ACCEPT_LANGUAGE)?.get(..2)?.parse().ok();
    kept.or_else(asked)
}
