//! Every screen in both languages: nobody is shut out, nothing is cut, nothing comes from
//! elsewhere.

use crate::Outcome;
use crate::browser::{Browser, DESK, PANEL, SMALL};
use crate::client::Call;
use crate::demo::Demo;
use crate::floor::{ADMIN, Floor, VERA};
use serde_json::{Value, json};
use std::path::Path;

pub const SCREENS: [&str; 7] = ["/", "/start", "/review", "/serial", "/alarms", "/close", "/admin"];
/// Parts of the administration, for who may see most of them.
const PARTS: [&str; 6] = [
    "/admin?part=rights",
    "/admin?part=devices",
    "/admin?part=configuration",
    "/admin?part=recipes",
    "/admin?part=audit",
    "/admin?part=ledger",
];
const SIMULATOR: &str = "/simulator";
pub const LANGUAGES: [&str; 2] = ["en", "de"];

/// Rules of WCAG 2.2 AA, and what axe holds good practice.
const AXE: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: tags, resultTypes: ['violations'] }).then(
        (found) => done(found.violations.flatMap((rule) => rule.nodes.map(
            (node) => `${rule.id}: ${node.html} ${node.failureSummary}`))),
        (error) => done([String(error)]));";

/// Targets that are too small or too near: those of the command bar and of the operators' screens
/// are for gloves. What is scrolled away or lies under something is not there.
const TARGETS: &str = "
    const gloves = ['screen-run', 'screen-start'].some((c) => document.body.classList.contains(c));
    const seen = (one) => {
        let { left, top, right, bottom, height } = one.getBoundingClientRect();
        for (let up = one.parentElement; up; up = up.parentElement) {
            if (getComputedStyle(up).overflow === 'visible') continue;
            const box = up.getBoundingClientRect();
            [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
            [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
        }
        return { one, left, top, right, bottom, height };
    };
    const names = (one) => one.outerHTML.slice(0, 90);
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
        .filter((one) => one.checkVisibility() && one.type !== 'hidden')
        .map((one) => one.closest('label') ?? one)
        .map(seen).filter((box) => box.right - box.left > 1 && box.bottom - box.top > 1);
    const faults = [];
    for (const { one, height } of all) {
        const wanted = one.closest('#commands') || (gloves && one.closest('main')) ? 64 : 48;
        if (height < wanted - 0.5) faults.push(`${height} of ${wanted} px: ${names(one)}`);
    }
    all.forEach((a, n) => all.slice(n + 1).forEach((b) => {
        if (a.one.contains(b.one) || b.one.contains(a.one)) return;
        const across = Math.max(b.left - a.right, a.left - b.right);
        const down = Math.max(b.top - a.bottom, a.top - b.bottom);
        const apart = Math.max(across, down);
        if (apart < 11.5) faults.push(`${apart} px apart: ${names(a.one)} ${names(b.one)}`);
    }));
    return faults;";

/// What does not fit: the page to the right; on the run screen anything at all.
const CUT: &str = "
    const page = document.documentElement;
    const faults = page.scrollWidth > innerWidth ? [`${page.scrollWidth} px wide`] : [];
    if (!document.body.classList.contains('screen-run')) return faults;
    if (page.scrollHeight > innerHeight) faults.push(`${page.scrollHeight} px high`);
    for (const one of document.querySelectorAll('main .panel, #job, #commands button')) {
        if (one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1) {
            faults.push(`cut: #${one.id} ${one.scrollWidth} of ${one.clientWidth}, `
                + `${one.scrollHeight} of ${one.clientHeight}`);
        }
    }
    return faults;";

/// axe-core as `tests/run people` brings it.
pub fn axe() -> Outcome<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_packline"));
    let target = program.ancestors().nth(2).ok_or("no target directory")?;
    let path = target.join("axe-core/package/axe.min.js");
    let text = std::fs::read_to_string(&path);
    Ok(text.map_err(|e| format!("{}: {e}; tests/run people fetches it", path.display()))?)
}

/// What is wrong, on which screen; all of it is told at once.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, found: &Value, what: &str) {
        let found = found.as_array().map(Vec::as_slice).unwrap_or_default();
        let lines = found.iter().filter_map(Value::as_str);
        self.0.extend(lines.map(|line| format!("{what}: {line}")));
    }

    fn look(&mut self, browser: &Browser, axe: &str, what: &str) -> Outcome {
        self.add(&browser.run(CUT, &[])?, what);
        self.add(&browser.run(TARGETS, &[])?, what);
        browser.run(axe, &[])?;
        self.add(&browser.run_async(AXE)?, what);
        Ok(())
    }

    pub fn are_none(&self) {
        assert!(self.0.is_empty(), "{} faults:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// How another word is joined to an address.
pub fn joined(path: &str) -> char {
    if path.contains('?') { '&' } else { '?' }
}

/// Screens as the browser is, in these languages and at the panel's size.
pub fn all(
    browser: &Browser,
    axe: &str,
    who: &str,
    (screens, languages): (&[&str], &[&str]),
    faults: &mut Faults,
) -> Outcome {
    for language in languages {
        for path in screens {
            browser.show(&format!("{path}{}lang={language}", joined(path)))?;
            browser.until("a quiet page", "return !document.querySelector('[aria-busy=true]')")?;
            faults.look(browser, axe, &format!("{path} in {language} for {who}"))?;
        }
    }
    let complaints = browser.complaints()?;
    assert!(complaints.is_empty(), "{who}: the console complains: {complaints:#?}");
    let foreign = browser.foreign_requests()?;
    assert!(foreign.is_empty(), "{who}: asked of other hosts: {foreign:?}");
    Ok(())
}

#[test]
fn every_screen_is_open_to_everybody_whole_and_at_home() -> Outcome {
    let (floor, axe) = (Floor::troubled()?, axe()?);
    floor.rejects()?;
    let browser = floor.browser()?;
    let mut faults = Faults::default();
    all(&browser, &axe, "nobody", (&SCREENS, &["en"]), &mut faults)?;
    // The administrator's own page, and everything for who works at the line.
    floor.crew.propose(VERA)?;
    for (user, screens) in
        [(ADMIN, &SCREENS[6..]), (VERA, &[&SCREENS[..], &PARTS[..]].concat()[..])]
    {
        browser.login(user)?;
        all(&browser, &axe, user, (screens, &LANGUAGES), &mut faults)?;
        if user == ADMIN {
            browser.click("[data-do=logout]")?;
            browser.ready("[data-open=login]")?;
            // A page that asked after its session just then was told that there is none.
            browser.complaints()?;
        }
    }
    for size in [SMALL, PANEL, DESK] {
        browser.resize(size)?;
        for language in LANGUAGES {
            browser.show(&format!("/?lang={language}"))?;
            let what = format!("run screen {size:?} in {language}");
            faults.add(&browser.run(CUT, &[])?, &what);
            faults.add(&browser.run(TARGETS, &[])?, &what);
        }
    }
    faults.are_none();
    floor.crew.end()
}

/// S8 is a demo's alone: there it is as open as the others, elsewhere there is no such page.
#[test]
fn the_simulators_screen_is_open_in_a_demo_only() -> Outcome {
    let (demo, axe) = (Demo::start()?, axe()?);
    let browser = Browser::open(demo.addr)?;
    browser.show(SIMULATOR)?;
    browser.until("margins", "return !!document.querySelector('#margin-histogram svg')")?;
    let mut faults = Faults::default();
    all(&browser, &axe, "nobody", (&[SIMULATOR], &LANGUAGES), &mut faults)?;
    faults.are_none();
    drop(demo);
    let floor = Floor::loaded()?;
    let told = Call::to(floor.crew.addr, &format!("GET {SIMULATOR}")).send()?;
    assert_eq!(told.status, 404, "{told:?}");
    assert!(told.body.contains("no_simulation"), "{told:?}");
    floor.crew.end()
}

/// The policy against foreign scripts is in force: what a page would do with one is refused.
#[test]
fn a_foreign_script_does_not_run() -> Outcome {
    let floor = Floor::loaded()?;
    let browser = floor.browser()?;
    browser.show("/")?;
    let inline = "
        const script = document.createElement('script');
        script.textContent = 'window.foreign = true';
        document.body.append(script);
        return window.foreign ?? null;";
    assert_eq!(browser.run(inline, &[])?, json!(null));
    let said = browser.complaints()?.join(" ");
    assert!(said.contains("Content Security Policy"), "{said}");
    floor.crew.end()
}
