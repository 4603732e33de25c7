//! The grey-scale picture that passes between printing, photographing and reading.
//!
//! Called by every optics module. It must never carry anything but pixels: no text, no identity.

/// An 8-bit grey-scale picture, rows from the top, 0 black and 255 white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width * height` grey values, row by row.
    pub pixels: Vec<u8>,
}

impl Picture {
    /// A picture of one grey value.
    #[must_use]
    pub fn filled(width: usize, height: usize, grey: u8) -> Self {
        Self { width, height, pixels: vec![grey; width * height] }
    }

    /// The grey value at a point given in pixels, pixel centres at `.5`, between four pixels.
    ///
    /// Points outside take the nearest pixel of the border; an empty picture is black.
    #[must_use]
    pub fn grey_at(&self, x_px: f32, y_px: f32) -> f32 {
        let (x, y) = (x_px - 0.5, y_px - 0.5);
        let inside = |at: f32, count: usize| at >= 0.0 && at < count.saturating_sub(1) as f32;
        if !inside(x, self.width) || !inside(y, self.height) {
            return self.grey_at_border(x, y);
        }
        let (left, top) = (x as u32 as usize, y as u32 as usize);
        let (across, down) = (x - left as f32, y - top as f32);
        let above = &self.pixels[top * self.width + left..][..self.width + 2];
        let below = &above[self.width..];
        let upper = mix(above[0].into(), above[1].into(), across);
        let lower = mix(below[0].into(), below[1].into(), across);
        mix(upper, lower, down)
    }

    /// [`Picture::grey_at`] for points that not all four neighbours surround.
    #[cold]
    fn grey_at_border(&self, x: f32, y: f32) -> f32 {
        if self.pixels.is_empty() {
            return 0.0;
        }
        let (left, right, across) = neighbours(x, self.width);
        let (top, bottom, down) = neighbours(y, self.height);
        let grey = |x: usize, y: usize| f32::from(self.pixels[y * self.width + x]);
        let upper = mix(grey(left, top), grey(right, top), across);
        let lower = mix(grey(left, bottom), grey(right, bottom), across);
        mix(upper, lower, down)
    }
}

fn mix(first: f32, second: f32, share: f32) -> f32 {
    first + (second - first) * share
}

/// The two pixels that enclose a coordinate, and how far it lies towards the second (0..1).
fn neighbours(position: f32, count: usize) -> (usize, usize, f32) {
    let last = count.saturating_sub(1);
    let clamped = position.clamp(0.0, last as f32);
    let first = clamped as usize;
    (first, (first + 1).min(last), clamped - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_between_pixels_is_their_mean() {
        let picture = Picture { width: 2, height: 2, pixels: vec![0, 100, 100, 200] };
        assert_eq!(picture.grey_at(0.5, 0.5), 0.0);
        assert_eq!(picture.grey_at(1.0, 0.5), 50.0);
        assert_eq!(picture.grey_at(1.0, 1.0), 100.0);
        assert_eq!(picture.grey_at(-9.0, 9.0), 100.0);
    }
}
