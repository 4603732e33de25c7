//! False good: every pack that left as good must be the one pack of one commissioned serial, bear
//! exactly its code, and have an accept that rests on a reading of just that code (invariant I1).
//!
//! A slight ink fault alone is no false good: the camera may read such a print with a grade above
//! the limit. Then the accept's own reading and grade must be there. It must never trust a verdict
//! without its proof.

use std::collections::HashMap;

use super::findings::{About, Findings, What};
use super::join::Pack;
use super::ledger_view::PackRow;
use super::order::GS;
use super::{Scene, recipe, terms::State};
use crate::truth::Fate;
use crate::world::label::LabelText;

/// What a reader puts before a GS1 DataMatrix (ISO/IEC 15424).
const SYMBOLOGY: &str = "]d2";

/// Counts on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Left {
    pub(super) good_out: u64,
    pub(super) ink_fault_out: u64,
}

pub(super) fn check(scene: &Scene<'_>, findings: &mut Findings) -> Left {
    let mut left = Left::default();
    for pack in scene.joined.packs.iter().filter(|pack| pack.left()) {
        left.good_out += 1;
        left.ink_fault_out += u64::from(!pack.truth.ink.is_empty());
        label(pack, findings);
        match pack.row {
            None => findings.add(What::LeftUnknown, pack.about(), "no track for its infeed edge"),
            Some(row) => recorded(scene, pack, row, findings),
        }
    }
    sharing(scene, findings);
    left
}

/// The code that is physically on a pack.
fn code(label: &LabelText) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (gtin, serial) = (text(label.gtin.as_bytes()), text(label.serial.as_bytes()));
    let (expiry, lot) = (text(label.expiry.as_bytes()), text(label.lot.as_bytes()));
    format!("01{gtin}21{serial}{GS}17{expiry}10{lot}")
}

fn visible(code: &str) -> String {
    code.replace(GS, "{GS}")
}

fn label(pack: &Pack<'_>, findings: &mut Findings) {
    let truth = pack.truth;
    let Some(label) = &truth.label else {
        findings.add(What::LeftBlank, pack.about(), format!("ink: {:?}", truth.ink));
        return;
    };
    if truth.commanded.as_ref() != Some(label) {
        let told = truth.commanded.as_ref().map(|told| visible(&code(told)));
        let detail = format!("bears {}, commanded {told:?}", visible(&code(label)));
        findings.add(What::LeftNotAsCommanded, pack.about(), detail);
    }
}

fn recorded(scene: &Scene<'_>, pack: &Pack<'_>, row: &PackRow, findings: &mut Findings) {
    if row.verdict.as_deref() != Some("accept") || !row.accepted {
        let detail = format!("verdict {:?}, reason {:?}", row.verdict, row.reason);
        findings.add(What::LeftNotAccepted, pack.about(), detail);
    }
    approval(scene, pack, row, findings);
    let Some(serial) = row.serial.as_deref() else {
        findings.add(What::LeftWithoutSerial, pack.about(), "no serial is bound to its track");
        return;
    };
    let expected = scene.order.code(serial);
    if let Some(label) = &pack.truth.label {
        let found = code(label);
        if found != expected {
            let detail = format!("bears {}, expected {}", visible(&found), visible(&expected));
            findings.add(What::LeftWithOtherCode, pack.about(), detail);
        }
    }
    recipe::left(scene.order, pack, serial, findings);
    reading(scene, pack, row, &expected, findings);
    commissioned(scene, pack, row, serial, findings);
}

/// Nothing leaves before two persons have approved the first pack, where the order asks for it.
fn approval(scene: &Scene<'_>, pack: &Pack<'_>, row: &PackRow, findings: &mut Findings) {
    let records = &scene.ledger.records;
    let accepted = records.tracks.get(&row.track).and_then(|track| track.accepted_seq);
    if scene.order.first_pack_due && accepted.is_some_and(|seq| records.before_approval(seq)) {
        let detail = format!("accept {accepted:?}, {:?}", records.first_pack_approved_seq);
        findings.add(What::LeftBeforeApproval, pack.about(), detail);
    }
}

fn reading(
    scene: &Scene<'_>,
    pack: &Pack<'_>,
    row: &PackRow,
    expected: &str,
    findings: &mut Findings,
) {
    let records = scene.ledger.records.tracks.get(&row.track);
    let Some(reading) = records.and_then(|records| records.accepted_on.as_ref()) else {
        let detail = format!("no reading, ink: {:?}", pack.truth.ink);
        findings.add(What::LeftNotRead, pack.about(), detail);
        return;
    };
    if reading.content.strip_prefix(SYMBOLOGY) != Some(expected) {
        let detail = format!("read {}, expected {}", visible(&reading.content), visible(expected));
        findings.add(What::LeftNotRead, pack.about(), detail);
    }
    let min = scene.rules.grade_min_tenths;
    if reading.grade_tenths < min {
        let detail = format!("{} tenths, at least {min}", reading.grade_tenths);
        findings.add(What::LeftLowGrade, pack.about(), detail);
    }
}

/// Its serial is commissioned, by one record, for this track.
fn commissioned(
    scene: &Scene<'_>,
    pack: &Pack<'_>,
    row: &PackRow,
    serial: &str,
    findings: &mut Findings,
) {
    let ledger = scene.ledger;
    let Some(known) = ledger.serial(serial) else {
        let detail = "the batch has no such serial";
        findings.add(What::LeftNotCommissioned, pack.about(), detail);
        return;
    };
    let tracks = ledger.records.commissioned.get(&known.idx).map_or(&[][..], Vec::as_slice);
    let bound = known.track == Some(row.track);
    let due = match pack.is_pending(ledger.closed) {
        true => known.state == State::Encoded && tracks.is_empty(),
        false => known.state.ever_commissioned() && tracks == [row.track],
    };
    if !(bound && due) {
        let detail = format!(
            "{:?}, bound to track {:?}, commissioned for tracks {tracks:?}",
            known.state, known.track
        );
        findings.add(What::LeftNotCommissioned, pack.about(), detail);
    }
}

/// No two packs that left bear one serial of a product, whichever batches they belong to.
fn sharing(scene: &Scene<'_>, findings: &mut Findings) {
    let mut first: HashMap<_, (usize, u64)> = HashMap::new();
    for (run, packs) in scene.truth.runs.iter().map(|run| &run.packs).enumerate() {
        for pack in packs.iter().filter(|pack| pack.fate == Fate::Exited) {
            let Some(label) = &pack.label else { continue };
            let key = (label.gtin.as_bytes(), label.serial.as_bytes());
            let place = (run, pack.pack);
            let earlier = *first.entry(key).or_insert(place);
            if earlier != place {
                let serial = Some(label.serial.to_text());
                let about = About { pack: Some(place), track: None, serial };
                let detail = format!("so does pack {} of file {}", earlier.1, earlier.0);
                findings.add(What::LeftSharingSerial, about, detail);
            }
        }
    }
}
