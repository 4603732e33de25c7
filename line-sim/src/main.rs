//! The line-sim binary: nothing but the library's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    line_sim::cli::main_from(std::env::args_os())
}
