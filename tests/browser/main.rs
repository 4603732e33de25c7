//! The pages in a real browser, at the real service with its people and a simulated line: what a
//! screen shows when the service is gone, what a hasty finger does, whom a page shuts out.
//!
//! Needs chromedriver, Chromium and axe-core; `tests/run people` brings them. A program of its own
//! speaks to the browser, so the pages' policy against foreign scripts stays as it is.

mod batch;
mod browser;
#[path = "../../controller/hmi/tests/http/client.rs"]
#[expect(dead_code, reason = "the API's own tests use all of it")]
mod client;
#[path = "../people_at_work/crew.rs"]
#[expect(dead_code, reason = "the tests of people use all of it")]
mod crew;
mod demo;
mod floor;
mod house;
mod keyboard;
mod pictures;
#[path = "../kill_restart/plant.rs"]
#[expect(dead_code, reason = "the kill tests use all of it")]
mod plant;
mod screens;
mod stale;
mod starts;
mod versions;

use house::Outcome;
