//! Where in a picture something as dense as a symbol lies, whatever its finder looks like.
//!
//! The decoder calls it when no finder could be followed: dead nozzles and missing modules break
//! the finder's lines, but a block of ink stays a block. It must never say what the block holds.

use rxing::Point;

use crate::optics::picture::Picture;

/// Side of the squares that the picture is reduced to, in pixels.
const CELL_PX: usize = 4;
/// Steps by which bare carton is looked for around a square, in squares: 9 in all.
const CARTON_STEPS: [usize; 3] = [1, 3, 5];
/// Smallest region, in squares.
const CELLS_MIN: usize = 24;
/// Shortest side of a region, in pixels: more than a line of text.
const SIDE_PX_MIN: f32 = 18.0;
/// Regions that are worth a look.
const REGIONS_MAX: usize = 3;

/// The smallest rectangles around the densest regions, heaviest first; corners clockwise. Squares
/// whose middle is `known` are left out.
#[must_use]
pub fn regions(picture: &Picture, known: impl Fn(Point) -> bool) -> Vec<[Point; 4]> {
    let mut ink = Cells::reduced(picture).darkness();
    ink = ink.softened();
    ink.clear(known);
    let threshold = ink.split();
    let mut found: Vec<(f32, [Point; 4])> = ink
        .components(threshold)
        .into_iter()
        .filter(|cells| cells.len() >= CELLS_MIN)
        .filter_map(|cells| {
            let weight = cells.iter().map(|(x, y)| ink.at(*x, *y)).sum();
            let corners = smallest_rectangle(&hull(&cells))?;
            let side = |a: Point, b: Point| (b.x - a.x).hypot(b.y - a.y);
            let [a, b, c, _] = corners;
            (side(a, b).min(side(b, c)) >= SIDE_PX_MIN).then_some((weight, corners))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(REGIONS_MAX).map(|(_, corners)| corners).collect()
}

/// The light that bare carton around each place of a picture throws back.
#[must_use]
pub fn carton(picture: &Picture) -> Cells {
    Cells::reduced(picture).carton()
}

/// The picture in coarse squares.
pub struct Cells {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Cells {
    /// The mean grey of each square.
    fn reduced(picture: &Picture) -> Self {
        let (width, height) = (picture.width / CELL_PX, picture.height / CELL_PX);
        let mut values = vec![0.0; width * height];
        for (y, row) in picture.pixels.chunks(picture.width.max(1)).enumerate() {
            if y / CELL_PX >= height {
                break;
            }
            let line = &mut values[y / CELL_PX * width..][..width];
            for (value, greys) in line.iter_mut().zip(row.chunks(CELL_PX)) {
                *value += greys.iter().map(|grey| f32::from(*grey)).sum::<f32>();
            }
        }
        let pixels = (CELL_PX * CELL_PX) as f32;
        values.iter_mut().for_each(|value| *value /= pixels);
        Self { width, height, values }
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// Each value and those `step` squares before and after it, first along rows, then columns.
    /// Beyond the border the value itself counts.
    fn folded(&self, step: usize, fold: impl Fn(f32, f32, f32) -> f32) -> Self {
        let (width, height) = (self.width, self.height);
        let mut rows = Vec::with_capacity(self.values.len());
        for line in self.values.chunks(width.max(1)) {
            for (x, value) in line.iter().enumerate() {
                let before = x.checked_sub(step).map_or(*value, |x| line[x]);
                rows.push(fold(before, *value, line.get(x + step).copied().unwrap_or(*value)));
            }
        }
        let mut values = Vec::with_capacity(rows.len());
        for y in 0..height {
            let start = |y: usize| y * width;
            let own = &rows[start(y)..][..width];
            let above = y.checked_sub(step).map_or(own, |y| &rows[start(y)..][..width]);
            let below = if y + step < height { &rows[start(y + step)..][..width] } else { own };
            let columns = above.iter().zip(own).zip(below);
            values.extend(columns.map(|((above, own), below)| fold(*above, *own, *below)));
        }
        Self { width, height, values }
    }

    /// The brightest square around each: bare carton.
    fn carton(&self) -> Self {
        let mut carton = self.softened();
        for step in CARTON_STEPS {
            carton = carton.folded(step, |before, own, after| before.max(own).max(after));
        }
        carton
    }

    /// The value at a pixel.
    pub fn near(&self, x_px: usize, y_px: usize) -> f32 {
        let x = (x_px / CELL_PX).min(self.width.saturating_sub(1));
        let y = (y_px / CELL_PX).min(self.height.saturating_sub(1));
        self.values.get(y * self.width + x).copied().unwrap_or(0.0)
    }

    /// How much darker each square is than the carton around it.
    fn darkness(&self) -> Self {
        let carton = self.carton();
        let pairs = carton.values.iter().zip(&self.values);
        let values = pairs.map(|(carton, grey)| (carton - grey).max(0.0)).collect();
        Self { values, ..carton }
    }

    /// The mean of each square and its neighbours.
    fn softened(&self) -> Self {
        self.folded(1, |before, own, after| (before + own + after) / 3.0)
    }

    /// Empties the squares whose middle is as told.
    fn clear(&mut self, is_known: impl Fn(Point) -> bool) {
        let width = self.width;
        let middle = |at: usize| (at as f32 + 0.5) * CELL_PX as f32;
        for (index, value) in self.values.iter_mut().enumerate() {
            if is_known(Point { x: middle(index % width), y: middle(index / width) }) {
                *value = 0.0;
            }
        }
    }

    /// Half of what the dense squares have.
    fn split(&self) -> f32 {
        let dense = self.values.len().saturating_sub(1 + self.values.len() / 50);
        let mut values = self.values.clone();
        if values.is_empty() {
            return 0.0;
        }
        *values.select_nth_unstable_by(dense, f32::total_cmp).1 * 0.5
    }

    /// Connected squares above the threshold.
    fn components(&self, threshold: f32) -> Vec<Vec<(usize, usize)>> {
        let mut open: Vec<bool> = self.values.iter().map(|value| *value > threshold).collect();
        let mut found = Vec::new();
        for start in 0..open.len() {
            if !open[start] {
                continue;
            }
            open[start] = false;
            let mut cells = Vec::new();
            let mut waiting = vec![start];
            while let Some(index) = waiting.pop() {
                let (x, y) = (index % self.width, index / self.width);
                cells.push((x, y));
                for ny in y.saturating_sub(1)..(y + 2).min(self.height) {
                    for nx in x.saturating_sub(1)..(x + 2).min(self.width) {
                        let next = ny * self.width + nx;
                        if std::mem::take(&mut open[next]) {
                            waiting.push(next);
                        }
                    }
                }
            }
            found.push(cells);
        }
        found
    }
}

fn cross(origin: Point, a: Point, b: Point) -> f32 {
    (a.x - origin.x) * (b.y - origin.y) - (a.y - origin.y) * (b.x - origin.x)
}

/// The convex hull of the squares' middles, in pixels.
fn hull(cells: &[(usize, usize)]) -> Vec<Point> {
    let middle = |at: usize| (at as f32 + 0.5) * CELL_PX as f32;
    let mut points: Vec<Point> =
        cells.iter().map(|(x, y)| Point { x: middle(*x), y: middle(*y) }).collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let chain = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..] {
                if cross(a, b, point) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = chain(&mut points.iter().copied());
    hull.extend(chain(&mut points.iter().rev().copied()));
    hull
}

/// The rectangle of least area around a hull, one side along one of the hull's.
fn smallest_rectangle(hull: &[Point]) -> Option<[Point; 4]> {
    let next = hull.iter().cycle().skip(1);
    let sides = hull.iter().zip(next).filter_map(|(a, b)| {
        let length = (b.x - a.x).hypot(b.y - a.y);
        (length > 0.0).then(|| ((b.x - a.x) / length, (b.y - a.y) / length))
    });
    let rectangle = |(x, y): (f32, f32)| {
        let along = |p: &Point| p.x * x + p.y * y;
        let across = |p: &Point| p.y * x - p.x * y;
        let range = |value: &dyn Fn(&Point) -> f32| {
            let values = hull.iter().map(value);
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        let ((left, right), (top, bottom)) = (range(&along), range(&across));
        let corner = |u: f32, v: f32| Point { x: u * x - v * y, y: u * y + v * x };
        let corners =
            [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
        ((right - left) * (bottom - top), corners)
    };
    sides.map(rectangle).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, corners)| corners)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey block turned by 30 degrees on light carton.
    fn turned_block() -> Picture {
        let mut picture = Picture::filled(200, 200, 220);
        let (sin, cos) = 30_f32.to_radians().sin_cos();
        for (index, pixel) in picture.pixels.iter_mut().enumerate() {
            let (x, y) = ((index % 200) as f32 - 100.0, (index / 200) as f32 - 100.0);
            let (u, v) = (x * cos + y * sin, y * cos - x * sin);
            if u.abs() < 60.0 && v.abs() < 30.0 {
                *pixel = 90;
            }
        }
        picture
    }

    #[test]
    fn a_turned_block_is_enclosed() {
        let found = regions(&turned_block(), |_| false);
        assert_eq!(found.len(), 1);
        let [a, b, c, _] = found[0];
        let (first, second) = ((b.x - a.x).hypot(b.y - a.y), (c.x - b.x).hypot(c.y - b.y));
        let (long, short) = (first.max(second), first.min(second));
        assert!((long - 120.0).abs() < 10.0 && (short - 60.0).abs() < 10.0, "{long} {short}");
    }

    #[test]
    fn nothing_is_found_on_bare_carton() {
        for picture in
            [Picture::filled(0, 0, 0), Picture::filled(3, 3, 0), Picture::filled(99, 99, 7)]
        {
            assert!(regions(&picture, |_| false).is_empty());
        }
    }
}
