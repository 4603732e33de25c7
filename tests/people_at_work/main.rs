//! People at a production line with the real service: the first start, the console with `--as`, and
//! what somebody would try who should not; every refusal is found again in the audit trail.
//!
//! The plant is that of the kill tests, mostly without a line: devices are where nobody listens.
//! Asserted are answers, exit codes, words and events, never a time.

mod aborted;
mod abuse;
#[path = "../../controller/hmi/tests/http/client.rs"]
#[expect(dead_code, reason = "the API's own tests use all of it")]
mod client;
mod configuration;
mod console;
mod crew;
mod house;
#[path = "../kill_restart/plant.rs"]
#[expect(dead_code, reason = "the kill tests use all of it")]
mod plant;
mod served;

use house::Outcome;
