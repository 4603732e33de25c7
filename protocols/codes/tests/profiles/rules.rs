//! The rules of single values, for the oracle: check digits, characters, dates, numbers.
//!
//! Written from the published rules; shares no code with the crate under test.

pub const YEAR: u16 = 2026;

pub enum Stop {
    Wrong(&'static str),
    Unknown,
}

pub type Told<T> = Result<T, Stop>;

pub fn wrong<T>(why: &'static str) -> Told<T> {
    Err(Stop::Wrong(why))
}

pub fn must(holds: bool, why: &'static str) -> Told<()> {
    if holds { Ok(()) } else { wrong(why) }
}

pub fn in_set_82(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(c)
}

pub fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

pub fn is_text(text: &str, len_max: usize) -> bool {
    (1..=len_max).contains(&text.len()) && text.chars().all(in_set_82)
}

pub fn mod_10_holds(text: &str, len: usize) -> bool {
    let mut sum = 0;
    for (place, c) in text.chars().rev().enumerate() {
        sum += c.to_digit(10).unwrap_or(100) * if place % 2 == 1 { 3 } else { 1 };
    }
    all_digits(text) && text.len() == len && sum % 10 == 0
}

pub fn pzn_holds(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits[..7].iter().zip(1..).map(|(digit, place)| digit * place).sum();
    sum % 11 == digits[7]
}

pub fn days(year: u32, month: u32) -> u32 {
    let by = |n: u32| year.is_multiple_of(n);
    let leap = by(400) || by(4) && !by(100);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// ISO date of YYMMDD, and whether its day was 00.
pub fn date(text: &str) -> Told<(String, bool)> {
    must(text.len() == 6 && all_digits(text), "date form")?;
    let number = |at: usize| text[at..at + 2].parse::<u32>().unwrap_or(0);
    let (first, last) = (u32::from(YEAR) - 49, u32::from(YEAR) + 50);
    let year = (first..=last).find(|year| year % 100 == number(0)).unwrap_or(0);
    let (month, day) = (number(2), number(4));
    let last_day = days(year, month);
    must(last_day > 0 && day <= last_day, "no such day")?;
    let shown = if day == 0 { last_day } else { day };
    Ok((format!("{year:04}-{month:02}-{shown:02}"), day == 0))
}

pub fn national(scheme: &str, text: &str) -> Told<String> {
    must(is_text(text, 20), "national number")?;
    let pzn = scheme == "710" && text.len() == 8 && all_digits(text);
    must(!pzn || pzn_holds(text), "PZN")?;
    Ok(format!("{scheme}:{text}"))
}

pub fn ppn_holds(text: &str) -> bool {
    if !(5..=22).contains(&text.len()) {
        return false;
    }
    let (number, check) = text.split_at(text.len() - 2);
    let alphabet = number.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    let sum: u32 = number.chars().zip(2..).map(|(c, weight)| c as u32 * weight).sum();
    let pzn = number.strip_prefix("11");
    let right = pzn.is_none_or(|pzn| pzn.len() == 8 && all_digits(pzn) && pzn_holds(pzn));
    alphabet && right && check == format!("{:02}", sum % 97)
}
