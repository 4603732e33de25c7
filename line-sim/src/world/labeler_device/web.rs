//! The web of labels between print head and peel edge, and what stands on a label.
//!
//! Filled and peeled by the labeler. Must never bring back a label that is lost.

use std::collections::VecDeque;

use contracts::labeler::{BatchHeader, PrintJob};

use crate::truth::{JobRef, ScrapCause};
use crate::world::label::{LabelText, Text};

/// A printed label.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    /// What the labeler was told to print; none for a label that it printed out of turn.
    pub(crate) commanded: Option<LabelText>,
    /// What it printed; differs from `commanded` when its buffer was stale.
    pub(crate) printed: LabelText,
    /// The job; none for a label printed out of turn.
    pub(crate) job: Option<JobRef>,
    /// Rows and columns of the symbol; 0 and 0: the smallest square that fits.
    pub(crate) symbol: (u8, u8),
    /// The buffer was stale.
    pub(crate) stale: bool,
}

impl Label {
    /// The label of a job.
    pub(super) fn of_job(
        job: JobRef,
        commanded: LabelText,
        printed: LabelText,
        header: Option<&BatchHeader>,
    ) -> Self {
        let commanded = Some(commanded);
        Self { commanded, job: Some(job), ..Self::again(printed, header) }
    }

    /// A label printed out of turn.
    pub(super) fn again(printed: LabelText, header: Option<&BatchHeader>) -> Self {
        let symbol = header.map_or((0, 0), |header| header.symbol);
        Self { commanded: None, printed, job: None, symbol, stale: false }
    }
}

/// A label that was printed and will never be applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scrapped {
    pub(crate) label: Label,
    pub(crate) why: ScrapCause,
}

/// The web.
#[derive(Clone, Debug)]
pub(super) struct Web {
    labels_max: usize,
    labels: VecDeque<Label>,
    scrapped: Vec<Scrapped>,
}

impl Web {
    pub(super) fn new(labels_max: usize) -> Self {
        Self { labels_max, labels: VecDeque::new(), scrapped: Vec::new() }
    }

    /// There is none: what is printed is on the pack.
    pub(super) fn is_direct(&self) -> bool {
        self.labels_max == 0
    }

    pub(super) fn has_room(&self) -> bool {
        self.labels.len() < self.labels_max
    }

    pub(super) fn push(&mut self, label: Label) {
        self.labels.push_back(label);
    }

    /// The label at the peel edge.
    pub(super) fn peel(&mut self) -> Option<Label> {
        self.labels.pop_front()
    }

    /// Every label on it is lost; answers their jobs.
    pub(super) fn scrap(&mut self, why: ScrapCause) -> Vec<u32> {
        let lost: Vec<Label> = self.labels.drain(..).collect();
        self.scrapped.extend(lost.iter().map(|&label| Scrapped { label, why }));
        lost.iter().filter_map(|label| label.job).map(|job| job.seq).collect()
    }

    /// Labels lost since the last call.
    pub(super) fn take_scrapped(&mut self) -> Vec<Scrapped> {
        std::mem::take(&mut self.scrapped)
    }
}

/// What a job's label says.
pub(super) fn compose(header: &BatchHeader, job: &PrintJob) -> LabelText {
    let national = (header.national_ai != 0).then(|| {
        let ai = header.national_ai.to_string();
        (Text::new(ai.as_bytes()), Text::until_zero(&header.national))
    });
    LabelText {
        gtin: Text::until_zero(&header.gtin),
        serial: Text::new(job.serial()),
        expiry: Text::until_zero(&header.expiry),
        lot: Text::until_zero(&header.lot),
        national,
    }
}
