//! After the batch: the line goes on for whoever wants to try the pages, until it is told to end.
//!
//! The batch has been judged before; what happens here has a ground truth of its own. Must never
//! change what the batch came to.

use super::child::Simulator;
use super::files::Files;
use super::simulated::simulated;
use super::{Stop, crew, refused};
use crate::cli::args::DemoArgs;
use crate::cli::exit::Exit;
use crate::cli::run::wait_for_the_end;
use crate::service::Service;
use std::net::SocketAddr;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// In words.
pub fn serve(
    args: &DemoArgs,
    files: &mut Files,
    seed: u64,
    http: Option<SocketAddr>,
) -> Result<(), Stop> {
    let unreachable = |text: String| (Exit::Unreachable, text);
    let members = crew::muster(&files.dir)?;
    files.go_on(args)?;
    let simulator = Simulator::start(files, seed).map_err(unreachable)?;
    let mut setup = files.setup(&simulator.addresses)?;
    setup.simulated = Some(simulated(files, seed, &args.stations.0)?);
    let service = Service::start(setup, http).map_err(refused)?;
    if let Some(addr) = service.http {
        eprintln!("still live at http://{addr}; log in as");
    }
    for member in members {
        eprintln!("  {:<9} {:<14} {}", member.user, member.role.name(), member.password);
    }
    eprintln!("a further order waits on the page Start batch; Ctrl-C ends the demo");
    let ended = wait_for_the_end(&service);
    service.stop();
    simulator.end().map_err(unreachable)?;
    ended.map_err(|e| unreachable(format!("failed to wait for signals: {e}")))
}
