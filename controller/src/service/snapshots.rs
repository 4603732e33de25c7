//! Snapshots for page and API: what the line thread shows, joined with what the ledger knows.
//!
//! Owned by the control thread. Must never read more of the ledger than the last few packs and the
//! sums, nor more often than it takes to look alive.

use super::clock::wall_clock;
use super::production::Production;
use super::queries::fate_name;
use super::run::Run;
use super::setup::Setup;
use super::view::LineView;
use crate::config::{DeviceLink, LedgerKind};
use crate::names::name_of;
use contracts::station::{STATIONS, Station};
use hmi::{
    AlarmView, AuditHead, Buffer, Device, GradeMinute, Hold, LastPack, LineFigures, LinkState,
    PackCounts, Rate, SerialCounts, Snapshot, UnresolvedPack,
};
use ledger::{Chain, Reader};
use line_core::reason::HoldCause;
use line_core::reconcile::Books;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The sums are read this often.
const SUMS_EVERY: Duration = Duration::from_millis(1_000);
/// Window of the present speed.
const SPEED_WINDOW: Duration = Duration::from_secs(5);
const LAST_PACKS: u32 = 20;

/// What has to be remembered between snapshots.
pub struct Snapshots {
    publish: watch::Sender<Arc<Snapshot>>,
    fixed: Snapshot,
    ledger_path: PathBuf,
    reader: Option<Reader>,
    sums_at: Option<Instant>,
    since: BTreeMap<HoldCause, Instant>,
    unit: (Option<contracts::packml::UnitState>, Instant),
    /// Name, protocol and security of each device, the stations last.
    words: [DeviceWords; DEVICES],
    links: [(bool, Instant); DEVICES],
    speed: (u64, Instant),
    production: Production,
    /// What the version counts changes of.
    states: Vec<Option<String>>,
}

/// Line I/O, labeler, camera, and the stations by their number.
const DEVICES: usize = 3 + STATIONS;

#[derive(Clone)]
struct DeviceWords {
    name: &'static str,
    protocol: &'static str,
    security: Option<String>,
}

fn words(setup: &Setup) -> [DeviceWords; DEVICES] {
    let of = |name, link: Option<&DeviceLink>| DeviceWords {
        name,
        protocol: link.map_or("", |link| setup.protocol(link)),
        security: link.and_then(DeviceLink::security_words),
    };
    let station = |station: Station| {
        let name = match station {
            Station::TextCheck => "text check",
            Station::CartonCode => "carton code",
            Station::TamperEvident => "tamper-evident",
            Station::Checkweigher => "checkweigher",
        };
        of(name, setup.line.station_link(station))
    };
    let [text, carton, tamper, scale] = Station::ALL.map(station);
    let links = &setup.line.devices;
    let line_io = of("line I/O", Some(&links.line_io));
    let labeler = of("labeler", Some(&links.labeler));
    [line_io, labeler, of("camera", Some(&links.camera)), text, carton, tamper, scale]
}

impl Snapshots {
    /// None published yet.
    #[must_use]
    pub fn new(setup: &Setup, publish: watch::Sender<Arc<Snapshot>>) -> Self {
        let figures = setup.line.figures();
        let now = Instant::now();
        let fixed = Snapshot {
            line_id: setup.line.line_id.clone(),
            simulation: setup.line.ledger == LedgerKind::Simulation,
            mode: "production".into(),
            camera: setup.camera.clone(),
            labeler: setup.labeler().into(),
            ejector: setup.ejector.clone(),
            simulated: setup.simulated.clone(),
            line: LineFigures {
                pitch_mm: figures.pitch_mm,
                speed_mm_s: figures.speed_mm_s,
                camera_to_gate_mm: figures.camera_to_gate_mm,
                deadline_ms: figures.deadline_ms,
            },
            rate: Rate {
                now_packs_per_min: 0.0,
                target_packs_per_min: setup.line.rate.packs_per_s * 60.0,
            },
            reject_percent_max: setup.line.rules.reject_percent_max,
            unit_state: "stopped".into(),
            // Never one that a screen has seen before the service was started anew.
            version: wall_clock().unix_ms.unsigned_abs(),
            ..Snapshot::default()
        };
        Self {
            publish,
            fixed,
            ledger_path: setup.ledger_path(),
            reader: None,
            sums_at: None,
            since: BTreeMap::new(),
            unit: (None, now),
            words: words(setup),
            links: [(false, now); DEVICES],
            speed: (0, now),
            production: Production::default(),
            states: Vec::new(),
        }
    }

    /// The books of the order that has just closed stay on the screen.
    pub fn closed(&mut self, books: &Books) {
        self.books(books);
        self.fixed.reconciled = Some(books.reconciled());
        self.fixed.order_state = Some("closed".into());
    }

    /// An anchor has been written elsewhere.
    pub fn anchored(&mut self, anchor: &ledger::Anchor) {
        if let Some(head) = anchor.heads.last() {
            self.fixed.audit.anchored_records = head.chain_seq.unsigned_abs();
        }
    }

    /// Version of order, unit state and mode as they were published.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.fixed.version
    }

    /// Counts up when order, unit state or mode are not what they were.
    fn count_change(&mut self) {
        let fixed = &self.fixed;
        let states = [Some(&fixed.unit_state), Some(&fixed.mode)].into_iter();
        let states = states.chain([fixed.batch.as_ref(), fixed.order_state.as_ref()]);
        let states: Vec<Option<String>> = states.map(Option::<&String>::cloned).collect();
        if self.states != states {
            self.states = states;
            self.fixed.version += 1;
        }
    }

    /// The alarms now; how many came in the last hour; whether that is a flood.
    pub fn alarms(&mut self, (alarms, per_hour, flood): (Vec<AlarmView>, u32, bool)) {
        (self.fixed.alarms, self.fixed.alarms_per_hour) = (alarms, per_hour);
        self.fixed.flood = flood;
    }

    /// Publishes a new one.
    pub fn publish(&mut self, run: Option<&Run>) {
        self.fixed.clock = wall_clock().to_rfc3339();
        if let Some(run) = run {
            let view = run.look();
            self.line(run, &view);
            if self.sums_at.is_none_or(|at| at.elapsed() >= SUMS_EVERY) {
                self.sums_at = Some(Instant::now());
                self.sums(run, &view);
            }
        }
        self.count_change();
        self.publish.send_replace(Arc::new(self.fixed.clone()));
    }

    fn line(&mut self, run: &Run, view: &LineView) {
        if self.unit.0 != Some(view.unit) {
            self.unit = (Some(view.unit), Instant::now());
        }
        self.fixed.unit_state = name_of(&view.unit);
        self.fixed.unit_state_s = self.unit.1.elapsed().as_secs();
        self.fixed.order_state = Some(name_of(&view.order));
        self.fixed.mode = name_of(&run.spec.mode);
        self.fixed.batch = Some(run.id.clone());
        self.fixed.product = Some(run.product.name.clone());
        self.fixed.gtin = Some(run.spec.gtin.as_str().to_owned());
        self.fixed.lot = Some(run.spec.lot.as_str().to_owned());
        self.fixed.expiry = Some(run.spec.expiry.to_iso());
        self.fixed.target = u64::from(run.spec.target);
        self.fixed.low_pool_warning = u64::from(run.spec.low_pool_warning);
        self.fixed.serials_left = Some(view.pool_left as u64);
        self.fixed.low_pool = view.pool_low;
        self.fixed.good = u64::from(view.good);
        self.fixed.late = view.late;
        self.fixed.strays = view.strays;
        self.fixed.ejections = view.ejections;
        self.fixed.latency = view.latency;
        self.fixed.margins = view.margins;
        self.fixed.reconciled = None;
        self.fixed.first_pack_due = view.first_pack_due;
        self.fixed.packs.infeed = view.counts.infeed as i64;
        self.fixed.packs.in_process = view.in_process as i64;
        self.holds(view);
        self.fixed.unresolved = view.unresolved.iter().map(|u| u.track.0).collect();
        self.fixed.unresolved_packs = view
            .unresolved
            .iter()
            .map(|u| UnresolvedPack {
                track: u.track.0,
                serial: u
                    .serial
                    .and_then(|s| run.numbers.get(s.0 as usize))
                    .map(|n| n.as_str().to_owned()),
                accepted: u.accepted,
                rejected: u.rejected,
                exit_seen: u.exit_seen,
            })
            .collect();
        self.devices(view);
        self.speed(view);
        self.production(view);
    }

    fn holds(&mut self, view: &LineView) {
        self.since.retain(|cause, _| view.holds.contains(*cause));
        for cause in view.holds.iter() {
            self.since.entry(cause).or_insert_with(Instant::now);
        }
        let mut holds: Vec<(HoldCause, Instant)> =
            self.since.iter().map(|(cause, at)| (*cause, *at)).collect();
        holds.sort_by_key(|(_, at)| *at);
        self.fixed.holds = holds
            .into_iter()
            .map(|(cause, at)| Hold { cause, since_s: at.elapsed().as_secs() })
            .collect();
    }

    fn devices(&mut self, view: &LineView) {
        self.fixed.devices.clear();
        let links = view.links.into_iter().map(Some).chain(view.station_links);
        for (i, (words, up)) in self.words.iter().zip(links).enumerate() {
            let Some(up) = up else { continue };
            if self.links[i].0 != up {
                self.links[i] = (up, Instant::now());
            }
            self.fixed.devices.push(Device {
                name: words.name.into(),
                protocol: words.protocol.into(),
                security: words.security.clone(),
                link: if up { LinkState::Up } else { LinkState::Down },
                epoch: None,
                since_s: self.links[i].1.elapsed().as_secs(),
            });
        }
    }

    fn speed(&mut self, view: &LineView) {
        let (count, at) = self.speed;
        let passed = at.elapsed();
        if passed >= SPEED_WINDOW || view.counts.infeed < count {
            let packs = view.counts.infeed.saturating_sub(count) as f64;
            self.fixed.rate.now_packs_per_min = packs / passed.as_secs_f64().max(0.001) * 60.0;
            self.speed = (view.counts.infeed, Instant::now());
        }
    }

    fn production(&mut self, view: &LineView) {
        let figures = view.figures;
        let (rejects, packs) = figures.rejects;
        let fixed = &mut self.fixed;
        fixed.reject_percent_recent =
            (packs > 0).then(|| 100.0 * f64::from(rejects) / f64::from(packs));
        fixed.suspended = figures.suspended;
        fixed.grade_min_tenths = figures.grade_min;
        fixed.buffer = Buffer {
            labels: figures.jobs as u64,
            labels_max: u64::from(figures.look_ahead),
            records: view.ring_fill as u64,
        };
        fixed.grade_minutes.clear();
        fixed.grade_minutes.extend(view.grade_minutes.iter().map(|minute| GradeMinute {
            packs: minute.packs,
            mean_tenths: minute.mean(),
            min_tenths: minute.min,
        }));
        let batch = fixed.batch.as_deref().unwrap_or_default();
        self.production.look(batch, view.unit, view.counts.infeed, Instant::now());
        fixed.timeline = self.production.timeline(Instant::now());
        let rate = fixed.rate.target_packs_per_min / 60.0;
        fixed.oee = self.production.oee(rate, (fixed.good, fixed.rejected));
    }

    /// What the ledger knows; a reader that fails is opened anew the next time.
    fn sums(&mut self, run: &Run, view: &LineView) {
        if self.reader.is_none() {
            self.reader = Reader::open(&self.ledger_path).ok();
        }
        let Some(reader) = self.reader.take() else { return };
        let after = (self.fixed.packs.infeed as u32).saturating_sub(LAST_PACKS);
        let read = || -> Result<_, ledger::LedgerError> {
            let head = reader.head(Chain::Batch(run.batch))?;
            let packs = reader.packs(run.batch, after, LAST_PACKS + 4)?;
            Ok((reader.books(run.batch)?, reader.rejects(run.batch)?, packs, head))
        };
        let Ok((books, rejects, packs, head)) = read() else { return };
        self.reader = Some(reader);
        self.books(&books);
        self.fixed.rejected = rejects.iter().map(|(_, count)| count).sum();
        self.fixed.rejects = rejects.into_iter().collect();
        self.fixed.last_packs = packs
            .into_iter()
            .rev()
            .take(LAST_PACKS as usize)
            .map(|pack| LastPack {
                track: pack.track,
                serial: pack.serial,
                verdict: pack.verdict,
                reason: pack.reason,
                grade_tenths: view.grades.iter().find(|(t, _)| *t == pack.track).map(|g| g.1),
                state: fate_name(pack.fate).into(),
            })
            .collect();
        if let Some((records, head)) = head {
            self.fixed.audit = AuditHead { records, head, ..self.fixed.audit.clone() };
        }
    }

    fn books(&mut self, books: &Books) {
        self.fixed.packs = PackCounts {
            infeed: self.fixed.packs.infeed.max(books.infeed),
            // While the batch runs its counters are not in the books yet; the packs are.
            exit: books.line_commissioned + books.resolved_at_exit,
            ejected: books.serials_in_reject_ever + books.ejects_without_serial,
            removed: books.declared_removals,
            in_process: books.in_process,
            unexplained: books.unresolved,
        };
        self.fixed.serials = SerialCounts {
            allocated: books.allocated,
            returned: books.returned,
            invalid: books.invalid,
            encoded: books.encoded,
            commissioned: books.commissioned_ever,
            label_scrapped: books.label_scrapped,
            label_sampled: books.label_sampled,
            in_reject: books.in_reject,
        };
    }
}
