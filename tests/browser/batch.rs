//! A production batch from its order to its closed books, by two people at the screen: each step in
//! its turn, signed by whom it is for, and none left out.

use crate::Outcome;
use crate::browser::Browser;
use crate::crew::{Crew, OWN};
use crate::plant::{BATCH, Line, Plant, wait};
use line_sim::hands::{HandsRequest, PreparedInk, PreparedPack};
use serde_json::{Value, json};

/// The supervisor at the line.
const SVEN: &str = "sven";
/// Quality.
const QUINN: &str = "quinn";
const ENTER: &str = "\u{E007}";
const CONTROL: char = '\u{E009}';
const PACKS: u32 = 25;

/// A line, its people, the recipe's version approved; nothing is loaded.
fn floor() -> Outcome<(Crew, Line)> {
    let plant = Plant::new(PACKS)?;
    std::fs::create_dir_all(plant.path("orders"))?;
    std::fs::copy(plant.path("order.toml"), plant.path("orders/tonight.toml"))?;
    plant.write("scenario.toml", "name = \"blanks\"\n[rates]\nmissing_print = 0.08\n")?;
    let line = plant.start_line(50_000, "no-pixels", 11)?;
    plant.edit("line.toml", "ledger = \"simulation\"", "ledger = \"production\"")?;
    let rules = "workflow = \"required\"\nrecipes = \"approved\"\nchallenge = \"required\"";
    plant.edit("line.toml", "[rules]", &format!("[rules]\n{rules}"))?;
    Ok((Crew::at(plant)?.settle()?, line))
}

/// Fills the dialog in and signs: one person, or a second one after the first.
fn sign(browser: &Browser, second: Option<&str>) -> Outcome {
    browser.until("a dialog", "return !!document.querySelector('dialog [name=reason]')")?;
    browser.keys("dialog [name=reason]", "as the procedure says")?;
    browser.keys("dialog [name=password]", OWN)?;
    let wants_second = browser.run("return !!document.querySelector('[name=second-user]')", &[])?;
    assert_eq!(wants_second, second.is_some(), "who signs");
    if let Some(second) = second {
        browser.keys("dialog [name=second-user]", second)?;
        browser.keys("dialog [name=second-password]", OWN)?;
    }
    browser.click("dialog button.primary")?;
    browser.until("signed", "return !document.querySelector('dialog')")
}

/// Waits until a step is the one to be done.
fn at(browser: &Browser, step: &str) -> Outcome {
    let script = format!("return document.querySelector('#step-work').dataset.step === {step:?}");
    browser.until(step, &script)
}

/// What the service answers to somebody who leaves out what comes before.
fn refused(crew: &Crew, users: &[&str], act: &Value, why: &str) -> Outcome {
    let told = crew.acts(users, act)?;
    assert!(told.status >= 400 && told.body.contains(why), "{act}: {told:?}");
    Ok(())
}

/// Lays out what the page asks for, as a person at the infeed would.
fn lay_out(crew: &Crew, line: &Line) -> Outcome {
    let path = format!("/orders/{BATCH}/trial");
    let plan = wait("the challenge waits for its packs", || {
        let session = crew.login(SVEN)?;
        let told = crew.call("GET", &path).by(&session).send()?.json()?;
        Ok((told["state"] == "running").then(|| told["plan"].clone()))
    })?;
    let prepared = |entry: &Value| -> Outcome<PreparedPack> {
        let name = entry["prepared"].as_str().ok_or("no name")?.to_owned();
        let ink = match name.as_str() {
            "unreadable" => PreparedInk::Unreadable,
            "low_grade" => PreparedInk::LowGrade,
            _ => PreparedInk::Clean,
        };
        let label = entry.get("label").filter(|label| !label.is_null()).cloned();
        let label = label.map(serde_json::from_value).transpose()?;
        Ok(PreparedPack { name, label, ink, ..PreparedPack::default() })
    };
    let packs = plan.as_array().ok_or("no plan")?.iter().map(prepared).collect::<Outcome<_>>()?;
    line.hands(HandsRequest::Prepare { packs })?;
    Ok(())
}

/// From the order to the start, S2.
fn prepare(browser: &Browser, crew: &Crew, line: &Line) -> Outcome {
    browser.show("/start")?;
    at(browser, "order")?;
    browser.click("#step-work .pick")?;
    browser.click("#step-work .chosen button.primary")?;
    at(browser, "line_clearance")?;
    let start = json!({ "act": "order_start", "batch": BATCH });
    refused(crew, &[SVEN], &start, "challenge_needed")?;
    browser.run(
        "document.querySelectorAll('#step-work .tick input').forEach((t) => t.click())",
        &[],
    )?;
    browser.click("#step-work button.primary")?;
    sign(browser, Some(QUINN))?;
    at(browser, "device_check")?;
    refused(crew, &[SVEN], &start, "challenge_needed")?;
    wait("the devices echo the recipe", || {
        browser.click("#step-work button.primary")?;
        let past = "return document.querySelector('#step-work').dataset.step !== 'device_check'";
        browser.until("looked at", "return !document.querySelector('[aria-busy=true]')")?;
        Ok((browser.run(past, &[])? == true).then_some(()))
    })?;
    at(browser, "challenge")?;
    refused(crew, &[SVEN], &start, "challenge_needed")?;
    line.hands(HandsRequest::Feed { open: false })?;
    browser.click("#step-work button.primary")?;
    sign(browser, None)?;
    lay_out(crew, line)?;
    at(browser, "order_start")?;
    line.hands(HandsRequest::Feed { open: true })?;
    browser.click("#step-work button.primary")?;
    sign(browser, None)
}

/// The code of the pack in the bin that was printed first, as a scanner reads it.
fn first_pack(crew: &Crew) -> Outcome<String> {
    wait("the first pack lies in the bin", || {
        let packs = crew.plant.packs()?;
        let mut shown = packs.iter().filter(|pack| pack["reason"] == "first_pack");
        let ejected = shown.find(|pack| pack["state"] == "ejected");
        Ok(ejected.and_then(|pack| Some(pack["serial"].as_str()?.to_owned())))
    })
}

/// Types what a scanner types: GS as Ctrl+].
fn scan(browser: &Browser, css: &str, code: &[&str]) -> Outcome {
    browser.run(
        "const f = document.querySelector(arguments[0]); f.focus(); f.value = ''",
        &[css.into()],
    )?;
    for (n, part) in code.iter().enumerate() {
        if n > 0 {
            browser.press(Some(CONTROL), "]")?;
        }
        browser.press(None, part)?;
    }
    browser.press(None, ENTER)
}

/// The first pack: nothing passes before somebody has looked at it.
fn approve(browser: &Browser, crew: &Crew) -> Outcome {
    at(browser, "first_pack")?;
    let serial = first_pack(crew)?;
    assert_eq!(crew.plant.status()?["good"], 0, "a pack passed before the first one's approval");
    let (field, code) = ("#step-work [name=serial]", format!("]d2010415003752864321{serial}"));
    // A scanner that does not send GS: expiry and lot would be taken for the serial's end.
    scan(browser, field, &[&format!("{code}1729113010LOT-7781")])?;
    let said = "return document.querySelector('#step-work .field .problem').textContent";
    assert!(browser.text(said)?.contains("GS"), "{}", browser.text(said)?);
    scan(browser, field, &[&code, "1729113010LOT-7781"])?;
    browser.click("#step-work .chosen button.primary")?;
    sign(browser, Some(QUINN))?;
    at(browser, "done")
}

/// The batch runs out; a person ends each hold at the screen.
fn run_out(browser: &Browser, crew: &Crew) -> Outcome {
    browser.show("/")?;
    let can = "return !!document.querySelector('#do-unit_unhold:not([aria-disabled=true])')";
    let cannot = "return !document.querySelector('#do-unit_unhold:not([aria-disabled=true])')";
    wait("the order completes", || {
        if browser.run(can, &[])? == true {
            browser.run("document.querySelector('#do-unit_unhold').click()", &[])?;
            browser.until("it goes on", cannot)?;
        }
        Ok((crew.plant.status()?["order_state"] == "completed").then_some(()))
    })
}

/// Quality goes through the rejects by keys alone, S4: a deviation, then all others at once.
fn review(browser: &Browser) -> Outcome {
    browser.login(QUINN)?;
    browser.show("/review")?;
    let left = "return document.querySelectorAll('#rejects-list li:not([data-reviewed])').length";
    let all = browser.run(left, &[])?.as_u64().ok_or("no number")?;
    assert!(all > 2, "{all} rejects");
    browser.until("the first reject", "return !!document.querySelector('#pack .pack')")?;
    browser.press(None, "d")?;
    browser.until("what for", "return !!document.querySelector('dialog [name=comment]')")?;
    browser.press(None, "the print head was cleaned")?;
    browser.press(None, "\u{E004}\u{E004}")?;
    browser.press(None, ENTER)?;
    sign_by_keys(browser)?;
    let done = format!("{left} === {}", all - 1);
    browser.until("one is reviewed", &done)?;
    browser.press(None, "a")?;
    browser.press(None, "b")?;
    sign_by_keys(browser)?;
    browser.until("all are reviewed", &format!("{left} === 0"))
}

/// Reason and password, Enter: nothing is clicked.
fn sign_by_keys(browser: &Browser) -> Outcome {
    browser.until("a signature", "return !!document.querySelector('dialog [name=password]')")?;
    let reason = "return document.querySelector('dialog [name=reason]').value === ''";
    if browser.run(reason, &[])? == true {
        browser.press(None, "looked at")?;
    }
    for _ in 0..8 {
        if browser.run("return document.activeElement.name === 'password'", &[])? == true {
            break;
        }
        browser.press(None, "\u{E004}")?;
    }
    browser.press(None, OWN)?;
    browser.press(None, ENTER)?;
    browser.until("signed", "return !document.querySelector('dialog')")
}

/// The books close by two signatures, S7, and the batch record is taken.
fn close(browser: &Browser, crew: &Crew) -> Outcome {
    browser.login(SVEN)?;
    browser.show("/close")?;
    browser.click("#close button.primary")?;
    sign(browser, Some(QUINN))?;
    let reports = "return document.querySelectorAll('#close .reports button').length === 5";
    browser.until("the books are closed", reports)?;
    browser.click("#close .reports button")?;
    wait("the batch record is on record", || {
        let made = crew.events("report_made")?;
        Ok(made.iter().any(|event| event["format"] == "pdf").then_some(()))
    })
}

#[test]
fn two_users_take_a_batch_from_its_order_to_its_close() -> Outcome {
    let (crew, line) = floor()?;
    let browser = Browser::open(crew.addr)?;
    browser.login(SVEN)?;
    prepare(&browser, &crew, &line)?;
    approve(&browser, &crew)?;
    run_out(&browser, &crew)?;
    let end = json!({ "act": "batch_close", "batch": BATCH });
    refused(&crew, &[SVEN, QUINN], &end, "review")?;
    browser.click("[data-do=logout]")?;
    browser.ready("[data-open=login]")?;
    review(&browser)?;
    browser.click("[data-do=logout]")?;
    browser.ready("[data-open=login]")?;
    close(&browser, &crew)?;
    crew.end()
}
