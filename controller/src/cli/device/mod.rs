//! `packline device ..`.
//!
//! Called by the dispatch. Must never need a running service.

mod check;
mod explain;
mod rehearsal;
mod steps;
mod trust;

use super::device_args::DeviceCommand;
use super::exit::Exit;

/// Does a `device` command.
#[must_use]
pub fn run(command: &DeviceCommand) -> Exit {
    match command {
        DeviceCommand::Trust(args) => trust::run(args),
        DeviceCommand::Check(args) => check::run(args),
    }
}
