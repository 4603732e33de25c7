//! `packline run`: the service until it is told to end.
//!
//! Must never end with the gate in doubt: SIGTERM drains, checkpoints, and leaves the order open.

use super::args::RunArgs;
use super::exit::Exit;
use crate::cli::config::report;
use crate::service::setup::Setup;
use crate::service::{Service, StartError};
use std::net::SocketAddr;

/// Runs the service until SIGTERM or SIGINT.
#[must_use]
pub fn run(args: &RunArgs) -> Exit {
    let setup = match Setup::read(&args.config) {
        Ok(setup) => setup,
        Err(error) => {
            let _ = report(&error, &mut std::io::stderr());
            return Exit::Refused;
        }
    };
    let http = match http(&setup.line.service.http) {
        Ok(http) => http,
        Err(text) => {
            eprintln!("packline: {text}");
            return Exit::Refused;
        }
    };
    match Service::start(setup, http) {
        Ok(service) => serve(service),
        Err(error) => {
            eprintln!("packline: {error}");
            if let StartError::Order(problem) = &error {
                eprintln!("packline: {} {}", problem.place, problem.remedy);
            }
            if matches!(error, StartError::Broken { .. }) { Exit::NotProven } else { Exit::Refused }
        }
    }
}

fn http(text: &str) -> Result<Option<SocketAddr>, String> {
    if text == "off" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("service.http: {text} is neither ADDR:PORT nor off"))
}

fn serve(service: Service) -> Exit {
    if let Some(addr) = service.http {
        eprintln!("packline: live at http://{addr}");
    }
    for url in &service.https {
        eprintln!("packline: live at {url} for other hosts");
    }
    match service.first_start() {
        Ok(None) => {}
        Ok(Some(first)) => {
            let (user, password) = (&first.user, first.password.text());
            eprintln!("packline: first start: the administrator is {user}");
            eprintln!("packline: one-time password, shown this once: {password}");
            eprintln!("packline: set your own: packline user password {user} --own");
        }
        Err(problem) => eprintln!("packline: {}; {}", problem.detail, problem.remedy),
    }
    let exit = match wait_for_the_end(&service) {
        Ok(()) => Exit::Ok,
        Err(error) => {
            eprintln!("packline: failed to wait for signals: {error}");
            Exit::Unreachable
        }
    };
    eprintln!("packline: stopping: draining the belt");
    service.stop();
    exit
}

/// Waits for SIGTERM, SIGINT, or the service's own end.
///
/// # Errors
/// Signals cannot be waited for.
pub(super) fn wait_for_the_end(service: &Service) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut term = signal(SignalKind::terminate())?;
        let mut int = signal(SignalKind::interrupt())?;
        let dead = async {
            while service.is_alive() {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            () = dead => {}
        }
        Ok(())
    })
}
