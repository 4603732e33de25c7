//! What the lens, the light and the moving pack make of a printed label.
//!
//! The camera calls it for each trigger. It must never touch ink: a print fault belongs to the
//! press, and the same print photographed twice gives two pictures.

use std::f32::consts::TAU;

use rand_chacha::ChaCha8Rng;

use crate::optics::chance::{Grain, between};
use crate::optics::picture::Picture;

/// Rows over which the belt's ripple repeats.
const RIPPLE_PERIOD_PX: f32 = 140.0;

/// How far a photograph may stray; the generator draws each value within its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoConditions {
    /// Largest shift along each axis, in pixels.
    pub jitter_px: f32,
    /// Largest rotation either way, in degrees.
    pub rotation_deg: f32,
    /// Largest shear either way, in pixels across per pixel down.
    pub shear: f32,
    /// Largest tilt either way: the far edge is seen smaller by this share of the near one.
    pub tilt: f32,
    /// Scale along the web, always applied: 1.0 when the line scan keeps step with the belt.
    pub stretch: f32,
    /// Amplitude of a sideways ripple of the belt, in pixels, always applied.
    pub ripple_px: f32,
    /// Deviation of the blur, in pixels, always applied.
    pub blur_px: f32,
    /// Largest fall of light from one edge to the other, as a share of the whole.
    pub shading: f32,
    /// Largest change of exposure either way, as a share of the whole.
    pub exposure: f32,
    /// Deviation of the sensor's noise, in grey levels, always applied.
    pub noise_grey: f32,
}

impl Default for PhotoConditions {
    /// A well set up station.
    fn default() -> Self {
        Self {
            jitter_px: 5.0,
            rotation_deg: 1.5,
            shear: 0.008,
            tilt: 0.0,
            stretch: 1.0,
            ripple_px: 0.0,
            blur_px: 0.75,
            shading: 0.10,
            exposure: 0.03,
            noise_grey: 2.0,
        }
    }
}

/// The photograph of a panel, of the same size as the panel. Beyond its edges the carton goes on.
pub fn expose(
    panel: &Picture,
    conditions: &PhotoConditions,
    noise: &Grain,
    rng: &mut ChaCha8Rng,
) -> Picture {
    let (width, height) = (panel.width, panel.height);
    if panel.pixels.is_empty() {
        return panel.clone();
    }
    let view = View::draw(conditions, rng);
    let mut light = warp(panel, &view);
    blur(&mut light, width, height, conditions.blur_px);
    let exposure = 1.0 + between(rng, -conditions.exposure, conditions.exposure);
    let across = between(rng, -conditions.shading, conditions.shading) / width as f32;
    let down = between(rng, -conditions.shading, conditions.shading) / height as f32;
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let mut photo = Picture::filled(width, height, 0);
    for (y, (pixels, light)) in photo.pixels.chunks_mut(width).zip(light.chunks(width)).enumerate()
    {
        let row_gain = exposure * (1.0 + down * (y as f32 - middle_y));
        let grain = noise.row(width, rng);
        for (x, ((pixel, light), grain)) in pixels.iter_mut().zip(light).zip(grain).enumerate() {
            let gain = row_gain * (1.0 + across * (x as f32 - middle_x));
            *pixel = (light * gain + conditions.noise_grey * grain + 0.5) as u8;
        }
    }
    photo
}

/// Where the camera stands to the panel in one photograph.
struct View {
    shift_x_px: f32,
    shift_y_px: f32,
    sin: f32,
    cos: f32,
    shear: f32,
    tilt: f32,
    stretch: f32,
    ripple_px: f32,
    ripple_phase: f32,
}

impl View {
    fn draw(conditions: &PhotoConditions, rng: &mut ChaCha8Rng) -> Self {
        let jitter = conditions.jitter_px;
        let rotation = conditions.rotation_deg.to_radians();
        let (sin, cos) = between(rng, -rotation, rotation).sin_cos();
        Self {
            shift_x_px: between(rng, -jitter, jitter),
            shift_y_px: between(rng, -jitter, jitter),
            sin,
            cos,
            shear: between(rng, -conditions.shear, conditions.shear),
            stretch: conditions.stretch.max(0.1),
            ripple_px: conditions.ripple_px,
            ripple_phase: between(rng, 0.0, TAU),
            tilt: tilt(conditions, rng),
        }
    }

    /// The panel's point that the first pixel of row `y` sees, and the step to the next pixel.
    fn row(&self, y: usize, panel: &Picture) -> ((f32, f32), (f32, f32)) {
        let (middle_x, middle_y) = (panel.width as f32 / 2.0, panel.height as f32 / 2.0);
        let dy = y as f32 + 0.5 - middle_y - self.shift_y_px;
        let distance = 1.0 + self.tilt * dy / panel.height.max(1) as f32;
        let dx = (0.5 - middle_x - self.shift_x_px) * distance;
        let dy = dy * distance;
        let step_v = -self.sin * distance;
        let step_u = self.cos * distance / self.stretch + self.shear * step_v;
        let v = -self.sin * dx + self.cos * dy;
        let wave = self.ripple_px * (TAU * y as f32 / RIPPLE_PERIOD_PX + self.ripple_phase).sin();
        let u = (self.cos * dx + self.sin * dy) / self.stretch + self.shear * v + wave;
        ((u + middle_x, v + middle_y), (step_u, step_v))
    }
}

/// A station without tilt draws nothing for it.
fn tilt(conditions: &PhotoConditions, rng: &mut ChaCha8Rng) -> f32 {
    let most = conditions.tilt.min(0.5);
    if most > 0.0 { between(rng, -most, most) } else { 0.0 }
}

/// The panel as seen from the view, in grey levels.
fn warp(panel: &Picture, view: &View) -> Vec<f32> {
    let mut seen = Vec::with_capacity(panel.pixels.len());
    for y in 0..panel.height {
        let ((first_u, first_v), (step_u, step_v)) = view.row(y, panel);
        seen.extend((0..panel.width).map(|x| {
            let steps = x as f32;
            panel.grey_at(first_u + step_u * steps, first_v + step_v * steps)
        }));
    }
    seen
}

/// Bell-shaped blur, first along the rows, then along the columns.
fn blur(plane: &mut [f32], width: usize, height: usize, deviation_px: f32) {
    if deviation_px < 0.2 {
        return;
    }
    let reach = (2.5 * deviation_px).ceil() as usize;
    let weights = bell(reach, deviation_px);
    let mut rows = vec![0.0_f32; plane.len()];
    let mut padded = vec![0.0_f32; width + 2 * reach];
    for (row, out) in plane.chunks(width).zip(rows.chunks_mut(width)) {
        padded[..reach].fill(row[0]);
        padded[reach..reach + width].copy_from_slice(row);
        padded[reach + width..].fill(row[width - 1]);
        for (shift, weight) in weights.iter().enumerate() {
            add_scaled(out, &padded[shift..shift + width], *weight);
        }
    }
    for (y, out) in plane.chunks_mut(width).enumerate() {
        out.fill(0.0);
        for (shift, weight) in weights.iter().enumerate() {
            let from = (y + shift).saturating_sub(reach).min(height - 1);
            add_scaled(out, &rows[from * width..(from + 1) * width], *weight);
        }
    }
}

/// Weights of a bell of this deviation, adding up to 1.
fn bell(reach: usize, deviation_px: f32) -> Vec<f32> {
    let height = |index: usize| {
        let distance = (index as f32 - reach as f32) / deviation_px;
        (-distance * distance / 2.0).exp()
    };
    let weights: Vec<f32> = (0..=2 * reach).map(height).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

fn add_scaled(out: &mut [f32], values: &[f32], scale: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += scale * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    const STILL: PhotoConditions = PhotoConditions {
        jitter_px: 0.0,
        rotation_deg: 0.0,
        shear: 0.0,
        tilt: 0.0,
        stretch: 1.0,
        ripple_px: 0.0,
        blur_px: 0.0,
        shading: 0.0,
        exposure: 0.0,
        noise_grey: 0.0,
    };

    fn chequered() -> Picture {
        let dark =
            |index: usize| if (index / 8 + index / 512).is_multiple_of(2) { 20 } else { 220 };
        Picture { width: 64, height: 64, pixels: (0..64 * 64).map(dark).collect() }
    }

    fn exposed(conditions: PhotoConditions) -> Picture {
        let noise = Grain::new(1, 64);
        expose(&chequered(), &conditions, &noise, &mut ChaCha8Rng::seed_from_u64(9))
    }

    #[test]
    fn perfect_conditions_change_nothing() {
        assert_eq!(exposed(STILL), chequered());
    }

    #[test]
    fn every_condition_changes_the_picture() {
        let each = [
            PhotoConditions { jitter_px: 5.0, ..STILL },
            PhotoConditions { rotation_deg: 5.0, ..STILL },
            PhotoConditions { shear: 0.2, ..STILL },
            PhotoConditions { tilt: 0.2, ..STILL },
            PhotoConditions { stretch: 1.1, ..STILL },
            PhotoConditions { ripple_px: 3.0, ..STILL },
            PhotoConditions { blur_px: 1.0, ..STILL },
            PhotoConditions { shading: 0.3, ..STILL },
            PhotoConditions { exposure: 0.3, ..STILL },
            PhotoConditions { noise_grey: 3.0, ..STILL },
        ];
        for conditions in each {
            assert_ne!(exposed(conditions), chequered(), "{conditions:?}");
        }
    }

    #[test]
    fn blur_keeps_the_mean_and_takes_the_contrast() {
        let mean = |p: &Picture| {
            p.pixels.iter().map(|g| f32::from(*g)).sum::<f32>() / p.pixels.len() as f32
        };
        let blurred = exposed(PhotoConditions { blur_px: 6.0, ..STILL });
        assert!((mean(&blurred) - mean(&chequered())).abs() < 4.0);
        let middle = blurred.pixels[32 * 64 + 20];
        assert!((60..180).contains(&middle), "{middle}");
    }

    #[test]
    fn an_empty_picture_stays_empty() {
        let empty = Picture::filled(0, 0, 0);
        let noise = Grain::new(1, 0);
        let photo = expose(&empty, &STILL, &noise, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(photo, empty);
    }
}
