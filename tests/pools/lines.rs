//! Fault 21: two lines, one product. Disjoint by construction, refused without a share.

use crate::plant::Plant;
use crate::{HELD, Outcome, export, intact, load, numbers};
use std::collections::HashSet;

const SHARES: &str = "holder = \"partitions\"\n\
     lines = { LINE-1 = \"02468ACEGK\", LINE-2 = \"13579BDFHMN\" }";

fn line(id: &str, held: &str) -> Outcome<Plant> {
    let plant = Plant::new(100)?;
    plant.edit("line.toml", "line_id = \"LINE-1\"", &format!("line_id = \"{id}\""))?;
    plant.edit("products/demo.toml", HELD, held)?;
    Ok(plant)
}

#[test]
fn two_lines_draw_serials_of_one_product() -> Outcome {
    let lines = [(line("LINE-1", SHARES)?, "02468ACEGK"), (line("LINE-2", SHARES)?, "13579BDFHMN")];
    let mut all = HashSet::new();
    for order in 1..=4 {
        for (plant, share) in &lines {
            let batch = format!("B-{order}");
            assert_eq!(load(plant, &batch, &[])?.json()?["state"], "loaded");
            let drawn = numbers(&export(plant, &batch, "allocated")?);
            assert_eq!(drawn.len(), 400);
            for serial in drawn {
                assert!(serial.starts_with(|c| share.contains(c)), "{serial} is not of {share}");
                assert!(all.insert(serial.clone()), "{serial} was drawn twice");
            }
            assert_eq!(plant.order(&["close", &batch])?.code, 0);
        }
    }
    assert_eq!(all.len(), 2 * 4 * 400);
    let (plant, _) = &lines[0];
    // A line's share stays: what it gave up, another line would draw again.
    for (from, to) in [("02468ACEGK", "02468ACE"), ("02468ACE\"", "02468ACEP\"")] {
        plant.edit("products/demo.toml", from, to)?;
        let said = load(plant, "B-9", &[])?;
        assert_eq!(said.code, 2, "{}", said.err);
        for part in ["first 02468ACEGK", "keep the line's part"] {
            assert!(said.err.contains(part), "{part:?} is not in {}", said.err);
        }
    }
    assert_eq!(plant.orders()?.len(), 4);
    intact(plant)
}

#[test]
fn a_line_without_a_share_draws_nothing() -> Outcome {
    let plant = line("LINE-3", SHARES)?;
    let said = load(&plant, "B-1", &[])?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["LINE-1, LINE-2", "LINE-3 has no share", "that no line has had"] {
        assert!(said.err.contains(part), "{part:?} is not in {}", said.err);
    }
    assert!(plant.orders()?.is_empty());
    let plant = line("LINE-1", &SHARES.replace("13579", "03579"))?;
    let said = load(&plant, "B-1", &[])?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["LINE-1 and LINE-2", "'0'", "give each character to one line"] {
        assert!(said.err.contains(part), "{part:?} is not in {}", said.err);
    }
    // The guess rule counts the share's space: 1 x 30^3 serials of length 4 carry two.
    let one = "holder = \"partitions\"\nlines = { LINE-1 = \"A\" }";
    let plant = line("LINE-1", one)?;
    plant.edit("products/demo.toml", "length = 20", "length = 4")?;
    let said = load(&plant, "B-1", &[])?;
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("has 27000"), "{}", said.err);
    Ok(())
}
