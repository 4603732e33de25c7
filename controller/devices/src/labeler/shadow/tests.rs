//! The shadow against a small device of one to four slots, written from the manual's side.

use super::*;
use crate::points::Value;
use profiles::LabelerRegisters;

const SHIPPED: &str = include_str!("../../../../../config/devices/labeler-registers.toml");

/// A device with the shipped layout, as numbers: what a maker would have built.
#[derive(Default)]
struct Device {
    written: BTreeMap<String, Value>,
    slot: Option<String>,
    job_ack: u64,
    header_ack: u64,
    clear_ack: u64,
    printed: u64,
    labels: Vec<String>,
    deaf: bool,
    /// Takes jobs only while this is not set.
    slow: bool,
}

impl Device {
    fn write(&mut self, writes: Writes) {
        self.written.extend(writes.values.into_iter().chain(writes.sign));
        if self.deaf {
            return;
        }
        let strobe = |name: &str| number(&self.written, name);
        let (job, header, clear) =
            (strobe("job_strobe"), strobe("header_strobe"), strobe("clear_strobe"));
        if clear == 1 && self.clear_ack == 0 {
            self.slot = None;
        }
        (self.header_ack, self.clear_ack) = (header, clear);
        if job != self.job_ack && self.slot.is_none() && !self.slow {
            self.slot = Some(self.written["serial"].to_string());
            self.job_ack = job;
        }
    }

    fn pack_comes(&mut self) {
        self.labels.push(self.slot.take().unwrap_or_default());
        self.printed += 1;
    }

    fn facts(&self) -> Facts {
        let ready = u64::from(self.slot.is_none());
        let named = [
            ("ready", ready),
            ("job_ack", self.job_ack),
            ("header_ack", self.header_ack),
            ("clear_ack", self.clear_ack),
            ("printed", self.printed),
            ("applied", self.printed),
        ];
        named.map(|(name, number)| (name.to_owned(), Value::Number(number))).into()
    }
}

struct Bench {
    device: Device,
    shadow: LabelerShadow,
    now: Nanos,
}

impl Bench {
    fn new() -> Self {
        let profile = LabelerRegisters::load(SHIPPED).unwrap();
        let moduli = profile.points.iter().map(|(name, p)| (name.clone(), p.modulus())).collect();
        let mut dialect = profile.labeler;
        dialect.header_read_back = false;
        let shadow = LabelerShadow::new(dialect, moduli, 7);
        Self { device: Device::default(), shadow, now: Nanos::from_ms(0) }
    }

    fn cycle(&mut self) -> Result<(), ShadowError> {
        self.now.0 += 10_000_000;
        let writes = self.shadow.on_facts(&self.device.facts(), self.now)?;
        self.device.write(writes);
        Ok(())
    }

    fn until_idle(&mut self) {
        for _ in 0..20 {
            self.cycle().unwrap();
            if self.shadow.is_idle() {
                return;
            }
        }
        panic!("never idle: {:?}", self.shadow);
    }

    fn job(&mut self, seq: u32) {
        assert!(self.shadow.room() > 0, "no room for {seq}");
        let mut data = [0; 20];
        let serial = format!("S{seq}");
        data[..serial.len()].copy_from_slice(serial.as_bytes());
        let len = serial.len() as u16;
        self.shadow.begin_job(&PrintJob { seq, template_revision: 1, len, data }, self.now);
        self.until_idle();
    }

    fn status(&self) -> LabelerStatus {
        *self.shadow.status().unwrap()
    }
}

#[test]
fn jobs_are_given_printed_and_counted_in_order() {
    let mut bench = Bench::new();
    bench.until_idle();
    for seq in 1..=5 {
        bench.job(seq);
        assert_eq!((bench.status().last_accepted, bench.shadow.room()), (seq, 0));
        bench.device.pack_comes();
        bench.cycle().unwrap();
        let status = bench.status();
        assert_eq!(
            (status.last_printed, status.last_applied, status.printed_total),
            (seq, seq, seq)
        );
    }
    assert_eq!(bench.device.labels, ["S1", "S2", "S3", "S4", "S5"]);
}

#[test]
fn what_waited_in_the_device_before_the_contact_is_dropped() {
    let mut bench = Bench::new();
    bench.device.slot = Some("STALE".to_owned());
    assert_eq!(bench.shadow.status(), None);
    bench.until_idle();
    assert_eq!(bench.device.slot, None);
    bench.job(1);
    bench.device.pack_comes();
    assert_eq!(bench.device.labels, ["S1"]);
}

#[test]
fn each_contact_with_a_device_without_an_epoch_is_a_new_one() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.job(1);
    let before = bench.status().epoch;
    bench.shadow.connected();
    bench.until_idle();
    let status = bench.status();
    assert_ne!(status.epoch, before);
    assert_eq!((status.last_accepted, status.last_printed), (0, 0));
    assert_eq!(bench.device.slot, None, "the job in flight must not be printed");
}

#[test]
fn labels_of_the_dark_are_counted_as_far_as_the_counter_tells() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.job(1);
    bench.device.pack_comes();
    bench.shadow.connected();
    bench.until_idle();
    let status = bench.status();
    assert_eq!((status.last_printed, status.printed_total), (0, 1));
    // A device whose counter began anew tells nothing.
    bench.device.printed = 40;
    bench.cycle().unwrap();
    bench.device.printed = 2;
    bench.shadow.connected();
    bench.until_idle();
    assert_eq!(bench.status().printed_total, 0);
}

#[test]
fn a_flush_drops_what_is_not_printed() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.job(1);
    bench.shadow.begin_clear(3, bench.now);
    bench.until_idle();
    let status = bench.status();
    assert_eq!((status.flushed_from, status.flushed_to, status.action_done), (1, 1, 3));
    assert_eq!(status.last_printed, 0);
    bench.cycle().unwrap();
    bench.job(2);
    bench.device.pack_comes();
    bench.cycle().unwrap();
    assert_eq!((bench.status().last_printed, bench.status().printed_total), (2, 1));
}

#[test]
fn without_a_counter_what_a_flush_drops_is_not_printed() {
    let mut bench = Bench::new();
    bench.shadow.dialect.status.printed = None;
    bench.shadow.dialect.status.applied = None;
    bench.until_idle();
    bench.job(1);
    bench.device.pack_comes();
    bench.cycle().unwrap();
    assert_eq!(bench.status().printed_total, 1);
    bench.job(2);
    bench.shadow.begin_clear(1, bench.now);
    bench.until_idle();
    bench.cycle().unwrap();
    let status = bench.status();
    assert_eq!((status.printed_total, status.flushed_to, status.last_printed), (1, 2, 1));
}

#[test]
fn a_label_that_no_job_explains_belongs_to_none() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.device.pack_comes();
    bench.cycle().unwrap();
    let status = bench.status();
    assert_eq!((status.last_printed, status.printed_total), (0, 1));
}

#[test]
fn a_counter_that_jumps_is_a_restart() {
    let mut bench = Bench::new();
    bench.device.printed = 5_000;
    bench.until_idle();
    bench.device.printed = 0;
    let (point, from, to) = ("printed".to_owned(), 5_000, 0);
    assert_eq!(bench.cycle(), Err(ShadowError::Restarted { point, from, to }));
}

#[test]
fn a_device_that_takes_nothing_is_given_up() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.device.deaf = true;
    bench.shadow.begin_clear(1, bench.now);
    let error = (0..200).find_map(|_| bench.cycle().err());
    let what = "the order to drop its jobs";
    assert_eq!(error, Some(ShadowError::NotTaken { what, after_ms: 1_000 }));
}

#[test]
fn a_sign_on_its_way_is_taken_back_before_the_device_is_emptied() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.device.slow = true;
    let mut data = [0; 20];
    data[..5].copy_from_slice(b"STALE");
    let job = PrintJob { seq: 1, template_revision: 1, len: 5, data };
    bench.shadow.begin_job(&job, bench.now);
    bench.cycle().unwrap();
    assert_eq!(number(&bench.device.written, "job_strobe"), 1, "the sign is given");
    bench.shadow.connected();
    bench.cycle().unwrap();
    bench.device.slow = false;
    bench.until_idle();
    bench.cycle().unwrap();
    assert_eq!(bench.device.slot, None, "a job of before the contact");
}

#[test]
fn a_slot_that_is_free_without_a_label_is_a_lost_job() {
    let mut bench = Bench::new();
    bench.until_idle();
    bench.job(1);
    bench.device.slot = None;
    let error = (0..50).find_map(|_| bench.cycle().err());
    assert_eq!(error, Some(ShadowError::Lost { held: 0, given: 1 }));
}

/// A device of four places with an epoch of its own and counters as signs.
struct Counted {
    written: BTreeMap<String, Value>,
    queue: Vec<String>,
    taken: u64,
    applied_label: u64,
    boots: u64,
    labels: Vec<String>,
    /// What is written gets lost.
    lost: bool,
}

impl Counted {
    fn write(&mut self, writes: Writes) {
        if self.lost {
            return;
        }
        self.written.extend(writes.values.into_iter().chain(writes.sign));
        self.applied_label = number(&self.written, "apply");
        if number(&self.written, "clear") == 1 {
            self.queue.clear();
        }
        if number(&self.written, "trigger") != self.taken {
            self.queue.push(self.written["serial"].to_string());
            self.taken = number(&self.written, "trigger");
        }
    }

    fn facts(&self) -> Facts {
        let printed = self.labels.len() as u64;
        let named = [
            ("applied_label", self.applied_label),
            ("taken", self.taken),
            ("cleared", number(&self.written, "clear")),
            ("length", self.queue.len() as u64),
            ("boots", self.boots),
            ("printed", printed),
            ("applied", printed),
            ("state", 0),
        ];
        named.map(|(name, number)| (name.to_owned(), Value::Number(number))).into()
    }
}

#[test]
fn a_device_with_an_epoch_goes_on_and_takes_a_job_once_that_was_under_way() {
    let profile = include_str!("../../../../../config/devices/labeler-variables.toml");
    let mut dialect = profiles::LabelerNodes::load(profile).unwrap().labeler;
    dialect.header_read_back = false;
    for answer_lost in [false, true] {
        let mut device = Counted {
            written: BTreeMap::new(),
            queue: Vec::new(),
            taken: 0,
            applied_label: 0,
            boots: 3,
            labels: Vec::new(),
            lost: false,
        };
        let mut shadow = LabelerShadow::new(dialect.clone(), BTreeMap::new(), 7);
        let mut now = Nanos::from_ms(0);
        let mut cycle = |shadow: &mut LabelerShadow, device: &mut Counted| {
            now.0 += 10_000_000;
            let writes = shadow.on_facts(&device.facts(), now).unwrap();
            device.write(writes);
            now
        };
        while !shadow.is_idle() {
            cycle(&mut shadow, &mut device);
        }
        let epoch = shadow.status().unwrap().epoch;
        let mut data = [0; 20];
        data[..2].copy_from_slice(b"S1");
        let job = PrintJob { seq: 1, template_revision: 1, len: 2, data };
        let at = cycle(&mut shadow, &mut device);
        shadow.begin_job(&job, at);
        // Either what we write is lost, or what the device answers.
        device.lost = !answer_lost;
        cycle(&mut shadow, &mut device);
        device.lost = false;
        shadow.connected();
        while !shadow.is_idle() {
            cycle(&mut shadow, &mut device);
        }
        let status = shadow.status().unwrap();
        assert_eq!((status.epoch, status.last_accepted), (epoch, 1), "answer lost: {answer_lost}");
        assert_eq!(device.queue, ["S1"], "answer lost: {answer_lost}");
        device.boots += 1;
        assert!(shadow.on_facts(&device.facts(), Nanos::from_ms(9_000)).is_err());
    }
}
