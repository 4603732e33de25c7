//! The fuzz targets behind libFuzzer, in one binary: `FUZZ_TARGET` names the one that runs. With
//! `FUZZ_SEEDS=DIR` it writes the seeds of every target below DIR and ends, with `FUZZ_LIST` it
//! names the targets. Run by `tests/fuzz/run`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packline_fuzz::{TARGETS, Target};
use std::path::Path;
use std::sync::OnceLock;

static TARGET: OnceLock<Target> = OnceLock::new();

/// Chooses the target, or does what else was asked for.
fn begin() {
    if let Some(dir) = std::env::var_os("FUZZ_SEEDS") {
        packline_fuzz::seeds::write(Path::new(&dir)).expect("the seeds are written");
        std::process::exit(0);
    }
    if std::env::var_os("FUZZ_LIST").is_some() {
        TARGETS.iter().for_each(|(name, _)| println!("{name}"));
        std::process::exit(0);
    }
    let wanted = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    let Some((_, target)) = found else {
        eprintln!("FUZZ_TARGET={wanted:?} is no target; FUZZ_LIST=1 names them");
        std::process::exit(2);
    };
    TARGET.get_or_init(|| *target);
}

fuzz_target!(
    init: begin(),
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            target(data);
        }
    }
);
