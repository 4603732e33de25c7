//! Measures a symbol that was read: reflectance of its modules, pitch and distortion of its grid.
//!
//! The camera calls it before grading. It must never decide what a module should be: that is the
//! decoder's, by error correction.

use crate::optics::decode::{Place, Symbol};
use crate::optics::picture::Picture;

/// Width of the light ring around the symbol that belongs to it (ISO/IEC 16022), in modules.
pub const QUIET_MODULES: usize = 1;
/// Modules along each side of a window in which distortion is measured.
const WINDOW_MODULES: usize = 8;
/// Samples from the centre of one module to the centre of the next.
const EDGE_STEPS: usize = 8;
/// Offsets of the samples that make up a module's reflectance, in modules.
const APERTURE: [f32; 3] = [-0.25, 0.0, 0.25];

/// The measurements of one symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledGrid {
    /// Modules from top to bottom, without the quiet zone.
    pub rows: usize,
    /// Modules from left to right, without the quiet zone.
    pub columns: usize,
    /// Reflectance 0..1 of `(rows + 2) * (columns + 2)` modules row by row, quiet zone included.
    pub levels: Vec<f32>,
    /// Pitch of the modules along rows and along columns, in pixels.
    pub pitch_px: (f32, f32),
    /// For each window, how far its modules lie off the regular grid, in modules: along rows and
    /// along columns.
    pub shifts: Vec<(f32, f32)>,
}

impl SampledGrid {
    /// Measures a symbol in its photograph.
    #[must_use]
    pub fn measure(picture: &Picture, symbol: &Symbol<'_>) -> Self {
        let (rows, columns) = (symbol.plan.format.rows, symbol.plan.format.columns);
        let place = &symbol.place;
        let levels = levels(picture, place, rows, columns);
        let modules = &symbol.decoded.modules;
        let shifts = EdgeReader { picture, place, rows, columns, modules }.window_shifts();
        Self { rows, columns, levels, pitch_px: pitch_px(place, rows, columns), shifts }
    }

    /// Reflectance of a module; -1, `columns` and `rows` are the quiet zone.
    ///
    /// # Panics
    /// If the module is neither in the symbol nor in its quiet zone.
    #[must_use]
    pub fn level(&self, column: isize, row: isize) -> f32 {
        let quiet = QUIET_MODULES as isize;
        let width = self.columns + 2 * QUIET_MODULES;
        self.levels[(row + quiet) as usize * width + (column + quiet) as usize]
    }
}

/// Mean reflectance in the aperture of every module, the quiet zone included.
fn levels(picture: &Picture, place: &Place, rows: usize, columns: usize) -> Vec<f32> {
    let (width, height) = (columns + 2 * QUIET_MODULES, rows + 2 * QUIET_MODULES);
    let centre = |index: usize| index as f32 + 0.5 - QUIET_MODULES as f32;
    let mut levels = Vec::with_capacity(width * height);
    for row in 0..height {
        for column in 0..width {
            let mut sum = 0.0;
            for down in APERTURE {
                for across in APERTURE {
                    let (x, y) = place.pixel(centre(column) + across, centre(row) + down);
                    sum += picture.grey_at(x, y);
                }
            }
            levels.push(sum / (APERTURE.len() * APERTURE.len()) as f32 / 255.0);
        }
    }
    levels
}

fn pitch_px(place: &Place, row_count: usize, column_count: usize) -> (f32, f32) {
    let [top_left, top_right, bottom_right, bottom_left] = place.corners;
    let length = |from: rxing::Point, to: rxing::Point| (to.x - from.x).hypot(to.y - from.y);
    let rows = length(top_left, top_right) + length(bottom_left, bottom_right);
    let columns = length(top_left, bottom_left) + length(top_right, bottom_right);
    (rows / (2.0 * column_count as f32), columns / (2.0 * row_count as f32))
}

/// Direction in which edges are looked for.
#[derive(Clone, Copy)]
enum Axis {
    AlongRows,
    AlongColumns,
}

/// Finds where modules really change from dark to light.
struct EdgeReader<'a> {
    picture: &'a Picture,
    place: &'a Place,
    rows: usize,
    columns: usize,
    modules: &'a [bool],
}

impl EdgeReader<'_> {
    fn window_shifts(&self) -> Vec<(f32, f32)> {
        let starts = |modules: usize| (0..modules).step_by(WINDOW_MODULES);
        let windows =
            starts(self.rows).flat_map(|row| starts(self.columns).map(move |column| (row, column)));
        windows
            .map(|(row, column)| {
                let shift = |axis| self.window_shift(axis, row, column).unwrap_or(0.0);
                (shift(Axis::AlongRows), shift(Axis::AlongColumns))
            })
            .collect()
    }

    /// Mean shift of the edges in a window. Ink that spreads moves the two kinds of edge apart, so
    /// each kind is averaged for itself; none without both kinds.
    fn window_shift(&self, axis: Axis, first_row: usize, first_column: usize) -> Option<f32> {
        let mut sums = [(0.0_f32, 0_u32); 2];
        for row in first_row..(first_row + WINDOW_MODULES).min(self.rows) {
            for column in first_column..(first_column + WINDOW_MODULES).min(self.columns) {
                if let Some((rising, shift)) = self.edge(axis, row, column) {
                    let (sum, count) = &mut sums[usize::from(rising)];
                    *sum += shift;
                    *count += 1;
                }
            }
        }
        let [falling, rising] = sums.map(|(sum, count)| (count > 0).then(|| sum / count as f32));
        Some((falling? + rising?) / 2.0)
    }

    /// The edge between a module and the next along the axis: whether it rises to light, and how
    /// far it lies off its place, in modules.
    fn edge(&self, axis: Axis, row: usize, column: usize) -> Option<(bool, f32)> {
        let (next_row, next_column) = match axis {
            Axis::AlongRows => (row, column + 1),
            Axis::AlongColumns => (row + 1, column),
        };
        if next_row >= self.rows || next_column >= self.columns {
            return None;
        }
        let dark = self.modules[row * self.columns + column];
        let next_dark = self.modules[next_row * self.columns + next_column];
        if dark == next_dark {
            return None;
        }
        let rising = dark;
        let profile = self.profile(axis, row, column);
        let middle = (profile[0] + profile[EDGE_STEPS]) / 2.0;
        if (profile[EDGE_STEPS] > profile[0]) != rising {
            return None;
        }
        let crossing = profile.windows(2).position(|pair| (pair[1] > middle) == rising)?;
        let (before, after) = (profile[crossing], profile[crossing + 1]);
        let part = if after == before { 0.5 } else { (middle - before) / (after - before) };
        let position = (crossing as f32 + part.clamp(0.0, 1.0)) / EDGE_STEPS as f32;
        Some((rising, position - 0.5))
    }

    /// Grey values from the centre of a module to the centre of the next along the axis.
    fn profile(&self, axis: Axis, row: usize, column: usize) -> [f32; EDGE_STEPS + 1] {
        std::array::from_fn(|step| {
            let way = step as f32 / EDGE_STEPS as f32;
            let (column, row) = (column as f32 + 0.5, row as f32 + 0.5);
            let (x, y) = match axis {
                Axis::AlongRows => self.place.pixel(column + way, row),
                Axis::AlongColumns => self.place.pixel(column, row + way),
            };
            self.picture.grey_at(x, y)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::decode::Decoder;
    use crate::optics::{Camera, InkFaults, LabelSpec, LabelTemplate, PhotoConditions, Press};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// Measurements of a good print photographed under the conditions.
    fn measured(conditions: PhotoConditions) -> SampledGrid {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let spec = LabelSpec {
            gtin: "04150037528643".into(),
            serial: "7K2M9QXT4B8Z".into(),
            expiry: "271231".into(),
            lot: "AB1234C".into(),
            ..LabelSpec::default()
        };
        let panel =
            Press::new(LabelTemplate::default()).print(&spec, &InkFaults::default(), &mut rng);
        let photo = Camera::with_conditions(conditions).photograph(&panel, &mut rng);
        let decoder = Decoder::new();
        SampledGrid::measure(&photo, &decoder.read(&photo)[0])
    }

    fn farthest(grid: &SampledGrid) -> f32 {
        grid.shifts.iter().map(|(x, y)| x.hypot(*y)).fold(0.0, f32::max)
    }

    #[test]
    fn a_good_photograph_measures_even() {
        let grid = measured(PhotoConditions::default());
        let (x, y) = grid.pitch_px;
        assert!((x - 5.0).abs() < 0.1 && (y - 5.0).abs() < 0.1, "{x} {y}");
        assert!(farthest(&grid) < 0.12, "{}", farthest(&grid));
        assert!(grid.level(-1, 4) > 0.7 && grid.level(0, 4) < 0.3);
    }

    #[test]
    fn stretch_shows_in_the_pitch_along_rows() {
        let grid = measured(PhotoConditions { stretch: 1.1, ..PhotoConditions::default() });
        let (x, y) = grid.pitch_px;
        assert!((x / y - 1.1).abs() < 0.02, "{x} {y}");
    }

    #[test]
    fn ripple_shows_in_the_shifts() {
        let ripple = |ripple_px| PhotoConditions { ripple_px, ..PhotoConditions::default() };
        let shift = farthest(&measured(ripple(1.5)));
        assert!((0.15..0.6).contains(&shift), "{shift}");
    }
}
