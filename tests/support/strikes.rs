//! What the records of a batch must show of a device that was cut off and restarted.
//!
//! Used by `virtual_ledger.rs` and `links_demo.rs`; records come as the canonical bodies of
//! `docs/record-format.md`. Must never look at times: their order is the proof.

use serde_json::Value;

/// Devices of a whole line, each with the hold causes of its link and of its restart.
pub const DEVICES: [(&str, &str, &str); 7] = [
    ("labeler", "labeler_link", "labeler_restart"),
    ("camera", "camera_link", "camera_restart"),
    ("text_check", "station_link", "station_restart"),
    ("carton_code", "station_link", "station_restart"),
    ("tamper_evident", "station_link", "station_restart"),
    ("checkweigher", "station_link", "station_restart"),
    ("line_io", "line_io_link", "line_io_restart"),
];

/// What must come in this order, with anything in between.
struct Steps<'a> {
    bodies: &'a [Value],
    at: usize,
}

impl<'a> Steps<'a> {
    fn next(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Result<&'a Value, String> {
        let found = self.bodies[self.at..].iter().position(is);
        let found =
            found.ok_or_else(|| format!("{what}, after record {} of the batch", self.at))?;
        self.at += found + 1;
        Ok(&self.bodies[self.at - 1])
    }
}

/// The device's link went down, held the line and came back in the same epoch; later the device
/// came back in another one, which held the line, too; each time the line went on to Execute.
///
/// # Errors
/// The step that is missing.
pub fn cut_and_restarted(bodies: &[Value], device: &str) -> Result<(), String> {
    let (_, link, restart) = DEVICES.iter().find(|(name, ..)| *name == device).ok_or(device)?;
    let of = |kind: &'static str| move |b: &Value| b["kind"] == kind && b["device"] == device;
    let cause = |kind: &'static str, cause: &'static str| {
        move |b: &Value| b["kind"] == kind && b["cause"] == cause
    };
    let execute = |b: &Value| b["kind"] == "unit_state" && b["to"] == "execute";
    let mut steps = Steps { bodies, at: 0 };
    let epoch = &steps.next("link_up", of("link_up"))?["epoch"];
    steps.next("execute", execute)?;
    steps.next("link_down", of("link_down"))?;
    steps.next("hold for the link", cause("hold", link))?;
    let again = &steps.next("link_up after the cut", of("link_up"))?["epoch"];
    if again != epoch {
        return Err(format!("link_up in epoch {again} after a cut: it was {epoch}"));
    }
    steps.next("hold_ended for the link", cause("hold_ended", link))?;
    steps.next("execute after the cut", execute)?;
    let new = |b: &Value| of("link_up")(b) && b["epoch"] != *epoch;
    steps.next("link_up in another epoch", new)?;
    steps.next("hold for the restart", cause("hold", restart))?;
    steps.next("hold_ended for the restart", cause("hold_ended", restart))?;
    steps.next("execute after the restart", execute)?;
    Ok(())
}
