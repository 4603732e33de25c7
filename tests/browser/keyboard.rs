//! Everything by keyboard alone; the focus stays where it is while the page lives.

use crate::Outcome;
use crate::browser::Browser;
use crate::crew::OWN;
use crate::floor::{Floor, VERA};
use crate::screens::SCREENS;
use serde_json::Value;
use std::collections::BTreeSet;

const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
/// More stops than any page has.
const STOPS_MAX: usize = 400;

/// Marks everything that a finger can press; how many there are.
const MARK: &str = "
    const all = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')]
        .filter((one) => one.checkVisibility() && !one.disabled && one.type !== 'hidden');
    const seen = new Set();
    const wanted = all.filter((one) => one.type !== 'radio' || !one.name ||
        (one.checked || ![...all].some((o) => o.name === one.name && o.checked)) &&
        !seen.has(one.name) && seen.add(one.name));
    window.stops = new Map(wanted.map((one, n) => [one, n]));
    return wanted.length;";

/// Where the focus is, and whether one can see that.
const FOCUS: &str = "
    const now = document.activeElement;
    const style = getComputedStyle(now);
    const outlined = style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
    return [window.stops.get(now) ?? null, outlined];";

/// What stands at these stops.
const NAMES: &str = "
    return [...window.stops].filter(([, n]) => arguments[0].includes(n))
        .map(([one]) => one.outerHTML.slice(0, 120));";

/// Presses Tab until a script answers true.
fn tab_to(browser: &Browser, what: &str, script: &str) -> Outcome {
    for _ in 0..STOPS_MAX {
        if browser.run(script, &[])? == true {
            return Ok(());
        }
        browser.press(None, TAB)?;
    }
    Err(format!("no way by Tab to {what}").into())
}

fn login(browser: &Browser) -> Outcome {
    browser.show("/")?;
    let at_login = "return document.activeElement.dataset.open === 'login'";
    tab_to(browser, "the login", at_login)?;
    browser.press(None, ENTER)?;
    browser.until("a dialog", "return !!document.querySelector('dialog[open]')")?;
    browser.press(None, VERA)?;
    browser.press(None, TAB)?;
    browser.press(None, OWN)?;
    browser.press(None, ENTER)?;
    browser.until("logged in", "return !!document.querySelector('[data-do=logout]')")?;
    browser.live()
}

/// Every target is reached by Tab, and one sees where one is.
fn every_target_is_reached(browser: &Browser, path: &str) -> Outcome {
    browser.show(path)?;
    let wanted = browser.run(MARK, &[])?.as_u64().ok_or("no number")?;
    let (mut reached, mut blind) = (BTreeSet::new(), Vec::new());
    // A field for a date has several stops.
    for _ in 0..wanted * 5 + 8 {
        browser.press(None, TAB)?;
        let at = browser.run(FOCUS, &[])?;
        let Some(stop) = at[0].as_u64() else { continue };
        if at[1] != true {
            blind.push(stop);
        }
        reached.insert(stop);
        if reached.len() as u64 == wanted {
            break;
        }
    }
    let missed: Vec<Value> =
        (0..wanted).filter(|n| !reached.contains(n)).map(Value::from).collect();
    let named = |stops: Value| browser.run(NAMES, &[stops]);
    assert!(missed.is_empty(), "{path}: not reached by Tab: {}", named(missed.into())?);
    assert!(blind.is_empty(), "{path}: one does not see the focus at {}", named(blind.into())?);
    Ok(())
}

#[test]
fn a_keyboard_alone_logs_in_reaches_everything_and_keeps_its_place() -> Outcome {
    let floor = Floor::running()?;
    let browser = floor.browser()?;
    login(&browser)?;
    for path in SCREENS {
        every_target_is_reached(&browser, path)?;
    }
    browser.show("/")?;
    tab_to(&browser, "Hold", "return document.activeElement.id === 'do-unit_hold'")?;
    let clock = "return document.querySelector('#clock strong').textContent";
    for _ in 0..2 {
        let then = browser.text(clock)?;
        browser.until("the next second", &format!("{clock} !== {then:?}"))?;
    }
    assert_eq!(browser.text("return document.activeElement.id")?, "do-unit_hold");
    browser.press(None, ENTER)?;
    browser.until("held", "return !!document.querySelector('#state .stands')")?;
    floor.crew.end()
}
