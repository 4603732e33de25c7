//! Draws codes and spoils them.
//!
//! Writes every string by hand: nothing of the crate under test builds here.

/// The generator of Steele, Lea and Flood (SplitMix64): small, and good enough to draw tests.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `end` - 1.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    fn digits(&mut self, len: usize) -> String {
        (0..len).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// Characters of set 82; often digits only, so that values look like elements.
    fn text(&mut self, len_max: usize) -> String {
        const SET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\
            !\"%&'()*+,-./_:;<=>?";
        let len = 1 + self.below(len_max);
        match self.below(4) {
            0 => self.digits(len),
            1 => {
                let text = ["17", "10", "21", "01", "714", "26", "05", "A"];
                let mut out = String::new();
                while out.len() < len {
                    out.push_str(self.pick(&text));
                }
                out.truncate(len);
                out
            }
            _ => (0..len).map(|_| char::from(SET[self.below(SET.len())])).collect(),
        }
    }
}

/// What is between two separators, or the envelope.
pub type Part = Vec<u8>;

pub fn join(parts: &[Part]) -> Vec<u8> {
    parts.concat()
}

fn with_mod_10(digits: &str) -> String {
    let weighted = digits.bytes().rev().enumerate();
    let sum: u32 = weighted.map(|(i, b)| u32::from(b - b'0') * [3, 1][i % 2]).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn drawn_pzn(random: &mut Random) -> String {
    loop {
        let digits = random.digits(7);
        let sum: u32 = digits.bytes().zip(1..).map(|(b, i)| u32::from(b - b'0') * i).sum();
        if sum % 11 < 10 {
            return format!("{digits}{}", sum % 11);
        }
    }
}

/// The values of a pack.
pub struct Pack {
    pub gtin: String,
    pub serial: String,
    pub lot: String,
    date: (u32, u32, u32),
    pub national: Option<String>,
    pub pzn: String,
}

impl Pack {
    pub fn drawn(random: &mut Random) -> Self {
        let pzn = drawn_pzn(random);
        let head = match random.below(3) {
            0 => format!("04150{pzn}"),
            _ => random.digits(13),
        };
        let national = random.one_in(2).then(|| match random.below(3) {
            0 => format!("710:{}", drawn_pzn(random)),
            1 => format!("714:{}", random.digits(7)),
            _ => format!("71{}:{}", 1 + random.below(7), random.text(20)),
        });
        let date = (
            1977 + random.below(100) as u32,
            1 + random.below(12) as u32,
            1 + random.below(28) as u32,
        );
        Self {
            gtin: with_mod_10(&head),
            serial: random.text(20),
            lot: random.text(20),
            date,
            national,
            pzn,
        }
    }

    pub fn expiry_iso(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.date.0, self.date.1, self.date.2)
    }

    fn yymmdd(&self) -> String {
        format!("{:02}{:02}{:02}", self.date.0 % 100, self.date.1, self.date.2)
    }

    pub fn fmd(&self) -> Vec<Part> {
        let mut elements = vec![
            format!("01{}", self.gtin),
            format!("21{}\x1d", self.serial),
            format!("17{}", self.yymmdd()),
            format!("10{}", self.lot),
        ];
        if let Some(number) = &self.national {
            elements.push(format!("\x1d{}", number.replacen(':', "", 1)));
        }
        elements.insert(0, "]d2".to_owned());
        elements.into_iter().map(String::into_bytes).collect()
    }

    pub fn ppn(&self) -> Vec<Part> {
        let number = format!("11{}", self.pzn);
        let sum: u32 = number.bytes().zip(2..).map(|(b, i)| u32::from(b) * i).sum();
        let parts = [
            "]d1".to_owned(),
            "[)>\x1e06\x1d".to_owned(),
            format!("9N{number}{:02}\x1d", sum % 97),
            format!("1T{}\x1d", self.lot),
            format!("D{}\x1d", self.yymmdd()),
            format!("S{}", self.serial),
            "\x1e\x04".to_owned(),
        ];
        parts.into_iter().map(String::into_bytes).collect()
    }
}

/// A string that is right under the profile, in parts.
pub fn right(profile: &str, random: &mut Random) -> Vec<Part> {
    let mut pack = Pack::drawn(random);
    let mut parts = match profile {
        "fmd" => pack.fmd(),
        "ppn" => ppn_in_any_order(&pack, random),
        "gs1" => general(random),
        "fmd-read" => {
            let extra = if random.one_in(3) { vec![drawn_extra(random)] } else { Vec::new() };
            any_order(&pack, extra, random)
        }
        _ => {
            pack.gtin = with_mod_10(&format!("{}03{}", random.below(10), random.digits(10)));
            pack.national = pack.national.filter(|_| random.one_in(4));
            let extra = if random.one_in(3) { vec![drawn_extra(random)] } else { Vec::new() };
            any_order(&pack, extra, random)
        }
    };
    if random.one_in(4) {
        parts.remove(0);
    }
    parts
}

fn drawn_extra(random: &mut Random) -> (String, bool) {
    match random.below(4) {
        0 => (format!("240{}", random.text(30)), true),
        1 => (format!("9{}{}", random.below(10), random.text(30)), true),
        2 => (format!("11{:02}0{}15", random.below(100), 1 + random.below(9)), false),
        _ => (format!("310{}{}", random.below(6), random.digits(6)), false),
    }
}

/// GS after each element that needs one and is not last.
fn separated(elements: Vec<(String, bool)>) -> Vec<Part> {
    let count = elements.len();
    let mut parts = vec![b"]d2".to_vec()];
    for (index, (mut text, needs_gs)) in elements.into_iter().enumerate() {
        if needs_gs && index + 1 < count {
            text.push('\x1d');
        }
        parts.push(text.into_bytes());
    }
    parts
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for i in (1..items.len()).rev() {
        items.swap(i, random.below(i + 1));
    }
}

fn any_order(pack: &Pack, extra: Vec<(String, bool)>, random: &mut Random) -> Vec<Part> {
    let day_zero = random.one_in(5);
    let date = if day_zero { format!("{}00", &pack.yymmdd()[..4]) } else { pack.yymmdd() };
    let mut elements = vec![
        (format!("01{}", pack.gtin), false),
        (format!("21{}", pack.serial), true),
        (format!("17{date}"), false),
        (format!("10{}", pack.lot), true),
    ];
    elements.extend(pack.national.iter().map(|n| (n.replacen(':', "", 1), true)));
    elements.extend(extra);
    shuffle(&mut elements, random);
    separated(elements)
}

fn ppn_in_any_order(pack: &Pack, random: &mut Random) -> Vec<Part> {
    let mut parts = pack.ppn();
    let mut elements: Vec<Vec<u8>> = parts[2..6]
        .iter()
        .map(|part| part.strip_suffix(b"\x1d").unwrap_or(part).to_vec())
        .collect();
    if random.one_in(3) {
        elements.push(format!("8P{}", pack.gtin).into_bytes());
    }
    if random.one_in(5) {
        elements.push(b"16D20260131".to_vec());
    }
    if random.one_in(2) {
        shuffle(&mut elements, random);
    }
    let count = elements.len();
    for element in &mut elements[..count - 1] {
        element.push(0x1d);
    }
    parts.splice(2..6, elements);
    parts
}

/// An element string of a trade item or a logistic unit.
fn general(random: &mut Random) -> Vec<Part> {
    let date = format!("{:02}0{}1{}", random.below(100), 1 + random.below(9), random.below(10));
    let mut elements = match random.below(4) {
        0 => vec![
            (format!("00{}", with_mod_10(&random.digits(17))), false),
            (format!("02{}", with_mod_10(&random.digits(13))), false),
            (format!("37{}", 1 + random.below(999)), true),
        ],
        1 => vec![(format!("00{}", with_mod_10(&random.digits(17))), false)],
        _ => vec![(format!("01{}", with_mod_10(&random.digits(13))), false)],
    };
    let of_item = elements.len() != 1 || elements[0].0.starts_with("01");
    let is_gtin = elements[0].0.starts_with("01");
    let further = [
        (of_item, (format!("10{}", random.text(20)), true)),
        (of_item, (format!("11{date}"), false)),
        (of_item, (format!("17{date}"), false)),
        (of_item, (format!("15{}00", &date[..4]), false)),
        (of_item, (format!("20{}", random.digits(2)), false)),
        (is_gtin, (format!("21{}", random.text(20)), true)),
        (of_item, (format!("240{}", random.text(30)), true)),
        (is_gtin, (format!("71{}{}", 1 + random.below(7), random.text(20)), true)),
        (of_item, (format!("310{}{}", random.below(6), random.digits(6)), false)),
        (of_item, (format!("422{}", random.pick(&["276", "250", "056"])), true)),
        (true, (format!("400{}", random.text(30)), true)),
        (true, (format!("410{}", with_mod_10(&random.digits(12))), false)),
        (true, (format!("9{}{}", random.below(10), random.text(30)), true)),
        (is_gtin, (format!("8200{}", random.text(70)), true)),
        (of_item, (format!("7006{date}"), true)),
    ];
    for (fits, element) in further {
        if fits && random.one_in(3) {
            elements.push(element);
        }
    }
    shuffle(&mut elements, random);
    separated(elements)
}

/// One or two things go wrong.
pub fn mutated(parts: &[Part], random: &mut Random) -> Vec<u8> {
    let mut parts = parts.to_vec();
    let (a, b) = (random.below(parts.len()), random.below(parts.len()));
    let kind = random.below(8);
    match kind {
        0 => drop(parts.remove(a)),
        1 => parts.swap(a, b),
        2 => parts.insert(a, parts[b].clone()),
        _ => {}
    }
    let mut bytes = join(&parts);
    for _ in 0..random.below(2) + usize::from(kind > 2) {
        mutate_byte(&mut bytes, random);
    }
    bytes
}

fn mutate_byte(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    let byte = match random.below(6) {
        0 | 1 => 0x1d,
        2 => b'0' + random.below(10) as u8,
        3 => random.below(256) as u8,
        _ => bytes[random.below(bytes.len())],
    };
    let separators: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i] == 0x1d).collect();
    match random.below(6) {
        0 => bytes[at] = byte,
        1 => bytes.insert(at, byte),
        2 => drop(bytes.remove(at)),
        3 => bytes.truncate(at),
        4 if !separators.is_empty() => {
            bytes.remove(separators[random.below(separators.len())]);
        }
        _ => bytes.push(byte),
    }
}
