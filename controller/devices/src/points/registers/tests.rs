//! Layouts as manuals have them.

use super::*;

const POINTS: &str = r#"
gtin = { address = 100, as = "text", registers = 3 }
swapped = { address = 103, as = "text", registers = 2, bytes = "low-first", pad = "space" }
count = { address = 110, as = "u32" }
low = { address = 112, as = "u32", words = "low-first" }
small = { address = 114, as = "u16" }
strobe = { address = 120, as = "bit", bit = 0 }
clear = { address = 120, as = "bit", bit = 9 }
coil = { address = 5, table = "coil", as = "bit" }
ready = { address = 0, table = "input", as = "bit", bit = 3 }
total = { address = 1, table = "input", as = "u32" }
far = { address = 900, table = "input", as = "u16" }
door = { address = 7, table = "discrete", as = "bit" }
"#;

fn map(read: &[&str]) -> RegisterMap {
    let points: RegisterPoints = toml::from_str(POINTS).unwrap();
    RegisterMap::new(&points, read.iter().copied())
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn values(values: &[(&str, Value)]) -> Writes {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Writes { values, sign: None }
}

#[test]
fn points_that_touch_are_read_together_and_gaps_are_not() {
    let map = map(&["ready", "total", "far", "door", "count", "low"]);
    let span = |table, address, count| Span { table, address, count };
    let expected = [
        span(Table::Holding, 110, 4),
        span(Table::Input, 0, 3),
        span(Table::Input, 900, 1),
        span(Table::Discrete, 7, 1),
    ];
    assert_eq!(map.spans(), expected);
    let cells = [
        Cells::Words(vec![1, 2, 3, 4]),
        Cells::Words(vec![0b1000, 0, 77]),
        Cells::Words(vec![9]),
        Cells::Bits(vec![true]),
    ];
    let facts = map.facts(&cells);
    let expected = [("count", 65_538), ("low", 4 * 65_536 + 3), ("ready", 1), ("total", 77)];
    for (name, number) in expected.into_iter().chain([("far", 9), ("door", 1)]) {
        assert_eq!(facts[name], Value::Number(number), "{name}");
    }
}

#[test]
fn every_encoding_comes_back() {
    let table = [
        ("gtin", text("AB123"), vec![0x4142, 0x3132, 0x3300]),
        ("gtin", text(""), vec![0, 0, 0]),
        ("swapped", text("XY"), vec![0x5958, 0x2020]),
        ("count", Value::Number(0x0001_0002), vec![1, 2]),
        ("low", Value::Number(0x0001_0002), vec![2, 1]),
        ("small", text("714"), vec![714]),
        ("small", text(""), vec![0]),
    ];
    for (name, value, words) in table {
        let mut map = map(&[name]);
        let written = map.encode(&values(&[(name, value.clone())])).unwrap();
        let address = map.spans()[0].address;
        assert_eq!(written, [RegisterWrite::Words(address, words.clone())], "{name}");
        let back = map.facts(&[Cells::Words(words)]);
        assert!(back[name] == value || back[name].number() == value.number(), "{name} {back:?}");
    }
}

#[test]
fn the_sign_goes_last_and_bits_keep_their_neighbours() {
    let mut map = map(&[]);
    let mut writes = values(&[("clear", Value::Number(1)), ("gtin", text("A"))]);
    writes.sign = Some(("strobe".to_owned(), Value::Number(1)));
    let gtin = RegisterWrite::Words(100, vec![0x4100, 0, 0]);
    let [first, both] = [1 << 9, (1 << 9) | 1].map(|word| RegisterWrite::Words(120, vec![word]));
    assert_eq!(map.encode(&writes).unwrap(), [gtin, first, both]);
    let off = map.encode(&values(&[("clear", Value::Number(0))])).unwrap();
    assert_eq!(off, [RegisterWrite::Words(120, vec![1])]);
    let coil = map.encode(&values(&[("coil", Value::Number(1))])).unwrap();
    assert_eq!(coil, [RegisterWrite::Bits(5, vec![true])]);
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    let table = [
        ("gtin", text("1234567"), "\"1234567\" does not fit point gtin (up to 6 ASCII characters)"),
        ("gtin", text("é"), "does not fit"),
        ("small", Value::Number(65_536), "a number from 0 to 65535"),
        ("small", text("x"), "\"x\" does not fit point small"),
        ("clear", Value::Number(2), "a number from 0 to 1"),
    ];
    for (name, value, expected) in table {
        let found = map(&[]).encode(&values(&[(name, value)])).unwrap_err().to_string();
        assert!(found.contains(expected), "{expected:?} not in {found:?}");
    }
}
