//! `packline order load` with its sources of serials, and `packline serial export`.
//!
//! Called by `order` and `dispatch`. Must never check an order or a pool itself: whoever loads it
//! does, and has what is refused on record.

use super::args::DataDir;
use super::client::Client;
use super::exit::Exit;
use super::offline;
use super::order::{Failure, ledger_path, print, service, text};
use super::pool_args::PoolArgs;
use super::session;
use crate::pools::{self, ExportFormat, Given, Pool, StateFilter};
use crate::service::load::Source;
use hmi::OrderPool;
use ledger::Reader;
use people::UserId;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Loads an order through the service, or into the ledger itself.
pub(super) fn load(
    file: &Path,
    args: PoolArgs,
    config: Option<PathBuf>,
    at: &DataDir,
) -> Result<(), Failure> {
    let text_of_order = read(file)?;
    let name = file.display().to_string();
    let order = (name.as_str(), text_of_order.as_str());
    let source = source(file, pool_of(&text_of_order), args)?;
    send(order, source, config, at, service(at)?.as_ref())
}

/// The same as a person who logs in.
pub(super) fn load_as(
    file: &Path,
    args: PoolArgs,
    user: &UserId,
    at: &DataDir,
) -> Result<(), Failure> {
    let text_of_order = read(file)?;
    let name = file.display().to_string();
    let source = source(file, pool_of(&text_of_order), args)?;
    session::with(at, user, |session| {
        send((&name, &text_of_order), source, None, at, Some(session.client()))
    })
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|e| Failure::refused(format!("failed to read {}: {e}", file.display())))
}

fn send(
    order: (&str, &str),
    source: Option<Source>,
    config: Option<PathBuf>,
    at: &DataDir,
    client: Option<&Client>,
) -> Result<(), Failure> {
    let sent = source.as_ref().map(|source| Sent::new(source, at)).transpose()?;
    let loaded = match client {
        Some(client) => {
            let pool = sent.as_ref().map(|sent| &sent.pool);
            client.load_order(order, pool).map_err(Failure::from)
        }
        None => offline::load(order, source.as_ref(), config, at),
    };
    let answer = loaded.map_err(|failure| match &sent {
        Some(sent) => sent.taken_back(failure),
        None => failure,
    })?;
    print(&answer, at, |a| format!("batch {} is loaded", text(a, "batch")));
    Ok(())
}

/// The pool that an order names; none also where the order is wrong, which its loader tells.
fn pool_of(text_of_order: &str) -> Option<String> {
    let order: toml::Table = text_of_order.parse().ok()?;
    order.get("pool")?.as_str().map(str::to_owned)
}

/// Where the serials come from; none when they are drawn.
fn source(file: &Path, named: Option<String>, args: PoolArgs) -> Result<Option<Source>, Failure> {
    let PoolArgs { pool, provider, claim, from_returned } = args;
    let named = named.map(|name| file.with_file_name(name));
    let path = match (pool, named) {
        (Some(_), Some(named)) => {
            let named = named.display();
            let what = format!("the order names its pool itself: {named}; leave --pool out");
            return Err(Failure::refused(what));
        }
        (None, Some(named)) if from_returned => {
            let named = named.display();
            let what = format!("the order takes its serials from {named}, not from returned ones");
            return Err(Failure::refused(format!("{what}; take the key `pool` out of it")));
        }
        (pool, named) => pool.or(named),
    };
    match path {
        Some(path) => {
            let (name, given) = (path.display().to_string(), Given { provider, claim });
            Ok(Some(Source::File { path, name, given }))
        }
        None if from_returned => Ok(Some(Source::Kept)),
        None if provider.is_some() || claim.is_some() => {
            let what = "--provider and --claim belong to a pool; name it with --pool FILE";
            Err(Failure::refused(what))
        }
        None => Ok(None),
    }
}

/// A pool as it is loaded: its copy in the data directory is the evidence, and what the service
/// reads.
struct Sent {
    pool: OrderPool,
    /// The copy, when it was not there before, and what the person calls the file.
    copy: Option<PathBuf>,
    names: Option<(String, String)>,
}

impl Sent {
    fn new(source: &Source, at: &DataDir) -> Result<Self, Failure> {
        let Source::File { path, name, given } = source else {
            return Ok(Self { pool: OrderPool::Kept, copy: None, names: None });
        };
        let read = Pool::read(path, name, given).map_err(|e| Failure::refused(e.to_string()))?;
        let kept = pools::keep(&at.data_dir, path, &read.sha256);
        let (kept, is_new) = kept.map_err(|error| {
            Failure::refused(format!("{name}: cannot be copied to the data directory: {error}"))
        })?;
        let copy = at.data_dir.join(pools::DIRECTORY).join(&kept);
        let Given { provider, claim } = given.clone();
        Ok(Self {
            names: Some((kept.clone(), name.clone())),
            pool: OrderPool::File { name: kept, provider, claim },
            copy: is_new.then_some(copy),
        })
    }

    /// After a refusal: no copy stays, and the message names the person's file.
    fn taken_back(&self, mut failure: Failure) -> Failure {
        if let Some(copy) = &self.copy
            && failure.exit == Exit::Refused
        {
            let _ = std::fs::remove_file(copy);
        }
        if let Some((kept, name)) = &self.names {
            failure.text = failure.text.replace(kept, name);
        }
        failure
    }
}

/// `packline serial export`.
#[must_use]
pub fn export(
    batch: &str,
    state: StateFilter,
    format: ExportFormat,
    out: Option<&Path>,
    at: &DataDir,
) -> Exit {
    let format = if at.json { ExportFormat::Json } else { format };
    match exported(batch, state, format, out, at) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn exported(
    batch: &str,
    state: StateFilter,
    format: ExportFormat,
    out: Option<&Path>,
    at: &DataDir,
) -> Result<(), Failure> {
    let refused = |e: pools::ExportError| Failure::refused(e.to_string());
    let reader = Reader::open(&ledger_path(at)?).map_err(|e| Failure::refused(e.to_string()))?;
    let row = crate::service::batch_row(&reader, batch)?;
    let reader = super::order::where_it_is(reader, &row, &at.data_dir)?;
    let Some(path) = out else {
        let mut out = BufWriter::new(io::stdout().lock());
        return pools::export(&reader, &row, state, format, &mut out).map(|_| ()).map_err(refused);
    };
    let cannot = |error: io::Error| {
        let remedy = "give --out a new file in a directory that is there";
        Failure::refused(format!("{}: cannot be written: {error}; {remedy}", path.display()))
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(cannot)?;
    let mut out = BufWriter::new(file);
    let written = pools::export(&reader, &row, state, format, &mut out).map_err(refused)?;
    out.flush().map_err(cannot)?;
    eprintln!("{written} serials of {batch} in {}", path.display());
    Ok(())
}
