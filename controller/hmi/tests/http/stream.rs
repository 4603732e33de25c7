//! The live stream and the figures of the run screen.

use crate::house::{House, Outcome, PATIENCE};
use hmi::Snapshot;
use serde_json::Value;
use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;

#[test]
fn the_stream_begins_with_the_whole_screen_and_then_sends_what_changed() -> Outcome {
    let house = House::new()?;
    let lot = Some("LOT-1".to_owned());
    house.snapshots.send_replace(Arc::new(Snapshot { lot, ..Snapshot::default() }));
    let mut stream = house.get("/events").open()?;
    let first = next_frame(&mut stream)?;
    for region in ["state", "job", "rate", "output", "rejects", "timing", "last", "devices"] {
        assert!(first["regions"][region].is_string(), "{region}");
    }
    assert!(first["regions"]["job"].to_string().contains("LOT-1"));
    let lot = Some("LOT-2".to_owned());
    house.snapshots.send_replace(Arc::new(Snapshot { lot, ..Snapshot::default() }));
    let mut changed = next_frame(&mut stream)?;
    for _ in 0..100 {
        if changed["regions"]["job"].is_string() {
            break;
        }
        changed = next_frame(&mut stream)?;
    }
    let regions = changed["regions"].as_object().ok_or("no regions")?;
    assert_eq!(regions.keys().collect::<Vec<_>>(), ["job"]);
    let age_max = PATIENCE.as_millis() as u64;
    assert!(changed["age_ms"].as_u64().is_some_and(|age| age < age_max), "{changed}");
    drop(house);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    Ok(())
}

/// Reads the stream up to the next complete event.
fn next_frame(stream: &mut TcpStream) -> Result<Value, Box<dyn std::error::Error>> {
    let (mut text, mut byte) = (Vec::new(), [0_u8]);
    loop {
        stream.read_exact(&mut byte)?;
        text.push(byte[0]);
        let is_data = text.starts_with(b"data: ");
        if byte[0] == b'\n' {
            if is_data {
                return Ok(serde_json::from_slice(&text[6..])?);
            }
            text.clear();
        }
    }
}

#[test]
fn the_status_has_the_public_names() -> Outcome {
    let house = House::new()?;
    let told = house.get("/api/v1/status").send()?;
    assert_eq!(told.status, 200);
    let status = told.json()?;
    for path in [
        "/unit_state",
        "/batch",
        "/camera",
        "/labeler",
        "/ejector",
        "/line/camera_to_gate_mm",
        "/packs/in_process",
        "/serials/label_scrapped",
        "/rejects",
        "/verdict_us",
        "/durable_us",
        "/margin_us",
        "/late",
        "/audit/head",
    ] {
        assert!(status.pointer(path).is_some(), "{path}: {status}");
    }
    Ok(())
}
