//! Rows 1 and 19 of the faults: the power goes at every operation, and again in the recovery.
//!
//! The reference batch is done once; its trace gives every cut of it. Must never count an image
//! that was not opened and judged.

use crate::judge::{Found, Wrong, judge};
use crate::reference::{Place, Reference};
use crash_vfs::{Cut, Image, Medium, Op, Random, Replay};
use std::fmt;

/// One image in so many is cut a second time, in its own recovery and the steps after it.
const SECOND_CUTS: usize = 8;

/// What to do with a trace.
#[derive(Clone, Copy)]
pub struct Plan {
    pub medium: Medium,
    pub seed: u64,
    /// Only every n-th operation.
    pub every: usize,
    /// Images with chance in them, at each operation and kind.
    pub draws: usize,
    /// Stop at so many wrong ones: a control has failed long before.
    pub wrong_max: usize,
}

/// The table of faults.md, row 1.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub operations: usize,
    pub images: usize,
    pub second: usize,
    pub unanswered: usize,
    pub lost: usize,
    pub reused: usize,
    pub corrupt: usize,
    pub first: Option<String>,
}

impl Table {
    pub const fn wrong(&self) -> usize {
        self.lost + self.reused + self.corrupt
    }

    fn count(&mut self, found: &Found, about: impl Fn() -> String) {
        self.images += 1;
        self.unanswered += usize::from(found.unanswered);
        let Some(wrong) = &found.wrong else { return };
        let counter = match wrong {
            Wrong::Lost(_) => &mut self.lost,
            Wrong::Reused(_) => &mut self.reused,
            Wrong::Corrupt(_) => &mut self.corrupt,
        };
        *counter += 1;
        self.first.get_or_insert_with(|| format!("{}: {wrong:?}", about()));
    }

    fn add(&mut self, other: Self) {
        self.images += other.images;
        self.second += other.second;
        self.unanswered += other.unanswered;
        self.lost += other.lost;
        self.reused += other.reused;
        self.corrupt += other.corrupt;
        self.first = self.first.take().or(other.first);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, images, second, unanswered, lost, reused, corrupt, first } = self;
        write!(
            f,
            "{operations} operations, {images} images ({second} of them cut in the recovery): \
             {lost} lost, {reused} reused, {corrupt} corrupt; unanswered and there {unanswered}"
        )?;
        first.as_ref().map_or(Ok(()), |first| write!(f, "; first: {first}"))
    }
}

/// Cuts the reference at its operations, on as many threads as there are cores.
pub fn cut_everywhere(reference: &Reference, plan: Plan) -> Table {
    let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8));
    let mut table = Table { operations: reference.trace.len(), ..Table::default() };
    let parts: Vec<Table> = std::thread::scope(|scope| {
        let part = |worker| scope.spawn(move || cut_part(reference, plan, worker, workers));
        let threads: Vec<_> = (0..workers).map(part).collect();
        threads.into_iter().map(|thread| thread.join().expect("a worker")).collect()
    });
    parts.into_iter().for_each(|part| table.add(part));
    table
}

fn cut_part(reference: &Reference, plan: Plan, worker: usize, workers: usize) -> Table {
    let place = reference.home.beside().expect("a directory");
    let mut replay = Replay::new(&reference.trace, plan.medium);
    let mut table = Table::default();
    loop {
        let at = replay.at();
        let due = at.is_multiple_of(plan.every) && (at / plan.every) % workers == worker;
        if due {
            cut_at(reference, plan, &place, &replay, &mut table);
        }
        if table.wrong() >= plan.wrong_max || !replay.step() {
            return table;
        }
    }
}

fn cut_at(
    reference: &Reference,
    plan: Plan,
    place: &Place,
    replay: &Replay<'_>,
    table: &mut Table,
) {
    let (at, due) = (replay.at(), reference.due(replay.at()));
    for cut in Cut::ALL {
        let draws = if matches!(cut, Cut::Torn | Cut::Garbled) { plan.draws } else { 1 };
        for draw in 0..draws {
            let seed = plan.seed ^ ((at as u64) << 20 | (cut as u64) << 16 | draw as u64);
            let mut random = Random::new(seed);
            let image = replay.image(cut, &mut random);
            let (found, disk) = judge(reference, place, &image, due);
            table.count(&found, || format!("operation {at} {cut:?} seed {seed}"));
            if found.wrong.is_none() && found.steps > 0 && table.images.is_multiple_of(SECOND_CUTS)
            {
                let trace = disk.trace();
                let again = random.below(trace.len() + 1);
                let image = second(&image, &trace, again, plan.medium, &mut random);
                let (found, _) = judge(reference, place, &image, found.due(again));
                table.second += 1;
                let about = || format!("operation {at} {cut:?} seed {seed}, again at {again}");
                table.count(&found, about);
            }
        }
    }
}

/// The power goes again at operation `at` of what followed the first cut.
fn second(image: &Image, trace: &[Op], at: usize, medium: Medium, random: &mut Random) -> Image {
    let mut replay = Replay::new(trace, medium).on(image);
    for _ in 0..at {
        replay.step();
    }
    let cut = Cut::ALL[random.below(Cut::ALL.len())];
    replay.image(cut, random)
}
