//! The modules of a symbol read from grey values, with what blur, smear and ripple did undone.
//!
//! The decoder calls it with a fitted outline when plain sampling did not decode. It must never
//! pass on what error correction does not prove: it only offers guesses.

use crate::optics::codewords::{Decoded, decode};
use crate::optics::decode::Place;
use crate::optics::picture::Picture;
use crate::optics::symbol::{Cell, SymbolPlan};

/// Offsets of the samples of a module, in modules.
const SAMPLES: [(f32, f32); 5] = [(0.0, 0.0), (-0.2, -0.2), (0.2, -0.2), (-0.2, 0.2), (0.2, 0.2)];
/// Share of the fixed modules that must be right before anything is believed.
const FIXED_RIGHT_MIN: f32 = 0.75;
/// How far a row of modules may lie off to the side, in tenths of a module.
const ROW_SHIFT_MAX: i32 = 8;
/// Cost of a row that lies off differently from the one before, for each tenth of a module.
const BEND_COST: f32 = 0.25;

/// What to take off a module for its neighbours, as shares of the difference to them.
#[derive(Clone, Copy)]
struct Undo {
    /// Ink or blur from above and below.
    vertical: f32,
    /// Blur from left and right.
    horizontal: f32,
    /// Ink dragged from the left.
    dragged: f32,
}

const UNDO: [Undo; 7] = [
    Undo { vertical: 0.0, horizontal: 0.0, dragged: 0.0 },
    Undo { vertical: 0.4, horizontal: 0.4, dragged: 0.0 },
    Undo { vertical: 0.9, horizontal: 0.9, dragged: 0.0 },
    Undo { vertical: 0.0, horizontal: 0.0, dragged: 0.5 },
    Undo { vertical: 0.0, horizontal: 0.0, dragged: 1.0 },
    Undo { vertical: 0.4, horizontal: 0.4, dragged: 0.5 },
    Undo { vertical: 2.0, horizontal: 2.0, dragged: 0.0 },
];

/// Decodes a symbol in a fitted outline: as it lies, then with each row where it fits best.
#[must_use]
pub fn read(picture: &Picture, plan: &SymbolPlan, place: &Place) -> Option<Decoded> {
    let still = Greys::sampled(picture, plan, place, |_| 0.0);
    still.decode(plan).or_else(|| {
        let shifts = row_shifts(picture, plan, place);
        if shifts.iter().all(|shift| *shift == 0) {
            return None;
        }
        let bent = Greys::sampled(picture, plan, place, |row| tenths(shifts[row]));
        bent.decode(plan)
    })
}

fn tenths(shift: i32) -> f32 {
    shift as f32 / 10.0
}

/// Grey values of a symbol's modules and of the ring around it.
struct Greys {
    width: usize,
    values: Vec<f32>,
}

impl Greys {
    fn sampled(
        picture: &Picture,
        plan: &SymbolPlan,
        place: &Place,
        shift: impl Fn(usize) -> f32,
    ) -> Self {
        let (rows, columns) = (plan.format.rows, plan.format.columns);
        let mut values = Vec::with_capacity((rows + 2) * (columns + 2));
        for row in 0..rows + 2 {
            let aside = shift(row.clamp(1, rows) - 1);
            for column in 0..columns + 2 {
                let (at_column, at_row) = (column as f32 - 0.5 + aside, row as f32 - 0.5);
                let grey = |(across, down): (f32, f32)| {
                    let (x, y) = place.pixel(at_column + across, at_row + down);
                    picture.grey_at(x, y)
                };
                let sum: f32 = SAMPLES.into_iter().map(grey).sum();
                values.push(sum / SAMPLES.len() as f32);
            }
        }
        Self { width: columns + 2, values }
    }

    fn decode(&self, plan: &SymbolPlan) -> Option<Decoded> {
        UNDO.into_iter().find_map(|undo| {
            let values = self.undone(plan, undo);
            let threshold = Threshold::of(plan, &values)?;
            let columns = plan.format.columns;
            let dark =
                |index: usize| values[index] < threshold.at(index % columns, index / columns);
            if fixed_right(plan, dark) < FIXED_RIGHT_MIN {
                return None;
            }
            decode(plan, dark)
        })
    }

    /// The modules' values without the ring, less what their neighbours gave them.
    fn undone(&self, plan: &SymbolPlan, undo: Undo) -> Vec<f32> {
        let (rows, columns) = (plan.format.rows, plan.format.columns);
        let mut values = Vec::with_capacity(rows * columns);
        for row in 1..=rows {
            for column in 1..=columns {
                let at = row * self.width + column;
                let (grey, left) = (self.values[at], self.values[at - 1]);
                let beside = (left + self.values[at + 1]) / 2.0;
                let stacked = (self.values[at - self.width] + self.values[at + self.width]) / 2.0;
                values.push(
                    grey + undo.horizontal * (grey - beside)
                        + undo.vertical * (grey - stacked)
                        + undo.dragged * (grey - left),
                );
            }
        }
        values
    }
}

/// Share of the fixed modules that are as they should be.
pub fn fixed_right(plan: &SymbolPlan, dark: impl Fn(usize) -> bool) -> f32 {
    let (mut right, mut all) = (0_u32, 0_u32);
    for (index, cell) in plan.cells.iter().enumerate() {
        let should = match cell {
            Cell::Light => false,
            Cell::Dark => true,
            Cell::Data { .. } => continue,
        };
        all += 1;
        right += u32::from(dark(index) == should);
    }
    right as f32 / all.max(1) as f32
}

/// The grey between light and dark, as a plane over the symbol.
struct Threshold {
    middle: f32,
    across: f32,
    down: f32,
}

impl Threshold {
    /// From the fixed modules: halfway between the light and the dark ones, falling as both fall.
    fn of(plan: &SymbolPlan, values: &[f32]) -> Option<Self> {
        let columns = plan.format.columns;
        let mut light = Plane::default();
        let mut dark = Plane::default();
        for (index, cell) in plan.cells.iter().enumerate() {
            let (x, y) = ((index % columns) as f32, (index / columns) as f32);
            match cell {
                Cell::Light => light.add(x, y, values[index]),
                Cell::Dark => dark.add(x, y, values[index]),
                Cell::Data { .. } => {}
            }
        }
        let (light, dark) = (light.mean()?, dark.mean()?);
        // All modules, whatever they hold, fall with the light.
        let mut all = Plane::default();
        for (index, value) in values.iter().enumerate() {
            all.add((index % columns) as f32, (index / columns) as f32, *value);
        }
        let (across, down) = all.slopes();
        let level = |(x, y, value): (f32, f32, f32)| value - across * x - down * y;
        Some(Self { middle: (level(light) + level(dark)) / 2.0, across, down })
    }

    fn at(&self, column: usize, row: usize) -> f32 {
        self.middle + self.across * column as f32 + self.down * row as f32
    }
}

/// Sums over points with a value.
#[derive(Default)]
struct Plane {
    count: f32,
    x: f32,
    y: f32,
    value: f32,
    xx: f32,
    yy: f32,
    x_value: f32,
    y_value: f32,
}

impl Plane {
    fn add(&mut self, x: f32, y: f32, value: f32) {
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.value += value;
        self.xx += x * x;
        self.yy += y * y;
        self.x_value += x * value;
        self.y_value += y * value;
    }

    /// The mean place and value.
    fn mean(&self) -> Option<(f32, f32, f32)> {
        let n = self.count;
        (n > 0.0).then(|| (self.x / n, self.y / n, self.value / n))
    }

    /// How the value changes along each axis, taken apart from each other.
    fn slopes(&self) -> (f32, f32) {
        let slope = |sum: f32, squares: f32, products: f32| {
            let spread = squares - sum * sum / self.count.max(1.0);
            (products - sum * self.value / self.count.max(1.0)) / spread.max(1.0)
        };
        (slope(self.x, self.xx, self.x_value), slope(self.y, self.yy, self.y_value))
    }
}

/// For each row of modules how far to the side it lies, in tenths of a module: where its modules
/// differ most from their threshold, without jumps from row to row.
fn row_shifts(picture: &Picture, plan: &SymbolPlan, place: &Place) -> Vec<i32> {
    let (rows, columns) = (plan.format.rows, plan.format.columns);
    let shifts: Vec<i32> = (-ROW_SHIFT_MAX..=ROW_SHIFT_MAX).collect();
    let mut best: Vec<Vec<(f32, usize)>> = Vec::with_capacity(rows);
    for row in 0..rows {
        let sharpness = |shift: i32| sharpness(picture, place, row, columns, tenths(shift));
        let own: Vec<f32> = shifts.iter().map(|shift| sharpness(*shift)).collect();
        let line = own.iter().enumerate().map(|(to, own)| {
            let Some(before) = best.last() else { return (*own, to) };
            let ways = before
                .iter()
                .enumerate()
                .map(|(from, (worth, _))| (worth - BEND_COST * from.abs_diff(to) as f32, from));
            let (worth, from) =
                ways.fold(
                    (f32::NEG_INFINITY, to),
                    |best, next| {
                        if next.0 > best.0 { next } else { best }
                    },
                );
            (worth + own, from)
        });
        let line = line.collect();
        best.push(line);
    }
    trace_back(&best, &shifts)
}

fn trace_back(best: &[Vec<(f32, usize)>], shifts: &[i32]) -> Vec<i32> {
    let Some(last) = best.last() else { return Vec::new() };
    let ends = last.iter().enumerate().max_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let mut at = ends.map_or(0, |(index, _)| index);
    let mut way = vec![0; best.len()];
    for (row, line) in best.iter().enumerate().rev() {
        way[row] = shifts[at];
        at = line[at].1;
    }
    way
}

/// How clearly a row's modules are dark or light at this shift: the step at the finder's edge and
/// the contrast of neighbours against the slope across each module.
fn sharpness(picture: &Picture, place: &Place, row: usize, columns: usize, shift: f32) -> f32 {
    let grey = |column: f32| {
        let (x, y) = place.pixel(column + shift, row as f32 + 0.5);
        picture.grey_at(x, y)
    };
    let mut slope = 0.0;
    let mut scale = 1.0;
    for column in 0..columns {
        let at = column as f32;
        let (early, late) = (grey(at + 0.25), grey(at + 0.75));
        slope += (early - late).abs();
        scale += (grey(at) - grey(at + 0.5)).abs();
    }
    let edge = (grey(-0.5) - grey(0.5)) / 255.0;
    4.0 * edge - 3.0 * slope / (slope + scale)
}
