//! Versions at the screen: a recipe is written, looked at and approved by two others; the line's
//! configuration tells what differs before anybody releases it.

use crate::Outcome;
use crate::browser::Browser;
use crate::crew::{Crew, OWN};
use crate::screens::{Faults, LANGUAGES, all, axe};

/// Signs in the dialog on top: one person, or a second one after the first.
fn sign(browser: &Browser, second: Option<&str>) -> Outcome {
    let top = "dialog:has([name=reason])";
    browser.until("a dialog", &format!("return !!document.querySelector('{top}')"))?;
    browser.keys(&format!("{top} [name=reason]"), "as the procedure says")?;
    browser.keys(&format!("{top} [name=password]"), OWN)?;
    if let Some(second) = second {
        browser.keys(&format!("{top} [name=second-user]"), second)?;
        browser.keys(&format!("{top} [name=second-password]"), OWN)?;
    }
    browser.click(&format!("{top} button.primary"))?;
    browser.until("signed", "return !document.querySelector('dialog')")
}

/// Waits for the state of the first version of the list.
fn first_is(browser: &Browser, state: &str) -> Outcome {
    let script = format!(
        "return [...document.querySelectorAll('#version-rows tr:first-child td')]
            .some((cell) => cell.textContent === {state:?})"
    );
    browser.until(state, &script)
}

fn log_out(browser: &Browser) -> Outcome {
    browser.click("[data-do=logout]")?;
    browser.ready("[data-open=login]")
}

#[test]
fn a_recipe_is_written_and_approved_and_a_configuration_released_at_the_screen() -> Outcome {
    let mut crew = Crew::settled()?;
    crew.plant.edit("line.toml", "keep = \"rejected\"", "keep = \"none\"")?;
    crew.restart()?;
    let browser = Browser::open(crew.addr)?;
    browser.login("sven")?;
    browser.show("/admin?part=recipes&lang=en")?;
    first_is(&browser, "approved")?;
    browser.click("#version-rows tr:first-child .changes button:last-child")?;
    browser.ready("dialog textarea")?;
    let written = browser.text("return document.querySelector('dialog textarea').value")?;
    assert!(written.contains("gtin = "), "{written}");
    browser.keys("dialog textarea", "# another version\n")?;
    browser.click("dialog button.primary")?;
    sign(&browser, None)?;
    first_is(&browser, "draft")?;
    let mut faults = Faults::default();
    all(&browser, &axe()?, "sven", (&["/admin?part=recipes"], &LANGUAGES), &mut faults)?;
    faults.are_none();
    browser.show("/admin?part=recipes&lang=en")?;
    first_is(&browser, "draft")?;
    browser.click("#version-rows tr:first-child .changes button:first-child")?;
    let changed = "return document.querySelector('#difference .added')?.textContent ?? ''";
    browser.until("a difference", &format!("return !!({}).length", &changed[7..]))?;
    assert_eq!(browser.text(changed)?, "+# another version");
    log_out(&browser)?;

    browser.login("quinn")?;
    browser.show("/admin?part=recipes&lang=en")?;
    first_is(&browser, "draft")?;
    browser.click("#version-rows tr:first-child .changes button:nth-child(2)")?;
    sign(&browser, Some("quentin"))?;
    first_is(&browser, "approved")?;
    log_out(&browser)?;

    browser.login("erik")?;
    browser.show("/admin?part=configuration&lang=en")?;
    first_is(&browser, "in force")?;
    let removed = "return document.querySelector('#difference .removed')?.textContent ?? ''";
    assert!(browser.text(removed)?.contains("\"keep\": \"rejected\""));
    browser.click("#versions-begin")?;
    first_is(&browser, "proposed")?;
    browser.click("#version-rows tr:first-child .changes button:nth-child(2)")?;
    sign(&browser, Some("quinn"))?;
    first_is(&browser, "in force")?;
    assert_eq!(crew.events("configuration_released")?.len(), 2);
    assert_eq!(crew.events("recipe_approved")?.len(), 2);
    crew.end()
}
