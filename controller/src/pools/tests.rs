//! Files that are good, and files that are not: what is told, where, and what to do.

use super::*;
use codes::SerialNumber;
use ledger::Issued;
use line_core::serial_format::{Alphabet, SerialFormat};

const GTIN: &str = "04150037528643";

fn wanted(serials: u32) -> Wanted {
    let format = SerialFormat::new(8, Alphabet::safe30()).expect("format");
    Wanted { gtin: GTIN.parse().expect("gtin"), format, serials, alive: 0 }
}

fn given() -> Given {
    Given { provider: Some("Example Pharma".into()), claim: Some("unique".into()) }
}

fn fresh(_: SerialNumber) -> Result<Option<Issued>, ledger::LedgerError> {
    Ok(None)
}

/// A JSON pool says itself what the options say of a CSV.
fn read(text: &str) -> Result<Pool, PoolError> {
    let given = if text.contains("\"format\"") { Given::default() } else { given() };
    Pool::parse(text.as_bytes(), "pool.csv", &given)
}

fn checked(text: &str, wanted: &Wanted) -> Result<Vec<SerialNumber>, PoolError> {
    check(&read(text)?, wanted, fresh).expect("no ledger is read")
}

fn json(serials: &str) -> String {
    format!(
        "{{\"format\":1,\"gtin\":\"{GTIN}\",\"provider\":\"P\",\"claim\":\"unique\",\
         \"serials\":[{serials}]}}"
    )
}

#[test]
fn csv_and_json_in_all_their_forms() {
    let table = [
        "serial\nA2345678\nB2345678\n".to_owned(),
        "serial\r\nA2345678\r\nB2345678".to_owned(),
        "\u{feff}serial\nA2345678\n\nB2345678\n".to_owned(),
        "gtin,serial\n04150037528643,A2345678\n04150037528643,B2345678\n".to_owned(),
        "Serial;GTIN;note\n\"A2345678\";04150037528643;x,y\nB2345678;04150037528643\n".to_owned(),
        "\"serial\",\"state\"\n\"A2345678\",\"unallocated\"\n\"B2345678\",\"\"\n".to_owned(),
        json("\"A2345678\", \"B2345678\""),
        format!("\u{feff} \n{}", json("\"A2345678\",\n\"B2345678\"")),
    ];
    for text in table {
        let numbers = checked(&text, &wanted(2)).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        let texts: Vec<&str> = numbers.iter().map(SerialNumber::as_str).collect();
        assert_eq!(texts, ["A2345678", "B2345678"], "{text:?}");
    }
    let pool = read("serial\nA2345678\n").expect("csv");
    assert_eq!((pool.provider.as_str(), pool.claim.as_str()), ("Example Pharma", "unique"));
    // sha256sum of the file.
    assert_eq!(pool.sha256, "aa2342f5deaa6e3b7f150088993766237b230969fbd3a326f21de64c38375c67");
    assert_ne!(pool.sha256, read("serial\nA2345679\n").expect("csv").sha256);
}

/// Serials are what the file says: quotes and all 82 characters come through unaltered.
#[test]
fn no_character_is_lost_or_altered() {
    let set82 = SerialFormat::new(5, Alphabet::set82()).expect("format");
    let wanted = Wanted { format: set82, ..wanted(1) };
    for (written, serial) in
        [("\"A\"\"B,C\"", "A\"B,C"), ("\"=1+2;\"", "=1+2;"), ("00001", "00001"), ("a-_/?", "a-_/?")]
    {
        let numbers = checked(&format!("serial,gtin\n{written},{GTIN}\n"), &wanted);
        assert_eq!(numbers.expect(written)[0].as_str(), serial);
    }
    assert!(checked("serial\n A2345\n", &wanted).is_err(), "a space is not trimmed away");
}

/// Each row: the file, and what must be told of it: what, where, what to do.
#[test]
fn bad_pools_are_told_where_and_what_to_do() {
    let good = "serial\nA2345678\nB2345678\n";
    let table: &[(&str, &str, u32, &[&str])] = &[
        (
            "duplicate",
            "serial\nA2345678\nB2345678\nA2345678\n",
            2,
            &["pool.csv:4:", "line 2", "ask"],
        ),
        (
            "gtin",
            "gtin,serial\n04150037528650,A2345678\n",
            1,
            &["pool.csv:2:", "04150037528650", GTIN],
        ),
        ("character", "serial\nA234567I\n", 1, &["pool.csv:2:", "'I'", "alphabet", "ask"]),
        ("not in set 82", "serial\nA23456#8\n", 1, &["pool.csv:2:", "A23456#8", "ask"]),
        ("umlaut", "serial\nÄ2345678\n", 1, &["pool.csv:2:", "ask the provider"]),
        ("space", "serial\nA2345678 \n", 1, &["pool.csv:2:", "A2345678 "]),
        ("too long", "serial\nA23456789\n", 1, &["pool.csv:2:", "9 characters", "says 8"]),
        ("over 20", "serial\nA23456789A23456789012\n", 1, &["pool.csv:2:", "20"]),
        ("no serial", "serial,gtin\n,04150037528643\n", 1, &["pool.csv:2:", "\"\""]),
        ("empty", "", 1, &["pool.csv: is empty", "header"]),
        ("blank", " \r\n\n", 1, &["is empty"]),
        ("header only", "serial\n", 1, &["pool.csv: 0 serials", "need 1"]),
        ("too few", good, 3, &["pool.csv: 2 serials", "need 3", "ask the provider for more"]),
        (
            "header",
            "number\nA2345678\n",
            1,
            &["pool.csv:1:", "no column", "number", "column names"],
        ),
        ("no header", "A2345678\nB2345678\n", 2, &["pool.csv:1:", "A2345678"]),
        ("two columns", "serial,serial\nA,B\n", 1, &["pool.csv:1:", "two columns"]),
        ("json", "{\"format\":1,", 1, &["pool.csv:1:", "EOF", "config schema pool"]),
        (
            "no claim",
            "{\"format\":1,\"gtin\":\"x\",\"provider\":\"P\",\"serials\":[]}",
            1,
            &["claim"],
        ),
        ("format", &json("\"A2345678\"").replace(":1,", ":2,"), 1, &["format 2", "format 1"]),
        ("field", &json("").replace("claim", "clame"), 1, &["clame", "expected one of"]),
        ("json gtin", &json("\"A2345678\"").replace(GTIN, "x"), 1, &["pool.csv: gtin \"x\"", GTIN]),
        (
            "json twice",
            &json("\"A2345678\",\"A2345678\""),
            1,
            &["serials[1]", "stands in serials[0]"],
        ),
        ("said twice", &json("").replace("\"P\"", "\"Q\""), 1, &["provider itself", "leave"]),
    ];
    for (name, text, serials, parts) in table {
        let given =
            if text.starts_with('{') && *name != "said twice" { Given::default() } else { given() };
        let wanted = wanted(*serials);
        let error = Pool::parse(text.as_bytes(), "pool.csv", &given)
            .and_then(|pool| check(&pool, &wanted, fresh).expect("no ledger is read"))
            .expect_err(name);
        let text = error.to_string();
        assert_eq!(error.total, error.shown.len(), "{name}: {text}");
        for part in *parts {
            assert!(text.contains(part), "{name}: {part:?} is not in {text}");
        }
        assert!(error.shown.iter().all(|finding| !finding.remedy.is_empty()), "{name}");
    }
    assert!(checked(good, &wanted(2)).is_ok());
    let bytes = Pool::parse(b"serial\nA\xff\n", "pool.csv", &given()).expect_err("bytes");
    assert!(bytes.to_string().contains("line 2 is not UTF-8"), "{bytes}");
}

#[test]
fn somebody_answers_for_uniqueness() {
    let csv = "serial\nA2345678\n";
    for (given, part) in [
        (Given::default(), "the provider is missing"),
        (Given { claim: None, ..given() }, "the claim is missing"),
        (Given { claim: Some("  ".into()), ..given() }, "the claim is missing"),
        (Given { provider: Some("x".repeat(121)), ..given() }, "the provider is not 1 to 120"),
        (Given { claim: Some("a\nb".into()), ..given() }, "the claim is not 1 to 500"),
    ] {
        let pool = Pool::parse(csv.as_bytes(), "pool.csv", &given).expect("read");
        let error = check(&pool, &wanted(1), fresh).expect("no ledger").expect_err(part);
        let text = error.to_string();
        assert!(text.contains(part) && text.contains("--claim"), "{text}");
    }
}

/// All at once, each kind bounded, and the exact number of what is not shown.
#[test]
fn everything_is_told_at_once() {
    let mut text = "gtin,serial\n".to_owned();
    for n in 0..30 {
        text += &format!("04150037528650,A2345{n:03}\n{GTIN},I2345{n:03}\n{GTIN},B2345678\n");
    }
    let pool = Pool::parse(text.as_bytes(), "pool.csv", &Given::default()).expect("read");
    let used = |serial: SerialNumber| {
        let old = serial.as_str().starts_with('A');
        Ok(old.then(|| Issued { batch: "B-7".into(), unallocated: false }))
    };
    let error = check(&pool, &wanted(100), used).expect("no ledger").expect_err("bad");
    // 2 of the provider, the count, 30 products, 30 forms, 29 duplicates, 30 used before.
    assert_eq!(error.total, 2 + 1 + 30 + 30 + 29 + 30);
    let shown = 2 + 1 + 4 * SHOWN_OF_A_KIND;
    assert_eq!(error.shown.len(), shown);
    let text = error.to_string();
    assert_eq!(text.lines().count(), shown + 4);
    for part in [
        "... and 20 more rows of another product",
        "... and 20 more serials that do not have the form",
        "... and 19 more serials that stand there before",
        "... and 20 more serials that were used before",
        "was used by batch B-7 before",
        "90 serials, target and overage of the order need 100",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_format_that_is_used_up_is_refused() {
    let wanted = Wanted { alive: 65_609_999, ..wanted(1) };
    let text = "serial\nA2345678\n";
    assert!(checked(text, &wanted).is_ok(), "30^8 serials carry 65,610,000");
    let full = Wanted { alive: 65_610_000, ..wanted };
    let text = checked(text, &full).expect_err("full").to_string();
    for part in ["656100000000", "65610000 in use", "Art. 4(c)", "agree on longer"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn what_was_given_back_may_come_again() {
    let given_back = |_| Ok(Some(Issued { batch: "B-1".into(), unallocated: true }));
    let pool = read("serial\nA2345678\n").expect("read");
    assert!(check(&pool, &wanted(1), given_back).expect("no ledger").is_ok());
}

#[test]
fn names_of_the_inbox_are_no_paths() {
    for good in ["a.csv", "00ff.json", "A_b-1.csv"] {
        assert!(is_plain_name(good), "{good}");
    }
    for bad in ["", ".", "..", "../a", "a/b", "a\\b", ".a", "a b", "ä", "a\0"] {
        assert!(!is_plain_name(bad), "{bad}");
    }
    let dir = tempfile::tempdir().expect("directory");
    let file = dir.path().join("pool.csv");
    std::fs::write(&file, "serial\n").expect("write");
    let kept = |sha: &str| keep(dir.path(), &file, sha).expect("kept");
    assert_eq!(kept("00ff"), ("00ff.csv".into(), true));
    assert_eq!(kept("00ff"), ("00ff.csv".into(), false));
    let copy = std::fs::read_to_string(dir.path().join(DIRECTORY).join("00ff.csv"));
    assert_eq!(copy.expect("copy"), "serial\n");
    let missing = Pool::read(&dir.path().join("none"), "none", &given()).expect_err("missing");
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
    assert!(Pool::read(dir.path(), "dir", &given()).is_err());
}

#[test]
fn states_have_the_names_of_open_scs() {
    use contracts::open_scs::SerialState as S;
    for (name, filter) in [
        ("all", StateFilter::All),
        ("unallocated", StateFilter::Only(S::Unallocated)),
        ("sn_invalid", StateFilter::Only(S::SnInvalid)),
        ("commissioned", StateFilter::Only(S::Commissioned)),
        ("released", StateFilter::Only(S::Released)),
    ] {
        assert_eq!(name.parse(), Ok(filter));
    }
    let text = "sold".parse::<StateFilter>().expect_err("no state");
    assert!(text.contains("sold") && text.contains("label_scrapped"), "{text}");
}
