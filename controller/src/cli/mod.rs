//! The command line: one file a command. What it prints is a public interface (README.md).
//!
//! Called by `main`. Must never hold a rule; JSON goes to standard output, everything else to
//! standard error.

pub mod api_file;
pub mod args;
pub mod audit;
mod by_hand;
pub mod client;
pub mod code;
pub mod config;
pub mod demo;
mod demo_args;
pub mod dispatch;
pub mod exit;
pub mod hands;
mod offline;
pub mod order;
pub mod pool;
pub mod pool_args;
mod prepare;
mod replay;
pub mod run;
pub mod scenario_choice;
pub mod serial_generate;
mod station_list;
mod trace;
mod trace_words;
pub mod trial;
