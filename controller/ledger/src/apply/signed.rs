//! The signatures of an act as the chain has them, held against the table of acts.
//!
//! Called for every signed event, by the writer and by `verify`. Must never accept a signature that
//! does not stand directly before its act: so none is used twice, and none was given for another.

use super::Place;
use crate::act::{Act, OnePerson, hold};
use crate::error::{Fail, forbidden};
use crate::ledger_body::TwoPersons;
use crate::terms::Meaning;
use rusqlite::{OptionalExtension, params};

/// An act of one person.
pub(super) fn alone(
    at: &Place<'_>,
    act: Act,
    by: &OnePerson,
    done_by: &[String],
) -> Result<(), Fail> {
    persons(at, act, &[(&by.who, by.signature_seq)], done_by)
}

/// An act of two persons.
pub(super) fn by_two(at: &Place<'_>, act: Act, by: &TwoPersons) -> Result<(), Fail> {
    let claims = [(by.who.as_str(), by.signature_seq), (&by.second, by.second_signature_seq)];
    persons(at, act, &claims, &[])
}

/// Who is said to have signed, and where: each signature is there, of that person, for this act,
/// in the events directly before this one.
pub(super) fn persons(
    at: &Place<'_>,
    act: Act,
    claims: &[(&str, i64)],
    done_by: &[String],
) -> Result<(), Fail> {
    let what = |why: &str| forbidden(format!("{} {why}", act.name()));
    if at.batch_no == 0 && !act.is_of_the_site() || at.batch_no != 0 && act.is_of_the_site() {
        return what("in a chain where it does not belong");
    }
    let mut given = Vec::with_capacity(claims.len());
    for ((who, seq), place) in claims.iter().zip((at.seq - claims.len() as i64)..) {
        let Some(found) = signature(at, *seq)?.filter(|_| *seq == place) else {
            return what("without its signatures directly before it");
        };
        let own = found.subject.split(' ').next() == Some(act.name());
        if found.who != *who || found.authenticated && !own {
            return what("with a signature of somebody else, or for something else");
        }
        given.push((*who, found.meaning));
    }
    match hold(act, &given, done_by) {
        Ok(()) => Ok(()),
        Err(fault) => what(&format!("is signed {}: {fault}", act.signing())),
    }
}

struct Found {
    who: String,
    meaning: Meaning,
    subject: String,
    authenticated: bool,
}

fn signature(at: &Place<'_>, seq: i64) -> Result<Option<Found>, Fail> {
    let mut select = at.conn.prepare_cached(
        "SELECT who, meaning, subject, authenticated FROM signature WHERE seq = ?1 AND chain = ?2",
    )?;
    let found = select.query_row(params![seq, at.chain], |row| {
        let meaning: String = row.get(1)?;
        Ok(Meaning::from_name(&meaning)
            .map(|meaning| (row.get(0), meaning, row.get(2), row.get(3))))
    });
    let Some((who, meaning, subject, authenticated)) = found.optional()?.flatten() else {
        return Ok(None);
    };
    Ok(Some(Found { who: who?, meaning, subject: subject?, authenticated: authenticated? }))
}
