//! Shipped files, bad files, scaling, pinning and the committed schemas.

use super::*;
use crate::service::setup::load_profile;
use codes::Expiry;
use std::path::Path;

fn shipped(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(file);
    std::fs::read_to_string(path).expect("shipped file")
}

fn line() -> LineFile {
    LineFile::parse("line.toml", &shipped("line.toml")).expect("shipped line")
}

fn product() -> ProductFile {
    ProductFile::parse("demo.toml", &shipped("products/demo.toml")).expect("shipped product")
}

fn today() -> Expiry {
    Expiry::from_ymd(2026, 11, 22).expect("date")
}

fn parse_kind(kind: Kind, text: &str) -> Result<(), ConfigError> {
    match kind {
        Kind::Line => LineFile::parse("bad.toml", text).map(drop),
        Kind::Product => ProductFile::parse("bad.toml", text).map(drop),
        Kind::Order => OrderFile::parse("bad.toml", text, today()).map(drop),
        Kind::Device => load_profile("bad.toml", text, profiles::Profile::load).map(drop),
        Kind::Pool => unreachable!("pools have tests of their own"),
    }
}

/// Each row changes one thing of a shipped file; the message names file, key, what and remedy.
const HTTPS_PORT_ALONE: &str = "[service.https]\nlisten = \"8443\"\ncertificate = \"c.pem\"\n\
                                key = \"k.pem\"\nnames = [\"line7\"]\n\n[service]";
const HTTPS_NAMELESS: &str = "[service.https]\nlisten = \"[::]:8443\"\ncertificate = \"c.pem\"\n\
                              key = \"k.pem\"\nnames = []\n\n[service]";
const HTTPS_WITH_PORT: &str = "[service.https]\nlisten = \"[::]:8443\"\ncertificate = \"c.pem\"\n\
                               key = \"k.pem\"\nnames = [\"line7:8443\"]\n\n[service]";

#[test]
fn bad_files_are_told_where_and_what_to_do() {
    const L: Kind = Kind::Line;
    const P: Kind = Kind::Product;
    const O: Kind = Kind::Order;
    let table: &[(Kind, &str, &str, &str, &[&str])] = &[
        (L, "gate_mm = 800.0", "gaet_mm = 800.0", "geometry.gaet_mm", &["unknown field", "spell"]),
        (L, "gate_mm = 800.0\n", "", "geometry", &["missing field `gate_mm`", "add it"]),
        (L, "gate_mm = 800.0", "gate_mm = \"800\"", "geometry.gate_mm", &["invalid type"]),
        (L, "gate_mm = 800.0", "gate_mm = ", "", &["correct the TOML"]),
        (L, "gate_mm = 800.0", "gate_mm = nan", "geometry.gate_mm", &["NaN", "from 1"]),
        (L, "gate_mm = 800.0", "gate_mm = 300.0", "geometry.gate_mm", &["before", "running order"]),
        (L, "gate_mm = 800.0", "gate_mm = 550.0", "geometry.gate_mm", &["72.0 mm", "552.0 mm"]),
        (L, "\nwindow_mm = 40", "\nwindow_mm = 60", "geometry.window_mm", &["overlap", "60 mm"]),
        (L, "braking_mm = 40.0", "braking_mm = 90.0", "geometry.braking_mm", &["1010", "80 mm"]),
        (
            L,
            "pack_length_mm = 100.0",
            "pack_length_mm = 130.0",
            "geometry.pack_length_mm",
            &["gap"],
        ),
        (L, "s_per_s = 10.0", "s_per_s = 0.0", "rate.packs_per_s", &["0 is not within"]),
        (L, "ledger = \"sim", "ledger = \"x", "ledger", &["unknown variant", "words listed"]),
        (L, "LINE-1", "line 1", "line_id", &["line 1", "LINE-1"]),
        (L, "127.0.0.1:8080", "0.0.0.0:80", "service.http", &["loopback", "off"]),
        (L, "[service]", HTTPS_PORT_ALONE, "service.https.listen", &["port", "0.0.0.0"]),
        (L, "[service]", HTTPS_NAMELESS, "service.https.names", &["list the names"]),
        (L, "[service]", HTTPS_WITH_PORT, "service.https.names", &["without scheme"]),
        (L, "opc.tcp://127.0.0.1:14840", "opc.tcp://x", "devices.camera.endpoint", &["HOST:PORT"]),
        (L, "ms_max = 250", "ms_max = 5", "timing.heartbeat_ms_max", &["50 to 2000"]),
        (L, "grade_min = 1.5", "grade_min = 1.0", "rules.grade_min", &["1.5 to 4"]),
        (L, "# look_ahead", "look_ahead = 65 #", "rules.look_ahead", &["65", "64"]),
        (L, "# look_ahead", "look_ahead = 2 #", "rules.look_ahead", &["2 print", "3"]),
        (P, "04150037528643", "04150037528644", "gtin", &["check digit"]),
        (P, "length = 20", "length = 21", "serial.length", &["21", "1 to 20"]),
        (P, "safe30", "hex", "serial.alphabet", &["safe30"]),
        (P, "release = 5", "release = 4", "uniqueness.years_after_release", &["5 to"]),
        (P, "[\"camera\"]", "[]", "verify.stations", &["camera"]),
        (P, "[\"camera\"]", "[\"scale\"]", "verify.stations", &["unknown variant"]),
        (P, "holder = \"line\"", "holder = \"me\"", "authority.holder", &["unknown variant"]),
        (O, "LOT-7781", "LOT 7781", "lot", &["set 82"]),
        (O, "2029-11-30", "2029-11-31", "expiry", &["YYYY-MM-DD"]),
        (O, "2029-11-30", "291100", "expiry", &["day 00"]),
        (O, "2029-11-30", "2026-11-21", "expiry", &["expired", "2026-11-22"]),
        (O, "2029-11-30", "2129-11-30", "expiry", &["too far"]),
        (O, "target = 500", "target = 0", "target", &["1 or more"]),
        (O, "target = 500", "target = 2000000", "target", &["2200000", "split"]),
        (O, "target = 500", "target = -1", "target", &["invalid value"]),
        (O, "DEMO-0001", "../x", "batch", &["A-Z"]),
        (O, "\"invalid\"", "\"burn\"", "return_policy", &["unknown variant"]),
    ];
    for (kind, good, bad, key, parts) in table {
        let file = match kind {
            Kind::Line => "line.toml",
            Kind::Product => "products/demo.toml",
            Kind::Order => "orders/demo.toml",
            Kind::Device => "devices/labeler-opcua.toml",
            Kind::Pool => unreachable!("pools have tests of their own"),
        };
        let text = shipped(file);
        assert!(text.contains(good), "{good:?} is not in {file}");
        let error = parse_kind(*kind, &text.replacen(good, bad, 1)).expect_err(bad);
        let problem = &error.problems()[0];
        let message = problem.to_string();
        assert_eq!(problem.key, *key, "{message}");
        assert!(problem.line > 0 && problem.column > 0, "{message}");
        assert!(message.starts_with("bad.toml:") && !problem.remedy.is_empty(), "{message}");
        for part in *parts {
            assert!(message.contains(part), "{part:?} is not in {message}");
        }
    }
}

#[test]
fn the_line_in_encoder_counts() {
    let config = line().line_config(&product());
    assert_eq!(config.pitch_counts_min, 1_050);
    assert_eq!(config.gate_counts, 8_000);
    assert_eq!((config.eject_counts_min, config.eject_counts_max), (400, 1_200));
    assert_eq!(config.permit_budget_counts, 720);
    assert_eq!(config.purge_counts, 11_600);
    assert_eq!((config.look_ahead, config.grade_min), (37, 15));
    assert!(config.simulation);
    let figures = line().figures();
    assert_eq!((figures.camera_to_gate_mm, figures.speed_mm_s), (400.0, 1_200.0));
}

#[test]
fn a_higher_rate_keeps_pitch_and_time() {
    let (slow, fast) = (line(), line().scaled(100.0).expect("100/s"));
    let (a, b) = (slow.figures(), fast.figures());
    assert_eq!(a.pitch_mm, b.pitch_mm);
    assert_eq!((b.speed_mm_s, b.camera_to_gate_mm), (12_000.0, 4_000.0));
    assert_eq!(a.camera_to_gate_mm / a.speed_mm_s, b.camera_to_gate_mm / b.speed_mm_s);
    assert_eq!((a.deadline_ms, b.deadline_ms), (266.667, 304.167));
    assert_eq!(fast.geometry.camera_trigger_mm - fast.geometry.camera_eye_mm, 50.0);
    assert_eq!(fast.geometry.braking_mm, 10.0 * slow.geometry.braking_mm);
    assert_eq!(fast.geometry.window_mm, slow.geometry.window_mm);
    let slower = line().scaled(2.0).expect("2/s");
    assert_eq!(slower.geometry, slow.geometry);
    assert!(slower.figures().deadline_ms > a.deadline_ms);
    let text = line().scaled(1_000.0).expect_err("too fast").to_string();
    assert!(text.contains("tracking slots") && text.contains("packs/s or less"), "{text}");
    assert!(line().scaled(f64::NAN).is_err() && line().scaled(-1.0).is_err());
}

#[test]
fn written_and_read_again_it_is_the_same() {
    let mut line = line();
    line.devices.camera.endpoint = "opc.tcp://127.0.0.1:40001".into();
    let text = line.to_toml().expect("toml");
    assert_eq!(LineFile::parse("copy.toml", &text).expect("copy"), line);
}

#[test]
fn a_batch_pins_what_matters_and_nothing_else() {
    let pinned = |line: &LineFile, profile: &[u8]| {
        pin(line, &product(), &[("camera", profile)]).expect("pin").hex()
    };
    let first = pinned(&line(), b"profile");
    assert_eq!(first.len(), 64);
    let mut moved = line();
    moved.service.http = "off".into();
    moved.devices.labeler.endpoint = "127.0.0.1:1".into();
    assert_eq!(pinned(&moved, b"profile"), first, "endpoints may change under an open batch");
    assert_ne!(pinned(&line(), b"another"), first);
    let mut changed = line();
    changed.geometry.gate_mm += 0.1;
    assert_ne!(pinned(&changed, b"profile"), first);
    let text = pin(&line(), &product(), &[]).expect("pin").bytes;
    let text = String::from_utf8(text).expect("utf-8");
    assert!(text.starts_with("{\"line\":{\"devices\":{\"camera\":{\"profile\":"), "{text}");
}

#[test]
fn authority_is_of_one_line() {
    assert!(product().line_format("LINE-1").is_ok());
    let finding = product().line_format("LINE-2").expect_err("another line");
    assert!(finding.what.contains("LINE-1") && finding.what.contains("LINE-2"));
    assert!(product().require_import().is_err(), "a second authority");
    for authority in [Authority::Site, Authority::MarketingAuthorisationHolder] {
        let outside = ProductFile { authority, ..product() };
        let finding = outside.line_format("LINE-1").expect_err("drawn by nobody");
        assert!(finding.remedy.contains("--pool"), "{}", finding.remedy);
        assert_eq!(outside.require_import(), Ok(()));
        assert_eq!(outside.part("LINE-1"), IMPORTED);
    }
}

fn shared(lines: &str) -> Result<ProductFile, ConfigError> {
    let held = "holder = \"line\"\nline_id = \"LINE-1\"";
    let text = shipped("products/demo.toml");
    assert!(text.contains(held));
    let share = format!("holder = \"partitions\"\nlines = {{ {lines} }}");
    ProductFile::parse("shared.toml", &text.replace(held, &share))
}

/// Fault 21: a line without a share draws nothing, and no two shares have a character in common.
#[test]
fn each_line_draws_its_share() {
    let product = shared("LINE-1 = \"9A\", LINE-2 = \"BCD\"").expect("two lines");
    let spaces = ["LINE-1", "LINE-2"].map(|line| product.line_format(line).expect(line).space());
    assert_eq!(spaces, [2 * 30_u128.pow(19), 3 * 30_u128.pow(19)]);
    assert_eq!(product.part("LINE-1"), "first 9A");
    assert_eq!(shared("LINE-1 = \"A9\"").expect("one").part("LINE-1"), "first 9A");
    let finding = product.line_format("LINE-3").expect_err("no share");
    assert!(finding.what.contains("LINE-1, LINE-2") && finding.what.contains("LINE-3"));
    assert!(product.require_import().is_err());
    for (lines, parts) in [
        ("", &["authority.lines", "no line"][..]),
        ("LINE-1 = \"AB\", LINE-2 = \"CB\"", &["authority.lines.LINE-2", "LINE-1", "'B'"]),
        ("LINE-1 = \"\"", &["authority.lines.LINE-1", "empty share"]),
        ("LINE-1 = \"I\"", &["authority.lines.LINE-1", "'I'", "alphabet"]),
        ("LINE-1 = \"AA\"", &["authority.lines.LINE-1", "twice"]),
        ("\"line 1\" = \"A\"", &["line 1", "line_id"]),
        ("LINE-1 = 7", &["invalid type"]),
    ] {
        let text = shared(lines).expect_err(lines).to_string();
        for part in parts {
            assert!(text.contains(part), "{lines}: {part:?} is not in {text}");
        }
    }
}

#[test]
fn return_policies_have_their_names() {
    let text = shipped("orders/demo.toml");
    for (name, policy) in [
        ("return_to_provider", ReturnPolicy::Returned),
        ("returned", ReturnPolicy::Returned),
        ("unallocate", ReturnPolicy::Unallocate),
        ("invalid", ReturnPolicy::Invalid),
    ] {
        let text = text.replace("\"invalid\"", &format!("{name:?}"));
        let order = OrderFile::parse("order.toml", &text, today()).expect(name);
        assert_eq!(order.return_policy, policy, "{name}");
    }
}

#[test]
fn orders_and_days() {
    let order = OrderFile::parse("demo.toml", &shipped("orders/demo.toml"), today());
    let order = order.expect("shipped order");
    assert_eq!((order.target, order.serials), (500, 550));
    let short = shipped("orders/demo.toml").replace("2029-11-30", "291130");
    let short = OrderFile::parse("demo.toml", &short, today()).expect("short date");
    assert_eq!(short.expiry, order.expiry);
    for (seconds, iso) in [
        (0, "1970-01-01"),
        (951_782_400, "2000-02-29"),
        (1_795_305_600, "2026-11-22"),
        (4_107_542_399, "2100-02-28"),
        (-1, "1969-12-31"),
    ] {
        assert_eq!(date_of_unix(seconds).expect("day").to_iso(), iso, "{seconds}");
    }
    assert!(date_of_unix(i64::MAX / 2).is_none());
}

/// The committed schemas are those of the types: `packline config schema KIND` writes them.
#[test]
fn committed_schemas_are_true() {
    for kind in Kind::ALL {
        let name = kind.name();
        let committed = shipped(&format!("schema/{name}.json"));
        let committed: serde_json::Value = serde_json::from_str(&committed).expect("json");
        let remedy = format!("run `packline config schema {name} > config/schema/{name}.json`");
        assert_eq!(committed, schema(kind), "{remedy}");
    }
}
