//! Properties over random edges, commands and pauses: totals are rising edges, numbers have no gap,
//! counts never fall, and no pack without a permit passes.

use super::*;

/// A small generator of its own, so that a seed means the same for ever (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

fn seed() -> u64 {
    let from_outside = std::env::var("PACKLINE_SEED").ok().and_then(|text| text.parse().ok());
    from_outside.unwrap_or_else(|| u64::from(getrandom::u32().unwrap()) | 1)
}

const EYES: [(u8, Channel); 5] = [
    (INFEED, Channel::Infeed),
    (CAMERA_EYE, Channel::CameraEye),
    (GATE, Channel::Gate),
    (EXIT, Channel::Exit),
    (CONFIRM, Channel::EjectConfirm),
];

/// What the test knows by itself.
#[derive(Default)]
struct Model {
    blocked: [bool; 5],
    rising: [u32; 5],
    permits: Vec<Permit>,
    sent: u32,
    /// The last pack at the gate eye used a permit.
    open_for: bool,
}

impl Model {
    fn pack_at_gate(&mut self, count: u64) {
        let holds = |permit: &Permit| permit.from_count <= count && count <= permit.to_count;
        let at = self.permits.iter().position(holds);
        self.open_for = at.map(|at| self.permits.remove(at)).is_some();
    }
}

fn one_step(rig: &mut Rig, model: &mut Model, dice: &mut Dice) {
    match dice.roll(10) {
        0..=4 => rig.travel(dice.roll(8) + 1),
        5 | 6 => {
            let eye = dice.roll(5) as usize;
            let count = rig.count();
            model.blocked[eye] = !model.blocked[eye];
            rig.put(EYES[eye].0, model.blocked[eye]);
            model.rising[eye] += u32::from(model.blocked[eye]);
            if model.blocked[eye] && EYES[eye].1 == Channel::Gate {
                model.pack_at_gate(count);
            }
            rig.wait(1); // Longer than the debounce time: each edge is one.
        }
        7 => {
            let from_count = rig.count() + dice.roll(20);
            // 0..=0 would be a revocation.
            let to_count = (from_count + dice.roll(9)).max(1);
            let permit = Permit { track: model.sent + 1, from_count, to_count };
            model.sent += 1;
            assert_eq!(rig.permit(&[permit]).permits_accepted, model.sent);
            model.permits.push(permit);
        }
        8 => {
            if let Some(permit) = model.permits.pop() {
                rig.permit(&[Permit::revoke(permit.track)]);
                model.sent += 1;
            }
        }
        _ => rig.wait(dice.roll(40)),
    }
    rig.exchange();
}

#[test]
fn random_edges_keep_the_contract() {
    let seed = seed();
    println!("PACKLINE_SEED={seed}");
    let mut dice = Dice(seed);
    let mut let_through = 0;
    for round in 0..60 {
        let gate = if round % 2 == 0 { PASS } else { PULSE };
        let (mut rig, mut model) = (Rig::new(gate), Model::default());
        let (mut next, mut count) = (1, 0);
        for step in 0..300 {
            one_step(&mut rig, &mut model, &mut dice);
            let place = format!("seed {seed}, round {round}, step {step}");
            rig.command.read_from = next;
            let status = rig.exchange();
            for event in &status.events {
                assert_eq!(event.seq, next, "{place}");
                assert!(event.count >= count && event.count <= status.encoder, "{place}");
                (next, count) = (next + 1, event.count);
            }
            rig.command.consumed_to = next - 1;
            for (eye, (_, channel)) in EYES.into_iter().enumerate() {
                assert_eq!(status.totals[channel.index()], model.rising[eye], "{place}");
            }
            let open = status.inputs & inputs::GATE_OPEN != 0;
            let_through += u32::from(open);
            assert!(!open || model.open_for, "{place}: open without a permit");
            if gate == PASS {
                assert_eq!(rig.is_on(GATE_OUT), open, "{place}");
            }
            if model.blocked[2] {
                assert_eq!(open, model.open_for, "{place}: a permitted pack is let through");
            }
        }
    }
    assert!(let_through > 0, "seed {seed}: no permit was ever used");
}

#[test]
fn a_pack_without_a_permit_is_always_pushed_or_shut_out() {
    let seed = seed();
    println!("PACKLINE_SEED={seed}");
    let mut dice = Dice(seed);
    for round in 0..200 {
        let gate = if round % 2 == 0 { PASS } else { PULSE };
        let mut rig = Rig::new(gate);
        rig.travel(100);
        // A permit that is near, but not for this pack.
        let miss = dice.roll(30) + 1;
        let (from_count, to_count) =
            if dice.roll(2) == 0 { (100 + miss, 200) } else { (1, 100 - miss) };
        rig.permit(&[Permit { track: 1, from_count, to_count }]);
        rig.put(GATE, true);
        let mut seen = 0;
        let length = dice.roll(60) + 5;
        for i in 0..length + 40 {
            if i == length {
                rig.put(GATE, false);
            }
            rig.travel(1);
            seen += u64::from(rig.is_on(GATE_OUT));
        }
        let expected = if gate == PASS { 0 } else { 20 };
        assert_eq!(seen, expected, "seed {seed}, round {round}, {from_count}..={to_count}");
    }
}
