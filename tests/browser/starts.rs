//! However often and by whomever Start is pressed: one batch starts once.

use crate::Outcome;
use crate::browser::Browser;
use crate::crew::OWN;
use crate::floor::{Floor, OLGA, VERA};
use crate::plant::wait;

const START: &str = "#do-order_start";
/// Two presses before the page can answer the first.
const TAP_TWICE: &str = "
    const start = document.querySelector('#do-order_start');
    start.click(); start.click();";
const SIGN_TWICE: &str = "
    const form = document.querySelector('dialog form');
    if (form) { form.requestSubmit(); form.requestSubmit(); }";

/// Opens the dialog by a double tap and fills it in.
fn about_to_sign(browser: &Browser, user: &str) -> Outcome {
    browser.login(user)?;
    browser.ready(START)?;
    browser.run(TAP_TWICE, &[])?;
    browser.until("a dialog", "return !!document.querySelector('dialog [name=reason]')")?;
    browser.keys("dialog [name=reason]", "the line is clear")?;
    fill(browser)
}

fn fill(browser: &Browser) -> Outcome {
    browser.keys("dialog [name=password]", OWN)
}

#[test]
fn a_double_tap_in_two_browsers_starts_one_batch_once() -> Outcome {
    let floor = Floor::loaded()?;
    let browsers = [floor.browser()?, floor.browser()?];
    for (browser, user) in browsers.iter().zip([OLGA, VERA]) {
        about_to_sign(browser, user)?;
        let dialogs = browser.run("return document.querySelectorAll('dialog').length", &[])?;
        assert_eq!(dialogs, 1, "a double tap asks once");
    }
    wait("the order runs", || {
        for browser in &browsers {
            browser.run(SIGN_TWICE, &[])?;
        }
        for browser in &browsers {
            // Answered: closed, or open with a problem in words.
            let answered = "const told = document.querySelector('dialog .problem'); \
                            return !told || told.textContent !== ''";
            browser.until("an answer", answered)?;
        }
        if floor.commands("start")? > 0 {
            return Ok(Some(()));
        }
        // The devices' echo of the recipe was not there yet.
        browsers.iter().try_for_each(fill)?;
        Ok(None)
    })?;
    // The other one, and whoever comes late.
    browsers.iter().try_for_each(|browser| browser.run(SIGN_TWICE, &[]).map(|_| ()))?;
    wait("packs come out", || {
        Ok((floor.crew.plant.status()?["good"].as_u64() > Some(3)).then_some(()))
    })?;
    assert_eq!(floor.commands("start")?, 1);
    floor.crew.end()
}
