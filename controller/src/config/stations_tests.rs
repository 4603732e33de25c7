//! Stations in line file and recipe: what is refused, what comes out.

use super::*;
use crate::config::{ConfigError, Pinned, pin};
use std::path::Path;

fn shipped(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(file);
    std::fs::read_to_string(path).expect("shipped file")
}

const LINKS: &str = "
[devices.text_check]
endpoint = \"opc.tcp://127.0.0.1:14841\"
profile = \"devices/station-opcua.toml\"
[devices.checkweigher]
endpoint = \"127.0.0.1:15024\"
profile = \"devices/station-modbus.toml\"
";

/// The shipped line with a text check and a checkweigher.
fn line_text() -> String {
    let places = "[geometry]\ntext_check_mm = 440.0\ncheckweigher_mm = 560.0\n";
    shipped("line.toml").replacen("[geometry]\n", places, 1) + LINKS
}

fn line() -> LineFile {
    LineFile::parse("line.toml", &line_text()).expect("line with stations")
}

const RECIPE: &str = "stations = [\"camera\", \"text_check\", \"carton_code\", \
                      \"tamper_evident\", \"checkweigher\"]
[verify.text_check]
fields = [\"serial\", \"expiry\"]
[verify.carton_code]
expected = \"C-1\"
[verify.checkweigher]
min_mg = 24000
max_mg = 26000";

fn product_text() -> String {
    shipped("products/demo.toml").replacen("stations = [\"camera\"]", RECIPE, 1)
}

fn product(text: &str) -> Result<ProductFile, ConfigError> {
    ProductFile::parse("demo.toml", text)
}

#[test]
fn positions_become_counts_where_there_is_a_station() {
    assert_eq!(line().station_counts(), [Some(4_400), None, None, Some(5_600)]);
    let plain = LineFile::parse("line.toml", &shipped("line.toml")).expect("shipped");
    assert_eq!(plain.station_counts(), [None; STATIONS]);
    let fast = line().scaled(15.0).expect("15/s");
    assert_eq!(fast.station_counts(), [Some(6_600), None, None, Some(8_400)]);
    assert!(line().scaled(16.0).is_err(), "results would not be told from their neighbours'");
    let left = line().budget().stations_ms;
    let rounded = |name: &str| (left[name] * 10.0).round() / 10.0;
    assert_eq!((rounded("text_check"), rounded("checkweigher")), (215.0, 115.0));
    let ring = |line: &LineFile| line.budget().memory[2].entries;
    assert_eq!(ring(&line()) - ring(&plain), 2 * line_core::limits::INPUT_RING);
}

#[test]
fn a_line_without_stations_pins_as_before_and_one_with_them_otherwise() {
    let plain = LineFile::parse("line.toml", &shipped("line.toml")).expect("shipped");
    let recipe = product(&shipped("products/demo.toml")).expect("shipped");
    let pinned = |line: &LineFile| pin(line, &recipe, &[]).expect("pin");
    let text = |pinned: Pinned| String::from_utf8(pinned.bytes).expect("utf-8");
    for key in ["text_check", "carton_code", "checkweigher", "tamper_evident", "null"] {
        assert!(!text(pinned(&plain)).contains(&format!("{key}\":")), "{key}");
    }
    let mut moved = line();
    moved.devices.checkweigher.as_mut().expect("link").endpoint = "127.0.0.1:1".into();
    assert_eq!(pinned(&moved).hex(), pinned(&line()).hex(), "endpoints may change");
    assert_ne!(pinned(&plain).hex(), pinned(&line()).hex());
    let again = LineFile::parse("copy.toml", &line().to_toml().expect("toml")).expect("copy");
    assert_eq!(again, line());
}

#[test]
fn stations_that_cannot_work_are_refused() {
    let table: &[(&str, &str, &str, &[&str])] = &[
        ("text_check_mm = 440.0\n", "", "geometry.text_check_mm", &["[devices.text_check]"]),
        ("text_check_mm = 440.0", "text_check_mm = 150.0", "geometry.text_check_mm", &["labeler"]),
        ("text_check_mm = 440.0", "text_check_mm = nan", "geometry.text_check_mm", &["NaN"]),
        (
            "checkweigher_mm = 560.0",
            "checkweigher_mm = 698.0",
            "geometry.checkweigher_mm",
            &["60 ms", "72.0 mm", "below 698.0 mm"],
        ),
        (
            "checkweigher_mm = 560.0",
            "checkweigher_mm = 900.0",
            "geometry.checkweigher_mm",
            &["no time"],
        ),
        ("127.0.0.1:15024", "127.0.0.1", "devices.checkweigher.endpoint", &["HOST:PORT"]),
        ("devices/station-modbus.toml", "", "devices.checkweigher.profile", &["no profile"]),
        ("[devices.checkweigher]", "[devices.scale]", "devices.scale", &["unknown field"]),
    ];
    for (good, bad, key, parts) in table {
        let text = line_text();
        assert!(text.contains(good), "{good}");
        let error = LineFile::parse("line.toml", &text.replacen(good, bad, 1)).expect_err(bad);
        let problem = &error.problems()[0];
        assert_eq!(problem.key, *key, "{problem}");
        for part in *parts {
            assert!(problem.to_string().contains(part), "{part:?} is not in {problem}");
        }
    }
    let nearer = line_text().replacen("checkweigher_mm = 560.0", "checkweigher_mm = 697.9", 1);
    assert!(LineFile::parse("line.toml", &nearer).is_ok());
}

#[test]
fn a_recipe_says_what_must_be_proven() {
    let rules = product(&product_text()).expect("recipe").station_rules();
    let serial_and_expiry = TextFields { product_code: false, lot: false, ..TextFields::ALL };
    let expected = StationRules {
        text_check: Some(serial_and_expiry),
        carton_code: CartonCode::new(b"C-1"),
        tamper_evident: true,
        checkweigher: Some((24_000, 26_000)),
    };
    assert_eq!(rules, expected);
    let table = "[verify.text_check]\nfields = [\"serial\", \"expiry\"]\n";
    let all = product_text().replacen(table, "", 1);
    let all = product(&all).expect("default fields").station_rules();
    assert_eq!(all.text_check, Some(TextFields::ALL));
    let plain = product(&shipped("products/demo.toml")).expect("shipped").station_rules();
    assert_eq!(plain, StationRules::default());
}

#[test]
fn nonsense_in_a_recipe_is_refused() {
    let table: &[(&str, &str, &str, &str)] = &[
        ("\"text_check\", ", "\"text_check\", \"camera\", ", "verify.stations", "twice"),
        ("\"carton_code\", ", "", "verify.carton_code", "nothing would compare"),
        ("\"text_check\", ", "", "verify.text_check", "nothing would compare"),
        ("[verify.carton_code]\nexpected = \"C-1\"", "", "verify.stations", "[verify.carton_code]"),
        (
            "[verify.checkweigher]\nmin_mg = 24000\nmax_mg = 26000",
            "",
            "verify.stations",
            "[verify.checkweigher]",
        ),
        ("\"C-1\"", "\"\"", "verify.carton_code.expected", "1 to 24"),
        ("\"C-1\"", "\"C-123456789-123456789-123\"", "verify.carton_code.expected", "1 to 24"),
        ("\"C-1\"", "\"C\\n1\"", "verify.carton_code.expected", "printable"),
        ("24000", "26000", "verify.checkweigher.min_mg", "26000 to 26000"),
        ("24000", "0", "verify.checkweigher.min_mg", "no range"),
        ("26000", "3000000000", "verify.checkweigher.min_mg", "no range"),
        ("26000", "-1", "verify.checkweigher.max_mg", "invalid value"),
        ("[\"serial\", \"expiry\"]", "[]", "verify.text_check.fields", "no line"),
        ("\"expiry\"]", "\"serial\"]", "verify.text_check.fields", "twice"),
        ("\"expiry\"]", "\"colour\"]", "verify.text_check.fields", "unknown variant"),
    ];
    for (good, bad, key, part) in table {
        let text = product_text();
        assert!(text.contains(good), "{good}");
        let error = product(&text.replacen(good, bad, 1)).expect_err(bad);
        let problem = &error.problems()[0];
        assert_eq!(problem.key, *key, "{problem}");
        assert!(problem.to_string().contains(part), "{part:?} is not in {problem}");
    }
}

#[test]
fn a_recipe_needs_a_line_with_its_stations() {
    let (line, recipe) = (line(), product(&product_text()).expect("recipe"));
    let finding = recipe.require_stations("demo.toml", &line, "line.toml").expect_err("missing");
    for part in ["demo.toml", "line.toml", "[devices.carton_code]"] {
        assert!(finding.what.contains(part), "{part}: {}", finding.what);
    }
    assert!(finding.remedy.contains("geometry.carton_code_mm"), "{}", finding.remedy);
    let plain = product(&shipped("products/demo.toml")).expect("shipped");
    assert_eq!(plain.require_stations("demo.toml", &line, "line.toml"), Ok(()));
}
