//! A print engine that understands ZPL, as far as a label for a pack needs it.
//!
//! A format from `^XA` to `^XZ` with a Data Matrix (`^BX`, its escape character, its field `^FD`)
//! is a job; its element string is what the label bears. `~JA` drops what waits, `~HS` answers the
//! host status in three strings: paper out, pause, formats that wait, head up, ribbon out, labels
//! that remain. It reads no profile: that a profile describes it is what is tried.

use super::Shared;
use super::printer::{Fixed, Printer};
use super::text::Texts;

/// Marks of a string of the host status.
const BEGINS: char = '\u{2}';
const ENDS: &str = "\u{3}\r\n";
/// Separates what has no fixed length.
const GS: char = '\u{1d}';

/// See the module.
pub(super) struct ZplLabeler {
    printer: Printer,
}

impl ZplLabeler {
    /// The labeler of this line.
    pub(super) fn new(devices: Shared) -> Self {
        Self { printer: Printer::new(devices) }
    }

    fn host_status(&self) -> String {
        let status = self.printer.status();
        let broken = u8::from(Printer::fault(&status) == 2);
        let waiting = self.printer.queued();
        let strings = [
            format!("030,{broken},0,1218,{waiting:03},0,0,0,000,0,0,0"),
            format!("001,0,0,{broken},1,2,6,0,00000000,1,000"),
            "1234,0".to_owned(),
        ];
        strings.map(|string| format!("{BEGINS}{string}{ENDS}")).concat()
    }

    fn print(&self, format: &str) {
        let Some((fixed, serial)) = label(format) else {
            tracing::warn!("a format without a pack's Data Matrix is not printed: {format}");
            return;
        };
        self.printer.set(&fixed);
        self.printer.print(&serial);
    }
}

/// What a format's Data Matrix bears.
fn label(format: &str) -> Option<(Fixed, String)> {
    let (_, symbol) = format.split_once("^BX")?;
    let (parameters, rest) = symbol.split_once('^')?;
    let escape = parameters.split(',').nth(6).filter(|escape| escape.len() == 1)?;
    let (_, data) = rest.split_once("FD")?;
    let (data, _) = data.split_once("^FS")?;
    let data = data.strip_prefix(&format!("{escape}1"))?;
    elements(&data.replace(&format!("{escape}1"), &GS.to_string()))
}

/// The elements of a string that begins behind its first FNC1.
fn elements(data: &str) -> Option<(Fixed, String)> {
    let (mut fixed, mut serial) = (Fixed::default(), None);
    let mut rest = data;
    while !rest.is_empty() {
        let length = match rest.get(..2)? {
            "01" => Some(14),
            "17" => Some(6),
            _ => None,
        };
        let ai = rest.get(..if rest.starts_with("71") { 3 } else { 2 })?;
        let after = &rest[ai.len()..];
        let value;
        (value, rest) = match length {
            Some(length) => (after.get(..length)?, after.get(length..)?),
            None => after.split_once(GS).unwrap_or((after, "")),
        };
        match ai {
            "01" => fixed.gtin = value.to_owned(),
            "10" => fixed.lot = value.to_owned(),
            "17" => fixed.expiry = value.to_owned(),
            "21" => serial = Some(value.to_owned()),
            national if national.starts_with("71") => {
                fixed.national_ai = national.parse().ok()?;
                fixed.national = value.to_owned();
            }
            _ => return None,
        }
    }
    Some((fixed, serial?))
}

impl Texts for ZplLabeler {
    fn answer(&self, come: &mut Vec<u8>) -> Vec<u8> {
        let mut answers = String::new();
        loop {
            let text: String = come.iter().map(|&byte| char::from(byte)).collect();
            // A command ends where the next one begins, a format with ^XZ; they come in order.
            let begins = [text.find("^XA"), text.find("~HS"), text.find("~JA")];
            let Some(at) = begins.into_iter().flatten().min() else { break };
            let taken = match &text[at..at + 3] {
                "^XA" => {
                    let Some(end) = text[at..].find("^XZ") else { break };
                    self.print(&text[at..at + end]);
                    end + 3
                }
                "~HS" => {
                    answers += &self.host_status();
                    3
                }
                _ => {
                    self.printer.clear();
                    3
                }
            };
            come.drain(..at + taken);
        }
        answers.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_as_its_symbol() {
        let format = "^XA^FO20,20^BXN,6,200,,,6,|,1^FD|10109506000134352\
                      21AB/1|11723123110L 7|17114711^FS^XZ";
        let (fixed, serial) = label(format).unwrap();
        assert_eq!(serial, "AB/1");
        assert_eq!((fixed.gtin.as_str(), fixed.expiry.as_str()), ("09506000134352", "231231"));
        assert_eq!((fixed.lot.as_str(), fixed.national_ai), ("L 7", 711));
        assert_eq!(fixed.national, "4711");
    }

    #[test]
    fn a_format_without_a_symbol_is_none() {
        assert_eq!(label("^XA^FDx^FS"), None);
    }
}
