//! Secured OPC UA links over real sockets: each policy and mode, certificates that nobody trusts,
//! users. What is not as configured is refused, never talked to with less.

use super::{Bench, Protocol, dispatch, header, is_up, result};
use crate::stations;
use devices::certificates::Pki;
use devices::{OpcuaIdentity, OpcuaSecurity, Secured, Setup};
use line_sim::sim_config::OpcuaServing;
use line_sim::world::Device;
use profiles::{OpcuaMode, OpcuaPolicy};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const MODES: [OpcuaMode; 2] = [OpcuaMode::Sign, OpcuaMode::SignAndEncrypt];
const SHOTS: u32 = 40;
const JOBS: u32 = 20;

/// The certificates of both sides, and what each makes of them.
struct Sides {
    dir: TempDir,
    ours: Pki,
    offer: OpcuaServing,
    identity: OpcuaIdentity,
}

impl Sides {
    /// Both have certificates and neither trusts the other.
    fn strangers() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ours = Pki::of_line("LINE-1", dir.path().join("ours"));
        ours.prepare("Packline LINE-1").unwrap();
        let theirs = dir.path().join("theirs").display().to_string();
        let offer = OpcuaServing { pki_dir: Some(theirs), ..OpcuaServing::default() };
        Self { dir, ours, offer, identity: OpcuaIdentity::Anonymous }
    }

    /// The device knows us.
    fn known_to_the_device() -> Self {
        let sides = Self::strangers();
        sides.theirs().trust_file(&sides.ours.own()).unwrap();
        sides
    }

    fn theirs(&self) -> Pki {
        Pki::of_line("line-sim", self.dir.path().join("theirs"))
    }

    fn security(&self, policy: OpcuaPolicy, mode: OpcuaMode) -> OpcuaSecurity {
        let (identity, pki) = (self.identity.clone(), self.ours.clone());
        OpcuaSecurity::Secured(Box::new(Secured { policy, mode, identity, pki }))
    }

    /// Devices and a driver's security; their certificate is there from now on.
    fn bench(&self, policy: OpcuaPolicy, mode: OpcuaMode) -> Bench {
        Bench::serving(&self.offer, self.security(policy, mode))
    }

    /// A bench with the shipped defaults.
    fn usual(&self) -> Bench {
        self.bench(OpcuaPolicy::default(), OpcuaMode::default())
    }

    fn we_trust_the_device(&self) {
        self.ours.trust_file(&self.theirs().own()).unwrap();
    }

    /// A secret that only its owner reads.
    fn secret(&self, name: &str, text: &str) -> PathBuf {
        let file = self.dir.path().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    /// Certificate and key of a person or program.
    fn user(&self, name: &str) -> (PathBuf, PathBuf) {
        let pki = Pki::of_line(name, self.dir.path().join(name));
        pki.prepare(name).unwrap();
        (pki.own(), pki.directory.join("private/private.pem"))
    }
}

/// Results of the camera come, over a cut, too.
fn camera_works(bench: &mut Bench) {
    bench.recorder.set_up(Setup::Recipe(9));
    bench.camera(1);
    bench.until("recipe", |b| b.script(|s| s.camera.status.recipe_hash == 9));
    for round in 1..=2 {
        bench.script(|s| s.camera.shoot(SHOTS));
        if round > 1 {
            bench.cut(Device::Camera);
        }
        let all = (SHOTS * round) as usize;
        bench.until("results", |b| b.recorder.find_all(result).len() == all);
    }
    let expected = (1..=u64::from(2 * SHOTS)).map(|seq| (1, seq));
    assert!(bench.recorder.find_all(result).into_iter().eq(expected));
}

/// The driver has tried so often that it would be up if it could.
fn never_up(bench: &mut Bench, refused: impl Fn() -> bool) {
    bench.camera(1);
    bench.until("a refusal", |_| refused());
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert_eq!(bench.recorder.count(is_up), 0);
}

fn files_in(dir: &Path) -> usize {
    fs::read_dir(dir).map_or(0, Iterator::count)
}

#[test]
fn a_camera_works_with_each_policy_and_mode() {
    let sides = Sides::known_to_the_device();
    for policy in OpcuaPolicy::SECURE {
        for mode in MODES {
            println!("{} {}", policy.name(), mode.name());
            let mut bench = sides.bench(policy, mode);
            sides.we_trust_the_device();
            camera_works(&mut bench);
        }
    }
}

#[test]
fn a_labeler_and_a_station_work_with_each_policy() {
    let sides = Sides::known_to_the_device();
    for policy in OpcuaPolicy::SECURE {
        let mut labeler = sides.bench(policy, OpcuaMode::default());
        sides.we_trust_the_device();
        labeler.recorder.set_up(header());
        labeler.labeler(Protocol::Opcua, 1);
        labeler.until("up", |b| b.recorder.count(is_up) > 0);
        (1..=JOBS).for_each(|job| labeler.recorder.say(dispatch(1, job)));
        labeler.until("jobs", |b| b.script(|s| s.labeler.accepted.len() == JOBS as usize));
        drop(labeler);
        let station = stations::bench(Protocol::Opcua, sides.bench(policy, OpcuaMode::default()));
        stations::measure(&station, SHOTS);
        station.until("results", |b| stations::results(b).len() == SHOTS as usize);
    }
}

#[test]
fn a_device_that_nobody_trusts_is_laid_aside_until_somebody_does() {
    let sides = Sides::known_to_the_device();
    let mut bench = sides.usual();
    let rejected = || sides.ours.list().unwrap().rejected;
    never_up(&mut bench, || !rejected().is_empty());
    let [one] = &rejected()[..] else { panic!("{:?}", rejected()) };
    assert!(one.subject.contains("line-sim"), "{one:?}");
    sides.ours.trust(&one.thumbprint).unwrap();
    // The running driver sees it at its next attempt.
    bench.until("up", |b| b.recorder.count(is_up) > 0);
}

#[test]
fn a_device_that_does_not_know_us_is_told_by_a_person_too() {
    let sides = Sides::strangers();
    let mut bench = sides.usual();
    sides.we_trust_the_device();
    let rejected = sides.dir.path().join("theirs/rejected");
    never_up(&mut bench, || files_in(&rejected) > 0);
    sides.theirs().trust_file(&sides.ours.own()).unwrap();
    bench.until("up", |b| b.recorder.count(is_up) > 0);
}

#[test]
fn a_device_that_offers_less_is_not_talked_to() {
    let sides = Sides::known_to_the_device();
    let less = OpcuaServing::default();
    let security = sides.security(OpcuaPolicy::default(), OpcuaMode::default());
    let mut bench = Bench::serving(&less, security);
    never_up(&mut bench, || true);
    // Nor does a device without an unsecured endpoint take a link without security.
    let offer = OpcuaServing { unsecured: false, ..sides.offer.clone() };
    let mut bench = Bench::serving(&offer, OpcuaSecurity::Unsecured);
    never_up(&mut bench, || true);
}

#[test]
fn another_certificate_at_the_same_address_is_not_trusted() {
    let sides = Sides::known_to_the_device();
    let mut first = sides.usual();
    sides.we_trust_the_device();
    first.camera(1);
    first.until("up", |b| b.recorder.count(is_up) > 0);
    drop(first);
    // The same name, address and subject, another key.
    for part in ["own", "private"] {
        fs::remove_dir_all(sides.dir.path().join("theirs").join(part)).unwrap();
    }
    let mut second = sides.usual();
    never_up(&mut second, || !sides.ours.list().unwrap().rejected.is_empty());
}

#[test]
fn a_user_comes_by_password() {
    let mut sides = Sides::known_to_the_device();
    let (user, password) = (Some("packline".to_owned()), Some("right".to_owned()));
    sides.offer = OpcuaServing { user, password, ..sides.offer };
    let file = sides.secret("camera.password", "wrong\n");
    let name = "packline".to_owned();
    sides.identity = OpcuaIdentity::User { name, password: file };
    let mut bench = sides.usual();
    sides.we_trust_the_device();
    never_up(&mut bench, || true);
    sides.secret("camera.password", "right\n");
    bench.until("up", |b| b.recorder.count(is_up) > 0);
    drop(bench);
    sides.identity = OpcuaIdentity::Anonymous;
    never_up(&mut sides.usual(), || true);
}

#[test]
fn a_user_comes_by_certificate() {
    let mut sides = Sides::known_to_the_device();
    let (certificate, key) = sides.user("packline-user");
    let user_certificate = Some(certificate.display().to_string());
    sides.offer = OpcuaServing { user_certificate, ..sides.offer };
    sides.identity = OpcuaIdentity::Certificate { certificate, key };
    let mut bench = sides.usual();
    sides.we_trust_the_device();
    camera_works(&mut bench);
    drop(bench);
    let (certificate, key) = sides.user("somebody-else");
    sides.identity = OpcuaIdentity::Certificate { certificate, key };
    never_up(&mut sides.usual(), || true);
}
