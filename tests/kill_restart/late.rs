//! Devices that come later than the service: it keeps trying, and finds them.
//!
//! The line's ports are its own choice, so relays stand where the service looks for the devices.

use crate::Outcome;
use crate::person::{Person, number};
use crate::plant::{BATCH, Plant, wait};
use crate::proof::close_and_prove;
use line_sim::runner::Addresses;
use serde_json::Value;
use std::net::{Shutdown, TcpListener, TcpStream};

const PACKS: u32 = 20;

fn all_links(status: &Value, state: &str) -> bool {
    let devices = status["devices"].as_array();
    devices.is_some_and(|d| d.len() == 3 && d.iter().all(|device| device["link"] == state))
}

fn free_port() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let _ = from.set_nodelay(true);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// Passes every connection to `at` on to `to`, as long as the test runs.
fn relay(at: &str, to: &str) -> Outcome {
    let listener = TcpListener::bind(at)?;
    let to = to.trim_start_matches("opc.tcp://").trim_end_matches('/').to_owned();
    std::thread::spawn(move || -> std::io::Result<()> {
        loop {
            let (near, _) = listener.accept()?;
            let Ok(far) = TcpStream::connect(&to) else { continue };
            let (near_back, far_back) = (near.try_clone()?, far.try_clone()?);
            std::thread::spawn(move || pump(near, far));
            std::thread::spawn(move || pump(far_back, near_back));
        }
    });
    Ok(())
}

#[test]
fn devices_that_come_late_are_found() -> Outcome {
    let plant = Plant::new(PACKS)?;
    let expected = Addresses {
        line_io: free_port()?,
        labeler: free_port()?,
        labeler_opcua: String::new(),
        camera: free_port()?,
        ..Addresses::default()
    };
    let camera = format!("opc.tcp://{}", expected.camera);
    plant.name_devices(&Addresses { camera, ..expected.clone() })?;
    let mut service = plant.start_service()?;
    let file = plant.text("order.toml");
    assert_eq!(plant.order(&["load", &file])?.code, 0);
    let said = plant.order(&["start", BATCH])?;
    assert_eq!(said.code, 2, "{}", said.err);
    wait("the page shows the devices as missing", || {
        Ok(all_links(&plant.status()?, "down").then_some(()))
    })?;

    let (line, real) = plant.spawn_line(PACKS, "no-pixels", 5)?;
    relay(&expected.line_io, &real.line_io)?;
    relay(&expected.labeler, &real.labeler)?;
    relay(&expected.camera, &real.camera)?;
    wait("every device is found", || Ok(all_links(&plant.status()?, "up").then_some(())))?;
    wait("the order starts", || Ok((plant.order(&["start", BATCH])?.code == 0).then_some(())))?;
    let mut person = Person::new(&plant, &line);
    person.until("the order completes", |status| {
        let all = number(status, "/packs/infeed") >= i64::from(PACKS);
        if all && status["unit_state"] == "execute" {
            let _ = plant.order(&["stop", BATCH]);
        }
        status["order_state"] == "completed"
    })?;
    let (truth, _) = close_and_prove(&plant, line)?;
    assert_eq!(truth.len(), PACKS as usize);
    assert!(service.stop()?.success());
    Ok(())
}
