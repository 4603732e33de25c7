//! Ways to tell the dark pixels of a picture from the light ones.
//!
//! The decoder tries one after the other. It must never find symbols: that is the detector's.

use rxing::common::{BitMatrix, HybridBinarizer};
use rxing::{Binarizer, Luma8LuminanceSource};

use crate::optics::picture::Picture;

/// Reach of the window whose mean is the threshold, in pixels.
const WINDOW_REACH_PX: usize = 24;

/// Dark pixels by one threshold for the whole picture.
pub fn global(picture: &Picture) -> Option<BitMatrix> {
    let threshold = best_split(&picture.pixels);
    let mut dark = BitMatrix::new(picture.width as u32, picture.height as u32).ok()?;
    for (y, row) in picture.pixels.chunks(picture.width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, grey)| **grey <= threshold) {
            dark.set(x as u32, y as u32);
        }
    }
    Some(dark)
}

/// The grey value that best splits the pixels in two groups (Otsu's method).
fn best_split(pixels: &[u8]) -> u8 {
    let mut counts = [0_u32; 256];
    for grey in pixels {
        counts[usize::from(*grey)] += 1;
    }
    let total = pixels.len() as f64;
    let sum: f64 = (0..).zip(counts).map(|(grey, count)| f64::from(grey) * f64::from(count)).sum();
    let (mut darker, mut darker_sum, mut best, mut split) = (0.0, 0.0, 0.0, 0);
    for (grey, count) in (0_u8..=255).zip(counts) {
        darker += f64::from(count);
        darker_sum += f64::from(grey) * f64::from(count);
        let lighter = total - darker;
        if darker == 0.0 || lighter == 0.0 {
            continue;
        }
        let between = darker_sum / darker - (sum - darker_sum) / lighter;
        let spread = darker * lighter * between * between;
        if spread > best {
            (best, split) = (spread, grey);
        }
    }
    split
}

/// Dark pixels by a threshold for each neighbourhood: slower, but bears shading.
pub fn local(picture: &Picture) -> Option<BitMatrix> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    let source = Luma8LuminanceSource::new(picture.pixels.clone(), width, height).ok()?;
    HybridBinarizer::new(source).get_black_matrix().ok().cloned()
}

/// Dark pixels of the picture out of focus: closes the gaps of dead nozzles, evens out noise.
pub fn softened(picture: &Picture) -> Option<BitMatrix> {
    global(&soft(picture)?)
}

/// Dark pixels of the picture out of focus, each against the mean around it: bears shading and
/// pale ink at once.
pub fn softened_local(picture: &Picture) -> Option<BitMatrix> {
    let soft = soft(picture)?;
    let (width, height) = (soft.width, soft.height);
    let sums = running_sums(&soft);
    let window = |at: usize, end: usize| {
        (at.saturating_sub(WINDOW_REACH_PX), (at + WINDOW_REACH_PX + 1).min(end))
    };
    let margin = noise(&soft);
    let mut dark = BitMatrix::new(width as u32, height as u32).ok()?;
    for (y, row) in soft.pixels.chunks(width).enumerate() {
        let (top, bottom) = window(y, height);
        for (x, grey) in row.iter().enumerate() {
            let (left, right) = window(x, width);
            let at = |x: usize, y: usize| sums[y * (width + 1) + x];
            let sum = at(right, bottom) + at(left, top) - at(left, bottom) - at(right, top);
            let pixels = ((right - left) * (bottom - top)) as u32;
            if (u32::from(*grey) + margin) * pixels < sum {
                dark.set(x as u32, y as u32);
            }
        }
    }
    Some(dark)
}

/// Sums of all pixels above and left of each, one row and column more than the picture.
fn running_sums(picture: &Picture) -> Vec<u32> {
    let width = picture.width + 1;
    let mut sums = vec![0_u32; width * (picture.height + 1)];
    for (y, row) in picture.pixels.chunks(picture.width).enumerate() {
        let mut line = 0;
        for (x, grey) in row.iter().enumerate() {
            line += u32::from(*grey);
            sums[(y + 1) * width + x + 1] = sums[y * width + x + 1] + line;
        }
    }
    sums
}

/// A margin below which differences are noise: the mean step between pixels two apart.
fn noise(picture: &Picture) -> u32 {
    let steps = picture.pixels.iter().zip(picture.pixels.iter().skip(2));
    let sum: u64 = steps.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    (sum / picture.pixels.len().max(1) as u64) as u32 / 2 + 1
}

/// The picture out of focus.
#[must_use]
pub fn soft(picture: &Picture) -> Option<Picture> {
    let (width, height) = (picture.width, picture.height);
    let (last_x, last_y) = (width.checked_sub(1)?, height.checked_sub(1)?);
    let mut rows = Picture::filled(width, height, 0);
    let lines = rows.pixels.chunks_mut(width).zip(picture.pixels.chunks(width));
    for (out, line) in lines {
        for (x, pixel) in out.iter_mut().enumerate() {
            *pixel = soft_mean(|shift| line[(x + shift).saturating_sub(2).min(last_x)]);
        }
    }
    let mut soft = Picture::filled(width, height, 0);
    for (y, out) in soft.pixels.chunks_mut(width).enumerate() {
        let starts = [0, 1, 2, 3, 4].map(|shift| (y + shift).saturating_sub(2).min(last_y) * width);
        for (x, pixel) in out.iter_mut().enumerate() {
            *pixel = soft_mean(|shift| rows.pixels[starts[shift] + x]);
        }
    }
    Some(soft)
}

/// The mean of five grey values, weighted 1 4 6 4 1.
fn soft_mean(grey: impl Fn(usize) -> u8) -> u8 {
    let weighted = (0..).zip([1_u16, 4, 6, 4, 1]);
    let sum: u16 = weighted.map(|(shift, weight)| weight * u16::from(grey(shift))).sum();
    (sum / 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars of 6 pixels, pale, under light that falls by half from left to right.
    fn bars() -> Picture {
        let mut picture = Picture::filled(180, 60, 0);
        for (index, pixel) in picture.pixels.iter_mut().enumerate() {
            let x = index % 180;
            let light = 220.0 - 110.0 * x as f32 / 180.0;
            *pixel = (if x / 6 % 2 == 0 { light * 0.8 } else { light }) as u8;
        }
        picture
    }

    #[test]
    fn shaded_pale_bars_need_a_threshold_of_their_own() {
        let right = |dark: &BitMatrix| {
            let wrong = |x: u32| dark.get(x, 30) != (x / 6).is_multiple_of(2);
            (0..180).filter(|x| x % 6 == 3).all(|x| !wrong(x))
        };
        assert!(!right(&global(&bars()).unwrap()));
        assert!(right(&softened_local(&bars()).unwrap()));
    }

    #[test]
    fn an_empty_picture_has_no_dark_pixels() {
        let empty = Picture::filled(0, 0, 0);
        for way in [global, local, softened, softened_local] {
            assert!(way(&empty).is_none());
        }
    }
}
