//! The command line: one file a command. What it prints is a public interface (README.md).
//!
//! Called by `main`. Must never hold a rule; JSON goes to standard output, everything else to
//! standard error.

pub mod api_file;
pub mod args;
pub mod audit;
mod audit_args;
mod audit_list;
pub mod backup;
pub mod backup_args;
mod by_hand;
pub mod campaign;
pub mod client;
mod client_commands;
pub mod code;
pub mod config;
pub mod demo;
mod demo_args;
pub mod device;
pub mod device_args;
pub mod dispatch;
pub mod exit;
pub mod hands;
pub mod key;
mod offline;
pub mod order;
mod order_args;
pub mod pool;
pub mod pool_args;
mod prepare;
mod replay;
pub mod report;
pub mod report_args;
pub mod run;
pub mod scenario_choice;
mod seal;
pub mod serial_generate;
mod session;
mod station_list;
mod trace;
mod trace_words;
pub mod trial;
pub mod user;
pub mod user_args;
mod user_desk;
mod user_service;
