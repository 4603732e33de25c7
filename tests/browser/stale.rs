//! Nobody may take an old picture for the line as it is.

use crate::Outcome;
use crate::browser::Browser;
use crate::floor::{Floor, OLGA};
use serde_json::Value;

/// Grey within this time, by the page's own clock (issue 5).
const GREY_WITHIN_MS: f64 = 3_000.0;

/// Notes when the page turns from live to grey or back; the page's clock now.
const WATCH: &str = "
    window.turns = [];
    const link = () => document.documentElement.dataset.link;
    const turn = () => window.turns.push([link(), performance.now()]);
    new MutationObserver(turn).observe(document.documentElement,
        { attributes: true, attributeFilter: ['data-link'] });
    return performance.now();";

/// What is wrong with the commands and the picture of a page that is not live.
const FAULTS: &str = "
    const on = [...document.querySelectorAll('#commands button')]
        .filter((button) => button.getAttribute('aria-disabled') !== 'true').map((b) => b.id);
    const grey = getComputedStyle(document.querySelector('main')).filter.includes('grayscale');
    const told = document.getElementById('stale').checkVisibility();
    return [...on, ...(grey ? [] : ['not grey']), ...(told ? [] : ['not told'])];";

const IS_STALE: &str = "return document.documentElement.dataset.link === 'stale'";

/// Waits until the page is grey and holds it to its time.
fn turns_grey(browser: &Browser, cut_at: f64) -> Outcome {
    browser.until("the page turns grey", IS_STALE)?;
    let turned = browser.run("return window.turns[0]", &[])?;
    assert_eq!(turned[0], "stale");
    let after = turned[1].as_f64().ok_or("no time")? - cut_at;
    assert!(after <= GREY_WITHIN_MS, "grey after {after} ms");
    assert_eq!(browser.run(FAULTS, &[])?, Value::Array(Vec::new()));
    Ok(())
}

fn number(value: &Value) -> Outcome<f64> {
    Ok(value.as_f64().ok_or_else(|| value.to_string())?)
}

/// A service that stands still, without a closed connection.
#[test]
fn a_frozen_service_greys_the_page_and_its_alarm_is_there_when_it_comes_back() -> Outcome {
    let floor = Floor::running()?;
    let browser = floor.browser()?;
    browser.login(OLGA)?;
    browser.ready("#do-unit_hold")?;
    let cut_at = number(&browser.run(WATCH, &[])?)?;
    floor.crew.service.signal("-STOP")?;
    turns_grey(&browser, cut_at)?;
    floor.crew.service.signal("-CONT")?;
    browser.live()?;
    // Without the heartbeat the line I/O has stopped the belt.
    browser.until("the hold", "return !document.querySelector('#alarms .none')")?;
    floor.crew.end()
}

/// A service that was killed and comes back: everything on the screen is fresh.
#[test]
fn a_killed_service_greys_the_page_and_all_of_it_is_new_when_it_comes_back() -> Outcome {
    let mut floor = Floor::running()?;
    let browser = floor.browser()?;
    browser.show("/")?;
    let cut_at = number(&browser.run(WATCH, &[])?)?;
    floor.crew.service.kill()?;
    turns_grey(&browser, cut_at)?;
    // What is on the screen now must not survive, not even where nothing has changed since.
    let worn = "for (const id of ['job', 'devices', 'rate']) \
                document.getElementById(id).textContent = 'worn'";
    browser.run(worn, &[])?;
    floor.crew.service = floor.crew.plant.start_service()?;
    browser.live()?;
    browser.until("a full picture", "return !document.body.innerText.includes('worn')")?;
    floor.crew.end()
}
