//! What the published rules say about a string: GS1 General Specifications, Delegated Regulation
//! (EU) 2016/161, IFA PPN-Code Specification.
//!
//! Written to be read, not to be fast: it cuts at the separators first and works on text. It knows
//! a part of the AIs only and says so.

use std::collections::{BTreeMap, BTreeSet};

pub use crate::rules::YEAR;
use crate::rules::{
    Stop, Told, all_digits, date, days, is_text, mod_10_holds, must, national, ppn_holds, wrong,
};

/// What a right code says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub gtin: Option<String>,
    pub serial: Option<String>,
    pub lot: Option<String>,
    pub expiry: Option<String>,
    pub national: Option<String>,
    pub ppn: Option<String>,
    pub notes: BTreeSet<&'static str>,
}

pub enum Answer {
    Right(Box<Facts>),
    Wrong(&'static str),
    /// It holds an AI that this oracle has no rule for.
    Unknown,
}

pub fn ask(profile: &str, bytes: &[u8]) -> Answer {
    // nothing beyond ASCII is ever right
    let told = match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => asked(profile, text),
        _ => wrong("beyond ASCII"),
    };
    match told {
        Ok(facts) => Answer::Right(Box::new(facts)),
        Err(Stop::Wrong(why)) => Answer::Wrong(why),
        Err(Stop::Unknown) => Answer::Unknown,
    }
}

fn asked(profile: &str, text: &str) -> Told<Facts> {
    let allowed: &[&str] = match profile {
        "gs1" => &["]d2", "]C1", "]e0", "]Q3", "]J1"],
        "ppn" => &["]d1"],
        _ => &["]d2"],
    };
    let mut facts = Facts::default();
    let content = match allowed.iter().find_map(|head| text.strip_prefix(head)) {
        Some(content) => content,
        None => {
            must(!text.starts_with(']'), "symbology")?;
            facts.notes.insert("missing_symbology");
            text
        }
    };
    must(!content.is_empty(), "empty")?;
    match profile {
        "fmd" => fmd(content, &mut facts)?,
        "ppn" => ppn(content, &mut facts)?,
        _ => gs1(profile, content, &mut facts)?,
    }
    Ok(facts)
}

/// `01` + 14 digits, `21` serial GS, `17` + 6 digits, `10` lot, perhaps GS and a national number.
fn fmd(content: &str, facts: &mut Facts) -> Told<()> {
    let rest = content.strip_prefix("01").ok_or(Stop::Wrong("01 first"))?;
    let (gtin, rest) = rest.split_at_checked(14).ok_or(Stop::Wrong("short"))?;
    must(mod_10_holds(gtin, 14), "GTIN")?;
    let rest = rest.strip_prefix("21").ok_or(Stop::Wrong("21 next"))?;
    let (serial, rest) = rest.split_once('\x1d').ok_or(Stop::Wrong("no GS"))?;
    must(is_text(serial, 20), "serial")?;
    let rest = rest.strip_prefix("17").ok_or(Stop::Wrong("17 next"))?;
    let (expiry, rest) = rest.split_at_checked(6).ok_or(Stop::Wrong("short"))?;
    let (expiry, day_zero) = date(expiry)?;
    must(!day_zero, "day 00")?;
    let rest = rest.strip_prefix("10").ok_or(Stop::Wrong("10 next"))?;
    let (lot, rest) = rest.split_once('\x1d').map_or((rest, None), |(lot, rest)| (lot, Some(rest)));
    must(is_text(lot, 20), "lot")?;
    if let Some(rest) = rest {
        let (scheme, number) = rest.split_at_checked(3).ok_or(Stop::Wrong("short"))?;
        must(("710"..="717").contains(&scheme), "national AI")?;
        facts.national = Some(national(scheme, number)?);
    }
    facts.gtin = Some(gtin.to_owned());
    facts.serial = Some(serial.to_owned());
    facts.expiry = Some(expiry);
    facts.lot = Some(lot.to_owned());
    suspicion(facts, &[]);
    Ok(())
}

/// The AIs that the oracle has a rule for: digits, form.
/// `c`: N with check digit; `d`: date with day 00; `e`: date; `n`: digits; `x`: text; `k`: country.
const AIS: &[(&str, char, usize)] = &[
    ("00", 'c', 18),
    ("01", 'c', 14),
    ("02", 'c', 14),
    ("10", 'x', 20),
    ("11", 'd', 6),
    ("13", 'd', 6),
    ("15", 'd', 6),
    ("16", 'd', 6),
    ("17", 'd', 6),
    ("20", 'n', 2),
    ("21", 'x', 20),
    ("22", 'x', 20),
    ("240", 'x', 30),
    ("241", 'x', 30),
    ("251", 'x', 30),
    ("30", 'm', 8),
    ("37", 'm', 8),
    ("400", 'x', 30),
    ("410", 'c', 13),
    ("411", 'c', 13),
    ("412", 'c', 13),
    ("413", 'c', 13),
    ("416", 'c', 13),
    ("422", 'k', 3),
    ("7006", 'e', 6),
    ("710", 'x', 20),
    ("711", 'x', 20),
    ("712", 'x', 20),
    ("713", 'x', 20),
    ("714", 'x', 20),
    ("715", 'x', 20),
    ("716", 'x', 20),
    ("717", 'x', 20),
    ("8005", 'n', 6),
    ("8200", 'x', 70),
    ("90", 'x', 30),
    ("91", 'x', 90),
    ("92", 'x', 90),
    ("93", 'x', 90),
    ("94", 'x', 90),
    ("95", 'x', 90),
    ("96", 'x', 90),
    ("97", 'x', 90),
    ("98", 'x', 90),
    ("99", 'x', 90),
    ("3100", 'n', 6),
    ("3101", 'n', 6),
    ("3102", 'n', 6),
    ("3103", 'n', 6),
    ("3104", 'n', 6),
    ("3105", 'n', 6),
];

/// What no AI begins with.
const NEVER: &[&str] = &[
    "04", "05", "06", "07", "08", "09", "14", "18", "19", "230", "231", "232", "233", "234", "236",
    "237", "238", "239", "26", "27", "28", "29", "38", "44", "45", "46", "47", "48", "49", "5",
    "6", "73", "74", "75", "76", "77", "78", "79", "83", "84", "85", "86", "87", "88", "89", "418",
    "419", "718", "719",
];

/// Whether the standard closes the element by its length alone.
fn is_predefined(ai: &str) -> bool {
    let two = &ai[..2];
    ["00", "01", "02", "03", "04", "20", "31", "32", "33", "34", "35", "36", "41"].contains(&two)
        || ("11"..="19").contains(&two)
}

type Element = (String, String);

/// Cuts at the separators, then each piece at its predefined lengths. The flag: some GS was too
/// many.
fn elements(profile: &str, content: &str) -> Told<(Vec<Element>, bool)> {
    let pieces: Vec<&str> = content.split('\x1d').collect();
    let (mut found, mut too_many, mut open) = (Vec::new(), false, false);
    let mut stop = None;
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 && (!open || piece.is_empty()) {
            too_many = true;
        }
        if piece.is_empty() {
            let at_end = index > 0 && index + 1 == pieces.len();
            must(profile == "fmd-read" || at_end, "an empty piece")?;
            open = false;
            continue;
        }
        match cut(piece, &mut found) {
            Ok(is_open) => open = is_open,
            Err(Stop::Wrong(why)) => return wrong(why),
            Err(Stop::Unknown) => {
                stop = Some(Stop::Unknown);
                break;
            }
        }
    }
    stop.map_or(Ok((found, too_many)), Err)
}

/// Whether the last element of the piece is one that needs a separator.
fn cut(piece: &str, found: &mut Vec<Element>) -> Told<bool> {
    let mut rest = piece;
    while !rest.is_empty() {
        let known = AIS.iter().find(|(ai, _, _)| rest.starts_with(ai));
        let Some((ai, _, len)) = known else {
            let never = NEVER.iter().any(|head| rest.starts_with(head));
            let digits = rest.chars().take(2).filter(char::is_ascii_digit).count();
            return if never || digits < 2 { wrong("no AI") } else { Err(Stop::Unknown) };
        };
        let value = &rest[ai.len()..];
        if !is_predefined(ai) {
            found.push(((*ai).to_owned(), value.to_owned()));
            return Ok(true);
        }
        let (value, after) = value.split_at_checked(*len).ok_or(Stop::Wrong("short"))?;
        found.push(((*ai).to_owned(), value.to_owned()));
        rest = after;
    }
    Ok(false)
}

/// Whether the value has its form; answers whether it is a date with day 00.
fn form(ai: &str, value: &str) -> Told<bool> {
    let (_, kind, len) = AIS.iter().find(|(known, _, _)| *known == ai).ok_or(Stop::Unknown)?;
    let right = match kind {
        'c' => mod_10_holds(value, *len),
        'n' => value.len() == *len && all_digits(value),
        'm' => value.len() <= *len && all_digits(value),
        'x' => is_text(value, *len),
        'k' if ["276", "250", "056"].contains(&value) => true,
        'k' if value.len() == 3 && all_digits(value) => return Err(Stop::Unknown),
        'k' => false,
        _ => {
            let (_, day_zero) = date(value)?;
            must(*kind == 'd' || !day_zero, "day 00")?;
            return Ok(day_zero);
        }
    };
    must(right, "form")?;
    Ok(false)
}

fn gs1(profile: &str, content: &str, facts: &mut Facts) -> Told<()> {
    let (all, too_many) = elements(profile, content)?;
    if too_many {
        facts.notes.insert("superfluous_gs");
    }
    let mut once: BTreeMap<&str, &str> = BTreeMap::new();
    let mut order = Vec::new();
    for (ai, value) in &all {
        if let Some(before) = once.insert(ai, value) {
            must(before == value, "twice")?;
            facts.notes.insert("repeated");
            continue;
        }
        order.push(ai.as_str());
        if form(ai, value)? {
            facts.notes.insert("day_00");
        }
        if ("710"..="717").contains(&ai.as_str()) {
            let number = national(ai, value)?;
            facts.national.get_or_insert(number);
        }
    }
    let get = |ai: &str| once.get(ai).map(|value| (*value).to_owned());
    (facts.gtin, facts.serial, facts.lot) = (get("01"), get("21"), get("10"));
    facts.expiry = get("17").map(|text| date(&text).map(|(iso, _)| iso)).transpose()?;
    let pack = ["01", "21", "17", "10"];
    if profile != "gs1" {
        must(pack.iter().all(|ai| once.contains_key(ai)), "not all there")?;
    }
    if profile != "fmd-read" {
        together(&order)?;
    }
    let is_national = |ai: &str| ("710"..="717").contains(&ai);
    match profile {
        "fmd-read" => {
            let place = |ai: &&str| pack.iter().position(|known| known == ai).unwrap_or(4);
            if !order.iter().map(place).is_sorted() {
                facts.notes.insert("order");
            }
            let others = order.iter().filter(|ai| !pack.contains(ai) && !is_national(ai)).count();
            let nationals = order.iter().filter(|ai| is_national(ai)).count();
            if others > 0 || nationals > 1 {
                facts.notes.insert("extra_element");
            }
        }
        "dscsa" => {
            must(facts.gtin.as_ref().is_some_and(|gtin| &gtin[1..3] == "03"), "NDC")?;
            if order.iter().any(|ai| !pack.contains(ai)) {
                facts.notes.insert("extra_element");
            }
        }
        _ => return Ok(()),
    }
    let numbers: Vec<&str> =
        once.iter().filter(|(ai, _)| is_national(ai)).map(|(_, value)| *value).collect();
    suspicion(facts, &numbers);
    Ok(())
}

/// Which elements need others, and which exclude each other (General Specifications 4.13), for the
/// AIs above.
fn together(ais: &[&str]) -> Told<()> {
    let has = |ai: &str| ais.contains(&ai);
    must(!(has("01") && (has("02") || has("37"))), "01 excludes 02 and 37")?;
    must(ais.iter().filter(|ai| ai.starts_with("310")).count() <= 1, "310n once")?;
    let item = has("01") || has("02");
    for ai in ais {
        let right = match *ai {
            "02" => has("37"),
            "37" => has("00") && has("02"),
            "10" | "11" | "13" | "15" | "16" | "17" | "20" | "240" | "241" | "422" => item,
            "30" | "7006" | "8005" => item,
            "21" | "22" | "251" | "8200" => has("01"),
            _ if ai.starts_with("310") => item,
            _ if ("710"..="717").contains(ai) => has("01"),
            _ => true,
        };
        must(right, "needs another")?;
    }
    Ok(())
}

/// A value that may have swallowed an element.
fn suspicion(facts: &mut Facts, nationals: &[&str]) {
    let own = facts.national.as_ref().and_then(|text| text.split_once(':')).map(|(_, n)| n);
    let mut values: Vec<String> = nationals.iter().map(|text| (*text).to_owned()).collect();
    values.extend([&facts.serial, &facts.lot].into_iter().flatten().cloned());
    values.extend(own.map(str::to_owned));
    let lot = format!("10{}", facts.lot.clone().unwrap_or_default());
    let serial = format!("21{}", facts.serial.clone().unwrap_or_default());
    let looks = |tail: &str| {
        let dated = tail.len() >= 8 && tail.starts_with("17") && date(&tail[2..8]).is_ok();
        let after = tail.get(8..).unwrap_or_default();
        let ends = after.is_empty() || after.starts_with("10") || after.starts_with("21");
        let number = tail.len() >= 9 && tail.len() <= 17 && all_digits(tail);
        let national = number && ("710"..="717").contains(&&tail[..3]);
        tail == lot || tail == serial || dated && ends || national && facts.national.is_none()
    };
    let found = values.iter().any(|value| (1..value.len()).any(|at| looks(&value[at..])));
    if found {
        facts.notes.insert("suspicious_run_on");
    }
}

fn ppn(content: &str, facts: &mut Facts) -> Told<()> {
    let rest = content.strip_prefix("[)>\x1e06\x1d").ok_or(Stop::Wrong("header"))?;
    let inner = rest.strip_suffix("\x1e\x04").ok_or(Stop::Wrong("trailer"))?;
    let dis = ["9N", "1T", "D", "S", "8P", "16D"];
    let mut places = Vec::new();
    for part in inner.split('\x1d') {
        let place = dis.iter().position(|di| part.starts_with(di)).ok_or(Stop::Wrong("DI"))?;
        must(!places.contains(&place), "twice")?;
        places.push(place);
        let value = &part[dis[place].len()..];
        match dis[place] {
            "9N" => {
                must(ppn_holds(value), "PPN")?;
                facts.ppn = Some(value.to_owned());
            }
            "D" => {
                let (iso, day_zero) = date(value)?;
                facts.expiry = Some(iso);
                if day_zero {
                    facts.notes.insert("day_00");
                }
            }
            "8P" => {
                must(mod_10_holds(value, 14), "GTIN")?;
                facts.gtin = Some(value.to_owned());
            }
            "16D" => {
                must(value.len() == 8 && all_digits(value), "long date")?;
                let number = |from: usize, to: usize| value[from..to].parse().unwrap_or(0);
                let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
                must((1900..2200).contains(&year), "year")?;
                must((1..=days(year, month)).contains(&day), "no such day")?;
            }
            di => {
                must(is_text(value, 20), "text")?;
                let slot = if di == "S" { &mut facts.serial } else { &mut facts.lot };
                *slot = Some(value.to_owned());
            }
        }
    }
    must((0..4).all(|place| places.contains(&place)), "not all there")?;
    if places.iter().any(|place| *place > 3) {
        facts.notes.insert("extra_element");
    }
    if !places.is_sorted() {
        facts.notes.insert("order");
    }
    Ok(())
}
