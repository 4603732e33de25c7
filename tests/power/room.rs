//! Row 3 of the faults: an order that would not fit on the disk is refused before it begins.
//!
//! The estimate is held against what a batch really needs, and the refusal is seen on a small disk
//! of the operating system. Must never fill a disk that is not its own.

use crate::reference::{Reference, Script};
use crash_vfs::Disk;
use packline::service::Keep;
use packline::service::room::Wanted;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};

/// A disk that holds the ledger and not one batch.
const SMALL_MIB: u32 = 24;

#[test]
fn the_room_that_is_asked_for_is_enough() {
    let of = |packs, serials| Wanted { serials, packs, keep: Keep::None }.bytes();
    let log = of(0, 0);
    for packs in [60, 400] {
        let script = Script::new(packs, 16, 3);
        let (entered, serials) = (script.packs() as u64, script.serials().len() as u64);
        let disk = Disk::new();
        Reference::run(script, disk.clone()).expect("a batch");
        // The small order that follows is in it, too.
        let used = disk.used() as u64;
        let asked = of(entered, serials) - log;
        println!("{entered} packs, {serials} serials: {used} bytes used, {asked} asked for");
        assert!(used < asked, "a batch of {entered} packs used {used} bytes, {asked} asked for");
        assert!(asked < used * 6, "{asked} asked for, {used} used: no order would ever fit");
    }
}

/// `packline` with a small disk of its own over `data`; none where the system gives no such disk.
fn on_a_small_disk(data: &Path, words: &[&str]) -> Result<Option<Output>, Box<dyn Error>> {
    let script = format!(
        "mount -t tmpfs -o size={SMALL_MIB}m small \"$0\" || exit 99; exec \"$@\" --data-dir \"$0\""
    );
    let root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !root {
        command.arg("--map-root-user");
    }
    command.args(["sh", "-c", &script]).arg(data);
    command.arg(env!("CARGO_BIN_EXE_packline")).args(words);
    let output = command.output()?;
    let none = matches!(output.status.code(), Some(1 | 99))
        && !String::from_utf8_lossy(&output.stderr).contains("packline");
    Ok((!none).then_some(output))
}

#[test]
fn an_order_that_does_not_fit_is_refused() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (config, order) = (root.join("config/line.toml"), root.join("config/orders/demo.toml"));
    let data = dir.path().join("data");
    std::fs::create_dir(&data)?;
    let (config, order) = (config.display().to_string(), order.display().to_string());
    let words = ["order", "load", &order, "--config", &config, "--json"];
    let Some(refused) = on_a_small_disk(&data, &words)? else {
        println!("not seen: this system gives no small disk (unshare, mount)");
        return Ok(());
    };
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    for part in ["MiB free", "may need", "make room"] {
        assert!(said.contains(part), "{part:?} not in {said}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_packline"));
    let loaded = command.args(words).arg("--data-dir").arg(&data).output()?;
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    Ok(())
}
