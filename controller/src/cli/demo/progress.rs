//! Progress on a terminal: bar, rate, good, rejects by reason.
//!
//! Must never print to standard output.

use crate::cli::args::DemoArgs;
use crate::names::name_of;
use hmi::Snapshot;
use indicatif::{ProgressBar, ProgressStyle};

/// The bar.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for the demo's packs, hidden when standard error is no terminal.
    #[must_use]
    pub fn new(args: &DemoArgs) -> Self {
        let bar = ProgressBar::new(u64::from(args.packs));
        let style = "{bar:32} {pos}/{len} packs  {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Brings it up to date.
    pub fn show(&self, snapshot: &Snapshot) {
        self.bar.set_position(u64::try_from(snapshot.packs.infeed).unwrap_or(0));
        let mut text = format!(
            "{}  {:.0}/min  good {}  rejected {}",
            snapshot.unit_state, snapshot.rate.now_packs_per_min, snapshot.good, snapshot.rejected
        );
        for (reason, count) in &snapshot.rejects {
            text.push_str(&format!("  {} {count}", name_of(reason)));
        }
        for hold in &snapshot.holds {
            text.push_str(&format!("  [hold: {}]", name_of(&hold.cause)));
        }
        self.bar.set_message(text);
    }

    /// Leaves the bar as it stands.
    pub fn end(&self) {
        self.bar.abandon();
    }
}
