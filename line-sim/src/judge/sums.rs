//! Sums: counted anew from ground truth, from the views and from the records, compared with each
//! other and with the books; then the identities of domain.md section 4 over the books.
//!
//! It must never derive one side from the other.

use super::Scene;
use super::findings::{About, Findings, What};
use super::join::Pack;
use super::judgement::Sum;
use super::ledger_view::SerialRow;
use super::serials::Serials;
use super::terms::{Books, Recorded, State};
use crate::truth::{Fate, PackTruth};

pub(super) fn check(scene: &Scene<'_>, serials: &Serials, findings: &mut Findings) -> Vec<Sum> {
    let mut sums = views(scene, serials);
    if scene.ledger.closed {
        match &scene.ledger.books {
            Some(books) => {
                serial_terms(scene, books, &mut sums);
                pack_terms(scene, books, &mut sums);
                counter_terms(scene, serials, books, &mut sums);
                identities(books, &mut sums);
            }
            None => {
                let detail = "the batch is closed and has no books";
                findings.add(What::SumDiffers, About::default(), detail);
            }
        }
    }
    for sum in sums.iter().filter(|sum| !sum.holds) {
        let detail = format!("{}: {} and {}, slack {}", sum.name, sum.left, sum.right, sum.slack);
        findings.add(What::SumDiffers, About::default(), detail);
    }
    sums
}

fn count<T>(items: &[T], holds: impl Fn(&T) -> bool) -> i64 {
    items.iter().filter(|item| holds(item)).count() as i64
}

/// Packs that the ledger has come to the end of, by true and recorded fate.
fn settled(scene: &Scene<'_>, holds: impl Fn(Fate, Recorded) -> bool) -> i64 {
    let closed = scene.ledger.closed;
    count(&scene.joined.packs, |pack| {
        let fates = pack.row.map(|row| (pack.truth.fate, row.fate));
        !pack.is_pending(closed) && fates.is_some_and(|(fate, recorded)| holds(fate, recorded))
    })
}

fn has_fate(scene: &Scene<'_>, fates: &[Recorded]) -> i64 {
    let joined = &scene.joined;
    count(&scene.ledger.packs, |row| {
        let known = scene.ledger.closed || joined.by_track.contains_key(&row.track);
        known && fates.contains(&row.fate)
    })
}

fn in_state(scene: &Scene<'_>, holds: impl Fn(State) -> bool) -> i64 {
    count(&scene.ledger.serials, |row| holds(row.state))
}

/// Truth against views, views against records: open and closed batches.
fn views(scene: &Scene<'_>, serials: &Serials) -> Vec<Sum> {
    use Recorded as R;
    let (ledger, joined) = (scene.ledger, &scene.joined);
    let records = &ledger.records;
    let back = |fate, recorded, into| fate == Fate::Retrieved && recorded == into;
    let left = |fate, r| {
        fate == Fate::Exited
            || (fate == Fate::Retrieved && matches!(r, R::Exited | R::ResolvedExited))
    };
    let ejected = |fate, r| fate == Fate::Ejected || back(fate, r, R::ResolvedEjected);
    let removed = |fate, r| {
        fate == Fate::Removed
            || back(fate, r, R::Removed)
            || (fate == Fate::OnBelt && r == R::Removed)
    };
    let known = count(&joined.packs, |pack| pack.row.is_some());
    let truly = joined.packs.len() as i64 - joined.edges_lost as i64 - joined.unseen as i64;
    let not_yet = joined.packs_not_yet as i64;
    let commissioned = in_state(scene, State::ever_commissioned);
    let gone = settled(scene, |fate, _| fate == Fate::Exited) + serials.excused;
    let unjoined = if ledger.closed { ledger.packs.len() as i64 } else { known };
    vec![
        Sum::new("packs: views, truth", unjoined, truly, not_yet),
        Sum::new(
            "exited: views, truth",
            has_fate(scene, &[R::Exited, R::ResolvedExited]),
            settled(scene, left),
            0,
        ),
        Sum::new(
            "ejected: views, truth",
            has_fate(scene, &[R::Ejected, R::ResolvedEjected]),
            settled(scene, ejected),
            0,
        ),
        Sum::new(
            "removed: views, truth",
            has_fate(scene, &[R::Removed]),
            settled(scene, removed),
            0,
        ),
        Sum::new("commissioned: views, truth", commissioned, gone, 0),
        Sum::new(
            "exited by the line: records, views",
            records.line_exits,
            count(&ledger.packs, |row| row.fate == R::Exited),
            0,
        ),
        Sum::new(
            "resolved as exited: records, views",
            records.resolved_exits,
            count(&ledger.packs, |row| row.fate == R::ResolvedExited),
            0,
        ),
        Sum::new("allocated: batch, serials", ledger.allocated, ledger.serials.len() as i64, 0),
    ]
}

/// Books against `v_serial` and the records.
fn serial_terms(scene: &Scene<'_>, books: &Books, sums: &mut Vec<Sum>) {
    let records = &scene.ledger.records;
    let state = |wanted: State| in_state(scene, |state| state == wanted);
    let ever = in_state(scene, State::ever_commissioned);
    let reworked = ever - records.line_exits - records.resolved_exits;
    let of_pack = |row: &SerialRow, fates: &[Recorded]| {
        let pack = row.track.and_then(|track| scene.joined.track(track));
        row.state == State::Encoded
            && pack.and_then(|pack| pack.row).is_some_and(|pack| fates.contains(&pack.fate))
    };
    let bin = [Recorded::Ejected, Recorded::ResolvedEjected];
    let in_reject = count(&scene.ledger.serials, |row| of_pack(row, &bin));
    let equal = |name, left, right| Sum::new(name, left, right, 0);
    sums.extend([
        equal("allocated: books, views", books.allocated, scene.ledger.serials.len() as i64),
        equal("returned: books, views", books.returned, in_state(scene, State::is_unused)),
        equal("invalid: books, views", books.invalid, state(State::SnInvalid)),
        equal("encoded: books, views", books.encoded, in_state(scene, State::ever_encoded)),
        equal("commissioned_ever: books, views", books.commissioned_ever, ever),
        equal("commissioned_now: books, views", books.commissioned_now, state(State::Commissioned)),
        equal("label_scrapped: books, views", books.label_scrapped, state(State::LabelScrapped)),
        equal("label_sampled: books, views", books.label_sampled, state(State::LabelSampled)),
        equal("in_reject: books, views", books.in_reject, in_reject),
        equal("released: books, views", books.released, state(State::Released)),
        equal("sampled: books, views", books.sampled, state(State::Sampled)),
        equal("inactive: books, views", books.inactive, state(State::Inactive)),
        equal("destroyed: books, views", books.destroyed, state(State::Destroyed)),
        equal("line_commissioned: books, records", books.line_commissioned, records.line_exits),
        equal(
            "resolved_commissioned: books, records",
            books.resolved_commissioned,
            records.resolved_exits,
        ),
        equal("reworked: books, views", books.reworked, reworked),
    ]);
}

/// Books against `v_pack` and the records.
fn pack_terms(scene: &Scene<'_>, books: &Books, sums: &mut Vec<Sum>) {
    use Recorded as R;
    let (ledger, records) = (scene.ledger, &scene.ledger.records);
    let in_bin = |with_serial: bool| {
        count(&ledger.packs, |row| {
            let state = row.serial.as_deref().and_then(|s| ledger.serial(s)).map(|s| s.state);
            let live = state.is_some_and(State::ever_encoded);
            matches!(row.fate, R::Ejected | R::ResolvedEjected) && live == with_serial
        })
    };
    let equal = |name, left, right| Sum::new(name, left, right, 0);
    sums.extend([
        equal("in_process: books, views", books.in_process, has_fate(scene, &[R::InProcess])),
        equal("unresolved: books, views", books.unresolved, has_fate(scene, &[R::Unresolved])),
        equal("serials_in_reject_ever: books, views", books.serials_in_reject_ever, in_bin(true)),
        equal(
            "ejects_without_serial: books, views",
            books.ejects_without_serial,
            in_bin(false) + records.ejected_without_pack,
        ),
        equal("resolved_at_exit: books, records", books.resolved_at_exit, records.edges_given),
        equal(
            "retrieved_after_exit: books, records",
            books.retrieved_after_exit,
            records.edges_taken_back,
        ),
    ]);
}

/// Books against what truly happened.
fn counter_terms(scene: &Scene<'_>, serials: &Serials, books: &Books, sums: &mut Vec<Sum>) {
    let joined = &scene.joined;
    let fate = |wanted| count(&joined.packs, |pack| pack.truth.fate == wanted);
    let became = |fate, recorded| settled(scene, |f, r| f == fate && r == recorded);
    let (exited, retrieved) = (fate(Fate::Exited), fate(Fate::Retrieved));
    let (lost_out, lost_back) =
        (edges_lost(scene, Fate::Exited), edges_lost(scene, Fate::Retrieved));
    // Both its edges went with the line I/O's power, or two eyes did not see it.
    let lost_in_bin = count(&joined.packs, |pack| {
        let no_edge = !pack.entered_unseen() || pack.met_a_faulty_eye();
        pack.row.is_none() && pack.truth.fate == Fate::Ejected && no_edge
    });
    // The edge of a stranger there stood for a pack that the eye in the chute did not see.
    let in_bin = |wanted: &dyn Fn(&Pack<'_>) -> bool| {
        count(&joined.packs, |pack| pack.truth.fate == Fate::Ejected && wanted(pack))
    };
    let strangers = in_bin(&|pack| pack.row.is_none() && pack.entered_unseen());
    let missed_there = in_bin(&|pack| pack.row.is_some() && pack.met_a_faulty_eye());
    let lost_in_bin = lost_in_bin + strangers.min(missed_there);
    let packs = joined.packs.len() as i64;
    let seen = packs - joined.unseen as i64;
    let declared = books.infeed + books.declared_additions;
    let by_hand = fate(Fate::Removed)
        + became(Fate::Retrieved, Recorded::Removed)
        + became(Fate::OnBelt, Recorded::Removed)
        + count(&joined.packs, |p| p.entered_unseen() && p.truth.fate == Fate::Retrieved);
    // A label printed out of turn was commanded for no pack; it is printed all the same.
    let out_of_turn = |truth: &PackTruth| truth.faults.iter().any(|f| f == "duplicate_print");
    let labelled = count(&joined.packs, |p| p.truth.commanded.is_some() || out_of_turn(p.truth));
    let printed = books.labeler_printed + books.printed_undeclared - books.setup - books.challenge;
    // Taken back after it was commissioned: its edge stays a commissioned one.
    let taken_out = became(Fate::Retrieved, Recorded::Exited)
        + became(Fate::Retrieved, Recorded::ResolvedExited);
    let out = books.exit_edges - books.retrieved_after_exit;
    let bin = fate(Fate::Ejected) + became(Fate::Retrieved, Recorded::ResolvedEjected);
    sums.extend([
        Sum::new("infeed edges: books, truth", books.infeed, seen, joined.edges_lost as i64),
        Sum::new("infeed and additions: books, truth", declared, packs, joined.edges_lost as i64),
        Sum::new(
            "infeed less removals: books, truth",
            declared - books.declared_removals,
            packs - by_hand,
            lost_out + lost_in_bin,
        ),
        Sum::new(
            "exit_edges: books, truth",
            books.exit_edges,
            exited + retrieved,
            lost_out + lost_back,
        ),
        Sum::new("exit_net: books, truth", out, exited + taken_out, lost_out),
        Sum::new("confirmed_ejects: books, truth", books.confirmed_ejects, bin, lost_in_bin),
        Sum::new(
            "labeler_printed: books, truth",
            printed,
            labelled + serials.scrapped + serials.unapplied,
            serials.invalid_on_label,
        ),
    ]);
}

/// Packs of this fate that truly passed the exit eye without an edge in the ledger: the line I/O
/// lost its power, the simulator was started again, or the eye did not see one. While places are in
/// doubt the edge that is missing may be a neighbour's.
fn edges_lost(scene: &Scene<'_>, wanted: Fate) -> i64 {
    let of = |pack: &&Pack<'_>| pack.truth.fate == wanted;
    let without = |pack: &&Pack<'_>| {
        let track = pack.row.map(|row| row.track);
        let records = track.and_then(|track| scene.ledger.records.tracks.get(&track));
        records.is_some_and(|records| records.exit_edge == Some(false))
    };
    let runs = &scene.truth.runs;
    let restarted = |pack: &&Pack<'_>| {
        let mut faults = runs[pack.run].faults.iter();
        runs.len() > 1 || faults.any(|f| f.fault == "device_restart" && f.device == "line_io")
    };
    let packs = || scene.joined.packs.iter().filter(of);
    let powerless = packs().filter(without).filter(restarted).count() as i64;
    let bare = packs().filter(without).filter(|pack| !restarted(pack)).count() as i64;
    let came_out = |pack: &&Pack<'_>| matches!(pack.truth.fate, Fate::Exited | Fate::Retrieved);
    let out = scene.joined.packs.iter().filter(came_out);
    let missed = out.filter(|pack| pack.met_a_faulty_eye()).count() as i64;
    powerless + bare.min(missed)
}

/// The identities of domain.md section 4.
fn identities(books: &Books, sums: &mut Vec<Sum>) {
    let b = books;
    let exit_net = b.exit_edges - b.retrieved_after_exit;
    let equal = |name, left, right| Sum::new(name, left, right, 0);
    sums.extend([
        equal("allocated = returned + invalid + encoded", b.allocated, {
            b.returned + b.invalid + b.encoded
        }),
        equal(
            "encoded = commissioned_ever + label_scrapped + label_sampled + in_reject",
            b.encoded,
            b.commissioned_ever + b.label_scrapped + b.label_sampled + b.in_reject,
        ),
        equal("in_reject = 0", b.in_reject, 0),
        equal("unresolved = 0", b.unresolved, 0),
        equal("in_process = 0", b.in_process, 0),
        equal(
            "commissioned_ever = line_commissioned + reworked + resolved_commissioned",
            b.commissioned_ever,
            b.line_commissioned + b.reworked + b.resolved_commissioned,
        ),
        equal(
            "commissioned_ever = commissioned_now + released + sampled + inactive + destroyed",
            b.commissioned_ever,
            b.commissioned_now + b.released + b.sampled + b.inactive + b.destroyed,
        ),
        equal(
            "exit_net = line_commissioned + resolved_at_exit",
            exit_net,
            b.line_commissioned + b.resolved_at_exit,
        ),
        equal(
            "infeed + declared_additions = exit_net + confirmed_ejects + declared_removals",
            b.infeed + b.declared_additions,
            exit_net + b.confirmed_ejects + b.declared_removals + b.in_process,
        ),
        equal(
            "confirmed_ejects = serials_in_reject_ever + ejects_without_serial",
            b.confirmed_ejects,
            b.serials_in_reject_ever + b.ejects_without_serial,
        ),
        equal(
            "labeler_printed = encoded + invalid_but_printed + duplicate + setup + challenge",
            b.labeler_printed + b.printed_undeclared,
            b.encoded + b.invalid_but_printed + b.duplicate + b.setup + b.challenge,
        ),
    ]);
}
