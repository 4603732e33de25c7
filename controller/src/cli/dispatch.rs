//! From parsed words to the command that does them.
//!
//! Called by `main`. Must never hold a rule.

use super::args::{AuditCommand, Cli, Command, ConfigCommand};
use super::exit::Exit;
use super::pool_args::SerialCommand;
use super::{
    audit, audit_list, backup, campaign, code, config, demo, device, key, order, pool, replay,
    report, run, serial_generate, trace, user,
};
use crate::service::load::today;
use std::io::{self, Write};
use std::process::ExitCode;

/// Does what the words say.
#[must_use]
pub fn dispatch(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Demo(args) => demo::run(&args).into(),
        Command::Run(args) => run::run(&args).into(),
        Command::Order(command) => order::run(command).into(),
        Command::Serial(command) => serial(command).into(),
        Command::Code(command) => {
            told(code::run(command, &mut io::stdout().lock(), &mut io::stderr().lock())).into()
        }
        Command::Audit(AuditCommand::Verify { db, anchors, key, sealed, json }) => {
            audit::run(&db, anchors.as_deref(), key.as_deref(), sealed.as_deref(), json).into()
        }
        Command::Report(args) => report::report(&args).into(),
        Command::Export(command) => report::export(&command).into(),
        Command::Replay(args) => replay::run(&args).into(),
        Command::Campaign(args) => campaign::run(&args).into(),
        Command::User(command) => user::run(command).into(),
        Command::Backup(args) => backup::make(args).into(),
        Command::Restore(args) => backup::restore(args).into(),
        Command::Device(command) => device::run(&command).into(),
        Command::Config(command) => told(configure(command)).into(),
        Command::Audit(AuditCommand::List(args)) => audit_list::run(&args).into(),
        Command::Audit(AuditCommand::Key(command)) => key::run(&command).into(),
        Command::LineSim { args } => {
            let name = std::ffi::OsString::from("line-sim");
            line_sim::cli::main_from(std::iter::once(name).chain(args))
        }
    }
}

fn told(result: io::Result<Exit>) -> Exit {
    result.unwrap_or_else(|error| {
        eprintln!("packline: failed to write the answer: {error}");
        Exit::Refused
    })
}

fn configure(command: ConfigCommand) -> io::Result<Exit> {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    match command {
        ConfigCommand::Check { file, json } => {
            config::check(&file, today(), json, &mut out, &mut err)
        }
        ConfigCommand::Schema { kind } => {
            let scenario = || line_sim::scenario::Scenario::schema();
            config::schema(&kind, scenario, &mut out, &mut err)
        }
        ConfigCommand::Explain { file, budget, json } => {
            config::explain(&file, budget, json, &mut out, &mut err)
        }
    }
}

fn serial(command: SerialCommand) -> Exit {
    match command {
        SerialCommand::Unblock(args) => backup::unblock_product(args),
        SerialCommand::Trace { gtin, serial, at } => trace::run(&gtin, &serial, &at),
        SerialCommand::Export { batch, state, format, out, at } => {
            pool::export(&batch, state, format, out.as_deref(), &at)
        }
        SerialCommand::Generate { count, length, alphabet } => {
            let mut seed = [0; 32];
            if let Err(error) = getrandom::fill(&mut seed) {
                eprintln!("packline: the operating system gives no random bytes: {error}");
                return Exit::Refused;
            }
            let mut out = io::BufWriter::new(io::stdout().lock());
            let made = serial_generate::generate(count, length, &alphabet, seed, &mut out);
            match made.map(|()| out.flush()) {
                Ok(_) => Exit::Ok,
                Err(error) => {
                    eprintln!("packline: {error}");
                    Exit::Refused
                }
            }
        }
    }
}
