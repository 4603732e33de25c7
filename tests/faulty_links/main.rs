//! Every kind of link fault on every device's link, with real processes over real sockets: a proxy
//! stands before each device, faults come one after another in mid-batch. The line holds and goes
//! on, no stale job is printed, the books close, the judge agrees (faults, row 8).
//!
//! Plant, person and proof are those of the kill tests, stations those of the trials; proxies and
//! what is seen on the line I/O's link in `support/wire.rs`, the faults in [`plan`], one after the
//! other in [`course`]. Asserted are heartbeats, encoder pulses, packs and records, never a time.
//! The seed is printed; FAULT_SEED sets it, FAULT_ROUNDS repeats the whole plan (tests/soak/links).

#[path = "../support/chance.rs"]
mod chance;
mod course;
#[path = "../trials/floor.rs"]
#[expect(dead_code, reason = "the tests of trials use all of it")]
mod floor;
#[path = "../kill_restart/person.rs"]
mod person;
mod plan;
#[path = "../kill_restart/plant.rs"]
#[expect(dead_code, reason = "the kill tests use all of it")]
mod plant;
#[path = "../kill_restart/proof.rs"]
mod proof;
#[path = "../support/wire.rs"]
#[expect(dead_code, reason = "the kill tests look for the next answer, too")]
mod wire;

use course::{Course, Labeler};
use line_sim::proxy::FaultKind;
use line_sim::sim_config::{EjectorKind, ForeignLabeler};

/// Errors of helpers fail the test that called them.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[test]
fn every_fault_on_every_link_of_a_line_with_modbus_labeler() -> Outcome {
    let links = ["line I/O", "labeler", "camera", "text check", "carton code"];
    Course::begin(Labeler::Modbus, EjectorKind::PassGate)?.every_fault_on(&links)
}

#[test]
fn every_fault_on_the_links_of_an_opc_ua_labeler_and_of_a_pulse_ejector() -> Outcome {
    Course::begin(Labeler::Opcua, EjectorKind::Pulse)?.every_fault_on(&["labeler", "line I/O"])
}

/// The labeler loses its power once; then what a network does, whatever the protocol.
fn a_foreign_labeler(labeler: ForeignLabeler) -> Outcome {
    let kinds = [FaultKind::Cut, FaultKind::Blackhole, FaultKind::HalfOpen, FaultKind::Flap];
    let course = Course::begin(Labeler::Foreign(labeler), EjectorKind::PassGate)?;
    course.after_the_restart()?.faults_on(&kinds, &["labeler"])
}

#[test]
fn a_labeler_of_plain_registers() -> Outcome {
    a_foreign_labeler(ForeignLabeler::Registers)
}

#[test]
fn a_labeler_of_variables_over_opc_ua() -> Outcome {
    a_foreign_labeler(ForeignLabeler::Variables)
}

#[test]
fn a_labeler_of_methods_over_opc_ua() -> Outcome {
    a_foreign_labeler(ForeignLabeler::Methods)
}

#[test]
fn a_labeler_of_zpl() -> Outcome {
    a_foreign_labeler(ForeignLabeler::Zpl)
}

#[test]
fn a_labeler_of_texts() -> Outcome {
    a_foreign_labeler(ForeignLabeler::Text)
}
