//! What a run ran on, without the name of any host.

use std::fs::read_to_string;

/// One line: processor, cores, system, date, revision, build.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = text("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned());
    let kernel: String = kernel.chars().take_while(|&c| c.is_ascii_digit() || c == '.').collect();
    format!(
        "{cores} cores of {}, {} {} (kernel {kernel}), {}; {}; revision {}.",
        processor(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        date(),
        build(),
        revision(),
    )
}

fn text(path: &str) -> Option<String> {
    read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn processor() -> String {
    let info = text("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split(':').nth(1)).unwrap_or_default().trim().to_owned()
    };
    let guest = info.contains("hypervisor");
    let kind = if guest { ", virtual and shared" } else { "" };
    format!("{} (model {}{kind})", field("model name"), field("model\t"))
}

const fn build() -> &'static str {
    if cfg!(debug_assertions) {
        "release profile as shipped: our crates with overflow checks and debug assertions"
    } else {
        "release profile, debug assertions off"
    }
}

fn date() -> String {
    packline::service::wall_clock().to_rfc3339().chars().take(10).collect()
}

fn revision() -> String {
    let git = |arguments: &[&str]| {
        let command = std::process::Command::new("git").args(arguments).output().ok()?;
        String::from_utf8(command.stdout).ok().map(|text| text.trim().to_owned())
    };
    let head = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let status = git(&["status", "--porcelain", "--", "controller", "protocols"]);
    let changed = status.is_some_and(|status| !status.is_empty());
    if changed { format!("{head} and uncommitted changes") } else { head }
}
