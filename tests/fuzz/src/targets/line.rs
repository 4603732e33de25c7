//! The decision core behind the real sessions, with devices that may say anything: what a device
//! sends must never stop the line thread, and never open the gate for a pack that is not proven.
//!
//! An input is a script of [`Op`]s. Devices keep their contracts until the script sets one of their
//! numbers to something else; every answer goes through the frame it would have on the wire.

use crate::rig::Rig;
use crate::script::Script;
use contracts::line_io::{Channel, Edge};
use line_core::event::Command;
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;

/// Operations of one input; beyond them nothing new happens.
const OPS_MAX: usize = 400;

/// See the module. The first byte says how far the line is when the script begins.
pub fn devices(data: &[u8]) {
    let mut script = Script::new(data);
    let mut rig = Rig::new();
    let begin = script.u8();
    if begin & 1 == 0 {
        rig.start();
    }
    for _ in 0..(begin >> 1) % 4 {
        rig.good_pack();
    }
    for _ in 0..OPS_MAX {
        if script.is_empty() {
            return;
        }
        step(&mut rig, &mut script);
    }
}

fn step(rig: &mut Rig, script: &mut Script<'_>) {
    match script.u8() % 16 {
        0 => rig.wait(script.u8()),
        1 => rig.answer_line_io(),
        2 => rig.answer_labeler(),
        3 => rig.answer_camera(),
        4 => rig.answer_station(),
        5 => rig.travel(u64::from(script.u16())),
        6 => {
            let edge = if script.u8() & 1 == 0 { Edge::Rising } else { Edge::Falling };
            rig.edge(script.one_of(&Channel::ALL), edge);
        }
        7 => rig.apply_label(script.u8() & 1 == 0),
        8 => rig.shoot(script.u8()),
        9 => rig.weigh(script.u8()),
        10 => rig.command(command(script)),
        11 => rig.disconnect(script.u8()),
        12 => rig.restart_device(script.u8()),
        13 => rig.set_anything(script),
        14 => rig.ledger(script.u8()),
        _ => rig.good_pack(),
    }
}

fn command(script: &mut Script<'_>) -> Command {
    let resolutions = [Resolution::Exited, Resolution::Ejected, Resolution::Removed];
    match script.u8() % 8 {
        0 => Command::Start,
        1 => Command::Hold,
        2 | 3 => Command::Unhold,
        4 => Command::Stop,
        5 => Command::Abort,
        6 => Command::Shutdown,
        _ => {
            let track = TrackIndex(u32::from(script.u8()));
            Command::Resolve { track, resolution: script.one_of(&resolutions) }
        }
    }
}
