//! `packline demo`: a simulated line in a child process, a whole batch over real sockets, the books
//! closed, judged and verified.
//!
//! Files in [`files`], the simulator in [`child`], the person in [`floor`], the batch in [`drive`],
//! the challenge test before it in [`challenge`], the result in [`result`], what comes after it in
//! [`serve`], with users of [`crew`]. Must never do to the line what a person could not.

mod challenge;
mod child;
mod crew;
mod dark_labels;
mod drive;
mod files;
mod floor;
mod progress;
mod result;
mod security;
mod serve;
mod shipped;
mod simulated;
mod stations;

use super::args::{CameraKind, DemoArgs};
use super::exit::Exit;
use crate::service::Service;
use child::Simulator;
use files::Files;
use std::time::Instant;

/// Runs the demo.
#[must_use]
pub fn run(args: &DemoArgs) -> Exit {
    match whole(args) {
        Ok(exit) => exit,
        Err((exit, text)) => {
            eprintln!("packline: {text}");
            exit
        }
    }
}

type Stop = (Exit, String);

fn refused(error: impl std::fmt::Display) -> Stop {
    (Exit::Refused, error.to_string())
}

fn whole(args: &DemoArgs) -> Result<Exit, Stop> {
    let seed = match args.seed {
        Some(seed) => seed,
        None => drawn_seed().map_err(refused)?,
    };
    let started = Instant::now();
    let mut files = Files::write(args)?;
    let simulator = Simulator::start(&files, seed).map_err(|e| (Exit::Unreachable, e))?;
    let mut setup = files.setup(&simulator.addresses)?;
    setup.simulated = Some(simulated::simulated(&files, seed, &args.stations.0)?);
    let figures = setup.line.figures();
    let service = Service::start(setup, args.http.addr()).map_err(refused)?;
    announce(args, seed, &service, &files);
    let driven = drive::batch(args, &service, &simulator, &files);
    let (snapshot, http) = (service.snapshot(), service.http);
    service.stop();
    let ended = simulator.end();
    driven?;
    ended.map_err(|e| (Exit::Unreachable, e))?;
    let result = result::collect(args, seed, &files, &snapshot, figures, started.elapsed())?;
    result::tell(args, &result);
    if args.serve {
        serve::serve(args, &mut files, seed, http)?;
    }
    Ok(if result::is_clean(&result) { Exit::Ok } else { Exit::NotProven })
}

fn drawn_seed() -> Result<u64, String> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|e| format!("no random bytes for a seed: {e}"))?;
    Ok(u64::from(u32::from_le_bytes(bytes)))
}

fn announce(args: &DemoArgs, seed: u64, service: &Service, files: &Files) {
    let camera = match args.camera {
        CameraKind::Pixels => "pixels",
        CameraKind::NoPixels => "no pixels",
    };
    eprintln!(
        "packline demo: batch {}, {} packs at {}/s, camera with {camera}, seed {seed}",
        files.batch, args.packs, args.rate
    );
    eprintln!("data in {}", files.dir.display());
    if let Some(addr) = service.http {
        eprintln!("live at http://{addr}");
    }
}
