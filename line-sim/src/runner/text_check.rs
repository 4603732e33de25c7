//! The text check's own computer: photographs the label before its eye and reads the four lines.
//!
//! Called by the camera's thread. Like a real station it takes several pictures of one pack and
//! believes each line that one of them shows beyond doubt. It must never be told what a line
//! should say, nor choose between pictures that contradict each other.

use super::camera_worker::panel;
use crate::optics::{Camera, Press, TextReader, TextReading};
use crate::world::CaptureJob;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Pictures of one pack at most; a further one is taken only while a line is in doubt.
const PICTURES_MAX: u64 = 3;
const LINES: usize = 4;

/// See the module.
pub(super) struct TextCheck {
    reader: TextReader,
}

impl TextCheck {
    /// One that was taught the printer's font.
    pub(super) fn new() -> Self {
        Self { reader: TextReader::new() }
    }

    /// The four lines, separated by line feeds; nothing when one is in doubt in every picture, or
    /// read differently in two.
    pub(super) fn read(&self, press: &Press, camera: &Camera, job: &CaptureJob) -> Option<Vec<u8>> {
        let panel = panel(press, job, &mut ChaCha8Rng::seed_from_u64(job.seed));
        let mut lines: [Option<String>; LINES] = Default::default();
        for picture in 1..=PICTURES_MAX {
            let mut rng = ChaCha8Rng::seed_from_u64(job.seed);
            rng.set_stream(picture);
            let TextReading { product_code, serial, lot, expiry } =
                self.reader.read(&camera.photograph(&panel, &mut rng));
            for (line, read) in lines.iter_mut().zip([product_code, serial, lot, expiry]) {
                match (&line, read) {
                    (Some(before), Some(now)) if *before != now => return None,
                    (None, Some(now)) => *line = Some(now),
                    (_, None) | (Some(_), Some(_)) => {}
                }
            }
            if lines.iter().all(Option::is_some) {
                break;
            }
        }
        let lines = lines.into_iter().collect::<Option<Vec<String>>>()?;
        Some(lines.join("\n").into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::LabelTemplate;
    use crate::optics::chance::below;
    use crate::world::label::{PrintedLabel, Text};
    use crate::world::{Eyes, LabelText, Subject};
    use std::time::Instant;

    /// Letters and digits without look-alikes, and what lots have besides.
    const SERIAL: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    const LOT: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/";

    fn text<const N: usize>(of: &[u8], chars: usize, rng: &mut ChaCha8Rng) -> Text<N> {
        let text: Vec<u8> = (0..chars).map(|_| of[below(rng, of.len())]).collect();
        Text::new(&text)
    }

    fn job(seed: u64) -> (PrintedLabel, CaptureJob) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let lot_chars = 3 + below(&mut rng, 10);
        let label = PrintedLabel::clean(LabelText {
            gtin: Text::new(b"04150037528643"),
            serial: text(SERIAL, 20, &mut rng),
            expiry: Text::new(b"281231"),
            lot: text(LOT, lot_chars, &mut rng),
            national: None,
        });
        let (eyes, subject) = (Eyes::TextCheck, Subject::Label(label));
        (label, CaptureJob { eyes, id: 1, trigger: 1, subject, seed })
    }

    fn unread(seeds: std::ops::Range<u64>) -> u64 {
        let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
        let check = TextCheck::new();
        let (started, count) = (Instant::now(), seeds.end - seeds.start);
        let mut unread = 0;
        for seed in seeds {
            let (label, job) = job(seed);
            match check.read(&press, &camera, &job) {
                Some(lines) => assert_eq!(lines, label.readable.read_content(), "seed {seed}"),
                None => unread += 1,
            }
        }
        println!("{unread} of {count} unread, {:.1?} each", started.elapsed() / count as u32);
        unread
    }

    #[test]
    fn clean_labels_are_read_as_printed() {
        assert_eq!(unread(1..301), 0);
    }

    #[test]
    #[ignore = "a figure for people: run it with --ignored --nocapture"]
    fn rate_of_clean_labels() {
        assert!(unread(1_000..11_000) <= 5, "one in two thousand and more");
    }

    #[test]
    fn what_is_not_there_is_not_read_and_what_is_wrong_is_read_wrong() {
        let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
        let check = TextCheck::new();
        for seed in 1..21 {
            let (mut label, mut job) = job(seed);
            label.readable.lot = Text::new(b"WRONG7");
            job.subject = Subject::Label(label);
            let wrong = label.readable.read_content();
            assert_eq!(check.read(&press, &camera, &job), Some(wrong), "seed {seed}");
            label.ink.missing = true;
            for subject in [Subject::Blank, Subject::Label(label)] {
                job.subject = subject;
                assert_eq!(check.read(&press, &camera, &job), None, "seed {seed}");
            }
        }
    }
}
