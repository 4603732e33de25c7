//! What was read, as the numbers that a dialect speaks of.
//!
//! Used by the drivers of foreign devices. Must never take what is no number for one.

use super::{Facts, Value};
use profiles::dialect::{Meanings, Sums};

/// Gives words their numbers, adds up sums, and makes sure that `numbers` are such.
pub(crate) fn understand<'a>(
    facts: &mut Facts,
    numbers: impl Iterator<Item = &'a str>,
    meanings: &Meanings,
    sums: &Sums,
) -> Result<(), String> {
    for name in numbers {
        let value = facts.get(name).ok_or_else(|| format!("{name} was not told"))?;
        let shown = value.to_string();
        let number = match meanings.get(name) {
            Some(meaning) => meaning.number(&shown),
            None => value.number(),
        };
        let number = number.ok_or_else(|| unknown(name, &shown, meanings.contains_key(name)))?;
        facts.insert(name.to_owned(), Value::Number(number));
    }
    for (name, parts) in sums {
        let sum = parts.iter().map(|part| super::number(facts, part)).sum();
        facts.insert(name.clone(), Value::Number(sum));
    }
    Ok(())
}

fn unknown(name: &str, shown: &str, has_meaning: bool) -> String {
    let table = format!("[labeler.meanings.{name}]");
    if has_meaning {
        format!("{name} shows {shown:?}, which {table} does not name; add it there, or otherwise")
    } else {
        format!("{name} shows {shown:?}, which is no number; give it one in {table}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles::dialect::Meaning;

    #[test]
    fn words_get_numbers_and_sums_are_added() {
        let read = [("state", "Ready"), ("a", "007"), ("b", " 5 ")];
        let mut facts: Facts =
            read.map(|(name, text)| (name.to_owned(), Value::Text(text.to_owned()))).into();
        let ready = Meaning { numbers: [("Ready".to_owned(), 1)].into(), otherwise: None };
        let meanings = Meanings::from([("state".to_owned(), ready)]);
        let sums = Sums::from([("all".to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
        let numbers = ["state", "a", "b"];
        understand(&mut facts, numbers.into_iter(), &meanings, &sums).unwrap();
        assert_eq!(facts["state"], Value::Number(1));
        assert_eq!(facts["all"], Value::Number(12));

        facts.insert("state".to_owned(), Value::Text("Busy".to_owned()));
        let wrong = understand(&mut facts, numbers.into_iter(), &meanings, &sums).unwrap_err();
        assert!(wrong.contains("state shows \"Busy\", which [labeler.meanings.state]"), "{wrong}");
        let wrong = understand(&mut facts, ["state"].into_iter(), &Meanings::new(), &sums);
        assert!(wrong.unwrap_err().contains("no number"));
        let wrong = understand(&mut facts, ["c"].into_iter(), &Meanings::new(), &sums);
        assert_eq!(wrong, Err("c was not told".to_owned()));
    }
}
