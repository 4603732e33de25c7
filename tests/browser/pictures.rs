//! Pictures of the screens for the documentation; `tests/screenshots` makes files of them.

use crate::Outcome;
use crate::browser::Browser;
use crate::demo::Demo;
use crate::floor::{ADMIN, Floor, VERA};
use crate::plant::wait;
use crate::screens::joined;
use std::path::Path;

/// Name, address, who looks.
const PICTURES: [(&str, &str, &str); 11] = [
    ("admin", "/admin?part=users", ADMIN),
    ("rights", "/admin?part=rights", ADMIN),
    ("audit", "/admin?part=audit", ADMIN),
    ("ledger", "/admin?part=ledger", ADMIN),
    ("configuration", "/admin?part=configuration", VERA),
    ("run", "/", VERA),
    ("start", "/start", VERA),
    ("review", "/review", VERA),
    ("trace", "/serial", VERA),
    ("alarms", "/alarms", VERA),
    ("close", "/close", VERA),
];
/// The first reject's serial, as the page of rejects leads to it.
const SERIAL: &str = "return document.querySelector('main a[href^=\"/serial?\"]')\
                      ?.getAttribute('href') ?? ''";
/// What a page says of itself beside the batch is more than a line.
const IS_TOLD: &str = "return document.querySelector('main').innerText.trim().length > 60";
/// A page without content has nothing but its unseen heading.
const IS_FILLED: &str = "return document.querySelector('main').children.length > 1";

fn take(browser: &Browser, directory: &Path, name: &str, path: &str) -> Outcome {
    browser.show(&format!("{path}{}lang=en", joined(path)))?;
    if browser.run(IS_FILLED, &[])? != true {
        return Ok(());
    }
    browser.until("a quiet page", "return !document.querySelector('[aria-busy=true]')")?;
    browser.until("a page that says something", IS_TOLD)?;
    Ok(std::fs::write(directory.join(format!("{name}.png.base64")), browser.picture()?)?)
}

#[test]
#[ignore = "makes pictures, tests nothing: tests/screenshots"]
fn pictures() -> Outcome {
    let directory = std::env::var("PICTURES")?;
    let floor = Floor::troubled()?;
    wait("some hundred packs", || {
        let status = floor.crew.plant.status()?;
        let runs = status["unit_state"] == "execute" && status["good"].as_u64() > Some(250);
        Ok((runs && status["rejected"].as_u64() > Some(0)).then_some(()))
    })?;
    floor.crew.propose(VERA)?;
    for user in [ADMIN, VERA] {
        let browser = floor.browser()?;
        browser.login(user)?;
        for (name, path, _) in PICTURES.iter().filter(|(_, _, who)| *who == user) {
            take(&browser, Path::new(&directory), name, path)?;
        }
        browser.show("/review")?;
        let serial = browser.text(SERIAL)?;
        if !serial.is_empty() {
            take(&browser, Path::new(&directory), "trace", &serial)?;
        }
    }
    floor.crew.end()?;
    let demo = Demo::start()?;
    let browser = Browser::open(demo.addr)?;
    browser.show("/simulator")?;
    wait("some packs", || {
        let packs = browser.text(
            "return document.querySelector('#margin-histogram h2 .aside')\
                                  ?.textContent ?? ''",
        )?;
        let packs = packs.split_whitespace().find_map(|word| word.parse::<u32>().ok());
        Ok((packs > Some(150)).then_some(()))
    })?;
    take(&browser, Path::new(&directory), "simulator", "/simulator")
}
