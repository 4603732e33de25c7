//! A symbol's outline, fitted to the grey values of its fixed modules.
//!
//! The decoder calls it with a rough outline. It must never look at data modules: what a symbol
//! says must not pull its grid.

use rxing::Point;

use crate::optics::decode::Place;
use crate::optics::picture::Picture;
use crate::optics::symbol::{Cell, SymbolPlan};

/// Points along an edge at which it is looked for.
const EDGE_POINTS: usize = 24;
/// How far an edge may lie from where it is looked for, in pixels.
const EDGE_REACH_PX: i32 = 8;
/// Distance of the points compared on both sides of an edge, in pixels.
const EDGE_ARM_PX: f32 = 2.0;
/// Points along each way at which the inside of an outline is looked at.
const INSIDE_POINTS: usize = 14;
/// How far inside an outline a finder's leg is looked for, in pixels.
const LEG_INSIDE_PX: f32 = 1.3;
/// Share of a finder's leg that must be dark.
const LEG_DARK_MIN: f32 = 0.66;
/// Steps of a corner's search, in pixels.
const CORNER_STEPS_PX: [f32; 4] = [2.0, 1.0, 0.5, 0.25];
/// Rounds of a corner's search at each step.
const CORNER_ROUNDS: usize = 3;

/// Moves each side to where the picture turns from light outside to dark inside; the corners are
/// where the sides meet.
#[must_use]
pub fn snapped(picture: &Picture, corners: [Point; 4]) -> Option<[Point; 4]> {
    let middle = Point {
        x: corners.iter().map(|c| c.x).sum::<f32>() / 4.0,
        y: corners.iter().map(|c| c.y).sum::<f32>() / 4.0,
    };
    let side =
        |index: usize| snapped_side(picture, corners[index], corners[(index + 1) % 4], middle);
    let sides = [side(0), side(1), side(2), side(3)];
    let mut met = corners;
    for (index, corner) in met.iter_mut().enumerate() {
        *corner = crossing(sides[(index + 3) % 4], sides[index])?;
    }
    Some(met)
}

/// The side with both ends moved across it to where its edge is strongest.
fn snapped_side(picture: &Picture, from: Point, to: Point, middle: Point) -> (Point, Point) {
    let length = (to.x - from.x).hypot(to.y - from.y).max(1.0);
    let (mut out_x, mut out_y) = ((to.y - from.y) / length, (from.x - to.x) / length);
    if (from.x - middle.x) * out_x + (from.y - middle.y) * out_y < 0.0 {
        (out_x, out_y) = (-out_x, -out_y);
    }
    let moved = |point: Point, by: f32| Point { x: point.x + out_x * by, y: point.y + out_y * by };
    // The profile across the side at each point, once; then the best straight line through it.
    let steps = (-EDGE_REACH_PX - 2..=EDGE_REACH_PX + 2).map(|step| step as f32);
    let profiles: Vec<Vec<f32>> = (0..EDGE_POINTS)
        .map(|index| {
            let way = (index as f32 + 0.5) / EDGE_POINTS as f32;
            let x = from.x + (to.x - from.x) * way;
            let y = from.y + (to.y - from.y) * way;
            let grey = |by: f32| {
                let point = moved(Point { x, y }, by);
                picture.grey_at(point.x, point.y)
            };
            steps.clone().map(grey).collect()
        })
        .collect();
    let strength = |first: i32, last: i32| {
        let step = |(index, profile): (usize, &Vec<f32>)| {
            let way = (index as f32 + 0.5) / EDGE_POINTS as f32;
            let at = first as f32 + (last - first) as f32 * way + (EDGE_REACH_PX + 2) as f32;
            let at = at.round() as usize;
            let arm = EDGE_ARM_PX as usize;
            profile[(at + arm).min(profile.len() - 1)] - profile[at.saturating_sub(arm)]
        };
        profiles.iter().enumerate().map(step).sum::<f32>()
    };
    let best_near =
        |first: i32, last: i32, reach: i32, step: usize| {
            let ends = move |at: i32| (at - reach..=at + reach).step_by(step);
            let pairs = ends(first).flat_map(|first| ends(last).map(move |last| (first, last)));
            let strengths = pairs.map(|(first, last)| (strength(first, last), first, last));
            strengths.fold((f32::NEG_INFINITY, first, last), |best, next| {
                if next.0 > best.0 { next } else { best }
            })
        };
    let (_, first, last) = best_near(0, 0, EDGE_REACH_PX - 1, 2);
    let (_, first, last) = best_near(first, last, 1, 1);
    (moved(from, first as f32), moved(to, last as f32))
}

/// True when two neighbouring sides of an outline are dark along most of their length, as the
/// legs of a finder are and the edges of a text are not.
#[must_use]
pub fn has_legs(picture: &Picture, corners: [Point; 4]) -> bool {
    let [a, b, c, d] = corners;
    let inside = |across: f32, down: f32| {
        let along = |p: Point, q: Point| Point {
            x: p.x + (q.x - p.x) * across,
            y: p.y + (q.y - p.y) * across,
        };
        let (upper, lower) = (along(a, b), along(d, c));
        picture.grey_at(upper.x + (lower.x - upper.x) * down, upper.y + (lower.y - upper.y) * down)
    };
    let way = |index: usize, count: usize| (index as f32 + 0.5) / count as f32;
    let count = INSIDE_POINTS;
    let points = (0..count).flat_map(|row| (0..count).map(move |column| (row, column)));
    let mut greys: Vec<f32> =
        points.map(|(row, column)| inside(way(column, count), way(row, count))).collect();
    greys.sort_by(f32::total_cmp);
    let middle = (greys[greys.len() / 10] + greys[greys.len() * 9 / 10]) / 2.0;
    let length = |p: Point, q: Point| (q.x - p.x).hypot(q.y - p.y).max(1.0);
    let (edge_x, edge_y) = (LEG_INSIDE_PX / length(a, b), LEG_INSIDE_PX / length(a, d));
    let share = |point: &dyn Fn(f32) -> (f32, f32)| {
        let places = (0..EDGE_POINTS).map(|index| point(way(index, EDGE_POINTS)));
        let dark = places.filter(|(across, down)| inside(*across, *down) < middle).count();
        dark as f32 / EDGE_POINTS as f32
    };
    let sides = [
        share(&|way| (way, edge_y)),
        share(&|way| (1.0 - edge_x, way)),
        share(&|way| (way, 1.0 - edge_y)),
        share(&|way| (edge_x, way)),
    ];
    (0..4).any(|side| sides[side].min(sides[(side + 1) % 4]) > LEG_DARK_MIN)
}

/// Where two lines, each through two points, cross.
fn crossing((a, b): (Point, Point), (c, d): (Point, Point)) -> Option<Point> {
    let (abx, aby, cdx, cdy) = (b.x - a.x, b.y - a.y, d.x - c.x, d.y - c.y);
    let parallel = abx * cdy - aby * cdx;
    if parallel.abs() < 1.0 {
        return None;
    }
    let way = ((c.x - a.x) * cdy - (c.y - a.y) * cdx) / parallel;
    Some(Point { x: a.x + way * abx, y: a.y + way * aby })
}

/// The fixed modules of a plan and the ring around it, in modules, and whether they are dark.
pub struct FixedModules {
    points: Vec<(f32, f32, bool)>,
}

impl FixedModules {
    /// Of a plan.
    #[must_use]
    pub fn of(plan: &SymbolPlan) -> Self {
        let (rows, columns) = (plan.format.rows, plan.format.columns);
        let mut points = Vec::new();
        for (index, cell) in plan.cells.iter().enumerate() {
            let dark = match cell {
                Cell::Light => false,
                Cell::Dark => true,
                Cell::Data { .. } => continue,
            };
            let (column, row) = (index % columns, index / columns);
            points.push((column as f32 + 0.5, row as f32 + 0.5, dark));
        }
        for index in 0..columns.max(rows) {
            let at = index as f32 + 0.5;
            if index < columns {
                points.extend([(at, -0.5, false), (at, rows as f32 + 0.5, false)]);
            }
            if index < rows {
                points.extend([(-0.5, at, false), (columns as f32 + 0.5, at, false)]);
            }
        }
        Self { points }
    }

    /// How well an outline fits: grey of the light modules above that of the dark ones, in shares
    /// of their deviation.
    #[must_use]
    pub fn fit(&self, picture: &Picture, place: &Place) -> f32 {
        let (mut count, mut sum, mut squares) = ([0.0_f32; 2], [0.0_f32; 2], 0.0_f32);
        for (column, row, dark) in &self.points {
            let (x, y) = place.pixel(*column, *row);
            let grey = picture.grey_at(x, y);
            let kind = usize::from(*dark);
            count[kind] += 1.0;
            sum[kind] += grey;
            squares += grey * grey;
        }
        let all = (count[0] + count[1]).max(1.0);
        let mean = (sum[0] + sum[1]) / all;
        let deviation = (squares / all - mean * mean).max(1.0).sqrt();
        (sum[0] / count[0].max(1.0) - sum[1] / count[1].max(1.0)) / deviation
    }

    /// The outline near this one that fits best, with its fit.
    #[must_use]
    pub fn refined(
        &self,
        picture: &Picture,
        plan: &SymbolPlan,
        corners: [Point; 4],
    ) -> Option<(f32, Place)> {
        let mut best = Place::new(corners, plan.format.rows, plan.format.columns)?;
        let mut fit = self.fit(picture, &best);
        for step in CORNER_STEPS_PX {
            for _ in 0..CORNER_ROUNDS {
                let before = fit;
                for (corner, dx, dy) in moves(step) {
                    let mut corners = best.corners;
                    corners[corner].x += dx;
                    corners[corner].y += dy;
                    let place = Place::new(corners, plan.format.rows, plan.format.columns);
                    let Some(place) = place else { continue };
                    let better = self.fit(picture, &place);
                    if better > fit {
                        (fit, best) = (better, place);
                    }
                }
                if fit <= before {
                    break;
                }
            }
        }
        Some((fit, best))
    }
}

/// Every corner moved every way.
fn moves(step: f32) -> impl Iterator<Item = (usize, f32, f32)> {
    let ways = [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)];
    (0..4).flat_map(move |corner| ways.map(move |(dx, dy)| (corner, dx, dy)))
}
