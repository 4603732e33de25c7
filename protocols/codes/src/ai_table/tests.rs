//! Tests of the AI table: each row is found, and the table is that of the standard in numbers.

use super::*;

fn codes(spec: &AiSpec) -> Vec<String> {
    let (first, last) = spec.last.map_or((' ', ' '), |range| range);
    (first..=last).map(|digit| format!("{}{digit}", spec.stem).trim_end().to_owned()).collect()
}

#[test]
fn each_ai_is_found_by_its_digits_and_by_no_others() {
    let mut all = Vec::new();
    for spec in ai_table() {
        for digits in codes(spec) {
            let (code, found) = ai_at_start(format!("{digits}ZZZZ").as_bytes()).expect(&digits);
            assert_eq!((code.as_str(), found), (digits.as_str(), spec));
            all.push(digits);
        }
    }
    for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
        assert!(std::ptr::eq(a, b) || !a.starts_with(b.as_str()), "{a} {b}");
    }
    assert_eq!(all.len(), 541);
    for absent in ["04", "14", "18", "19", "23", "3106", "3944", "418", "7024", "718", "80"] {
        assert!(ai_at_start(absent.as_bytes()).is_none(), "{absent}");
    }
}

#[test]
fn predefined_lengths_are_those_of_the_closed_list() {
    for spec in ai_table().filter(|spec| spec.is_predefined()) {
        let len = match &spec.stem[..2] {
            "00" => 18,
            "01" | "02" | "03" => 14,
            "20" => 2,
            "41" => 13,
            _ => 6,
        };
        assert_eq!((spec.len_min(), spec.len_max()), (len, len), "{}", spec.stem);
    }
    let with_gs = ["10", "21", "22", "30", "37", "402", "422", "7001", "710", "8017", "8111"];
    for digits in with_gs {
        let (_, spec) = ai_at_start(digits.as_bytes()).expect("an AI");
        assert!(!spec.is_predefined(), "{digits}");
    }
}

#[test]
fn rows_name_only_ais_of_the_table() {
    for spec in ai_table() {
        let named = spec.needs.split([',', '+']).chain(spec.not_with.split(','));
        for pattern in named.filter(|pattern| !pattern.is_empty()) {
            let known = ai_table().flat_map(codes).any(|digits| {
                ai_at_start(digits.as_bytes()).is_some_and(|(ai, _)| matches_pattern(pattern, ai))
            });
            assert!(known, "{} names {pattern}", spec.stem);
        }
    }
}

#[test]
fn optional_components_come_last_and_only_the_last_varies() {
    for spec in ai_table() {
        let first_optional = spec.components.iter().position(|c| c.optional);
        let mandatory_after = first_optional
            .is_some_and(|at| spec.components[at..].iter().any(|component| !component.optional));
        assert!(!mandatory_after, "{}", spec.stem);
        let (_, before) = spec.components.split_last().expect("a component");
        assert!(before.iter().all(|c| c.len_min == c.len_max), "{}", spec.stem);
        assert!(spec.len_max() <= 90 && !spec.title.is_empty());
    }
}
