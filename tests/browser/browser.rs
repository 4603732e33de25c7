//! One Chromium with its driver, as calls of the W3C's WebDriver protocol that wait.
//!
//! Must never leave a process behind: driver and browser end with the handle.

use crate::Outcome;
use crate::crew::OWN;
use crate::house::PATIENCE;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A panel at the line, at a desk, and the smallest one.
pub const PANEL: (u32, u32) = (1280, 800);
pub const DESK: (u32, u32) = (1920, 1080);
pub const SMALL: (u32, u32) = (1024, 768);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Nothing but what the pages ask for goes over the wire.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// Drivers that are started until one finds a port.
const DRIVER_TRIES: u32 = 5;
/// How the protocol names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    driver: Child,
    /// Address of the session at the driver.
    session: String,
    base: String,
}

/// A command of the protocol; its value.
fn command(url: &str, body: &Value) -> Outcome<Value> {
    let mut answer = ureq::post(url)
        .config()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .content_type("application/json")
        .send(body.to_string())?;
    let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
    let mut told: Value = serde_json::from_str(&text)?;
    match answer.status().as_u16() {
        200 => Ok(told["value"].take()),
        status => Err(format!("{status} to {url}: {}", told["value"]["message"]).into()),
    }
}

/// A driver and its port. It looks for one that is free for both versions of IP and gives up when
/// the first it finds is not.
fn driver() -> Outcome<(Child, u16)> {
    let mut told = String::new();
    for _ in 0..DRIVER_TRIES {
        match try_driver()? {
            Ok(found) => return Ok(found),
            Err(said) => told = said,
        }
    }
    Err(format!("chromedriver names no port: {told}").into())
}

/// The driver says on which port it listens, or ends and has said why.
fn try_driver() -> Outcome<Result<(Child, u16), String>> {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|e| format!("chromedriver: {e}; tests/run people"))?;
    let output = child.stdout.take().ok_or("no standard output")?;
    let mut said = String::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return Ok(Ok((child, port.trim_end_matches('.').parse()?)));
        }
        said += &line;
    }
    child.wait()?;
    Ok(Err(said))
}

impl Browser {
    /// A fresh browser that shows the panel's size.
    pub fn open(addr: SocketAddr) -> Outcome<Self> {
        let (driver, port) = driver()?;
        let base = format!("http://{addr}");
        let mut browser = Self { driver, session: String::new(), base };
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": ARGUMENTS },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let sessions = format!("http://127.0.0.1:{port}/session");
        let told = command(&sessions, &wanted)?;
        let id = told["sessionId"].as_str().ok_or_else(|| told.to_string())?;
        browser.session = format!("{sessions}/{id}");
        browser.resize(PANEL)?;
        Ok(browser)
    }

    fn driven(&self, path: &str, body: &Value) -> Outcome<Value> {
        command(&format!("{}/{path}", self.session), body)
    }

    pub fn resize(&self, (width, height): (u32, u32)) -> Outcome {
        let params = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params });
        self.driven("goog/cdp/execute", &command)?;
        Ok(())
    }

    /// Goes to a page and waits until it is live.
    pub fn show(&self, path: &str) -> Outcome {
        self.driven("url", &json!({ "url": format!("{}{path}", self.base) }))?;
        self.live()
    }

    pub fn live(&self) -> Outcome {
        self.until("the page is live", "return document.documentElement.dataset.link === 'live'")
    }

    /// Runs a script in the page.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Outcome<Value> {
        self.driven("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs a script that calls its last argument when it is done.
    pub fn run_async(&self, script: &str) -> Outcome<Value> {
        self.driven("execute/async", &json!({ "script": script, "args": [] }))
    }

    pub fn text(&self, script: &str) -> Outcome<String> {
        Ok(self.run(script, &[])?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a script answers true.
    pub fn until(&self, what: &str, script: &str) -> Outcome {
        let since = Instant::now();
        while self.run(script, &[]).ok() != Some(Value::Bool(true)) {
            if since.elapsed() > PATIENCE {
                let page = self.text("return document.body.innerText").unwrap_or_default();
                return Err(format!("waited in vain: {what}; the page says: {page}").into());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Waits until an element can be found and is not disabled.
    pub fn ready(&self, css: &str) -> Outcome {
        let script = format!(
            "const found = document.querySelector({css:?}); \
             return !!found && found.getAttribute('aria-disabled') !== 'true'"
        );
        self.until(css, &script)
    }

    fn element(&self, css: &str) -> Outcome<String> {
        let found = self.driven("element", &json!({ "using": "css selector", "value": css }))?;
        Ok(found[ELEMENT].as_str().ok_or_else(|| found.to_string())?.to_owned())
    }

    pub fn click(&self, css: &str) -> Outcome {
        self.ready(css)?;
        let element = self.element(css)?;
        self.driven(&format!("element/{element}/click"), &json!({}))?;
        Ok(())
    }

    /// Types into an element.
    pub fn keys(&self, css: &str, keys: &str) -> Outcome {
        let element = self.element(css)?;
        self.driven(&format!("element/{element}/value"), &json!({ "text": keys }))?;
        Ok(())
    }

    /// Types into whatever has the focus; `held` stays down meanwhile.
    pub fn press(&self, held: Option<char>, keys: &str) -> Outcome {
        let key = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let mut actions: Vec<Value> = held.iter().map(|held| key("keyDown", *held)).collect();
        actions.extend(keys.chars().flat_map(|k| [key("keyDown", k), key("keyUp", k)]));
        actions.extend(held.iter().map(|held| key("keyUp", *held)));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.driven("actions", &json!({ "actions": [keyboard] }))?;
        Ok(())
    }

    /// By finger.
    pub fn login(&self, user: &str) -> Outcome {
        self.show("/")?;
        self.click("[data-open=login]")?;
        self.keys("dialog [name=user]", user)?;
        self.keys("dialog [name=password]", OWN)?;
        self.click("dialog button.primary")?;
        self.until("logged in", "return !!document.querySelector('[data-do=logout]')")?;
        self.live()
    }

    /// What is on the screen, as PNG in base64.
    pub fn picture(&self) -> Outcome<String> {
        let command = json!({ "cmd": "Page.captureScreenshot", "params": { "format": "png" } });
        let taken = self.driven("goog/cdp/execute", &command)?;
        Ok(taken["data"].as_str().ok_or("no picture")?.to_owned())
    }

    fn log(&self, kind: &str) -> Outcome<Vec<Value>> {
        let entries = self.driven("se/log", &json!({ "type": kind }))?;
        Ok(entries.as_array().cloned().unwrap_or_default())
    }

    /// What the console said since it was asked last: errors and warnings.
    pub fn complaints(&self) -> Outcome<Vec<String>> {
        let loud = |entry: &Value| {
            let level = entry["level"].as_str().unwrap_or_default();
            matches!(level, "SEVERE" | "WARNING").then(|| entry["message"].to_string())
        };
        Ok(self.log("browser")?.iter().filter_map(loud).collect())
    }

    /// Addresses that were asked since it was asked last, of other hosts than the line's.
    pub fn foreign_requests(&self) -> Outcome<Vec<String>> {
        let asked = |entry: &Value| {
            let text = entry["message"].as_str().unwrap_or_default();
            let message: Value = serde_json::from_str(text).unwrap_or_default();
            let message = &message["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned();
            is_request.then_some(url)
        };
        let asked: Vec<String> = self.log("performance")?.iter().filter_map(asked).collect();
        assert!(!asked.is_empty(), "the log of requests is silent");
        // What an address holds itself, as the browser's own icons, is asked of nobody.
        let ours =
            |url: &String| url.starts_with(&format!("{}/", self.base)) || url.starts_with("data:");
        Ok(asked.into_iter().filter(|url| !ours(url)).collect())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let config = ureq::delete(&self.session).config();
            let _ = config.timeout_global(Some(PATIENCE)).proxy(None).build().call();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
