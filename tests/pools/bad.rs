//! Every bad pool is refused with exit code 2, says what, where and what to do, and leaves nothing.

use crate::plant::Plant;
use crate::{CLAIM, HELD, Outcome, csv, load, numbers, serials, site_plant};

/// A pool that is not good: its name, what is in it, further words, and what must be told.
struct Bad {
    name: &'static str,
    file: &'static str,
    text: String,
    words: Vec<&'static str>,
    told: Vec<&'static str>,
}

fn bad(file: &'static str, text: String, told: &[&'static str]) -> Bad {
    Bad { name: file, file, text, words: CLAIM.to_vec(), told: told.to_vec() }
}

fn with_row(row: &str) -> String {
    csv(&serials(100, 12)) + row + "\n"
}

fn table() -> Vec<Bad> {
    let json = |more: &str| {
        let list: Vec<String> = serials(100, 12).iter().map(|s| format!("{s:?}")).collect();
        format!(
            "{{\"format\":1,\"gtin\":\"04150037528643\",{more}\"serials\":[{}]}}",
            list.join(",")
        )
    };
    let twice = "00000000000000000103";
    let alone = |name, mut bad: Bad| {
        bad.name = name;
        bad.words.clear();
        bad
    };
    vec![
        bad("twice.csv", with_row(twice), &["twice.csv:14:", twice, "line 5 already", "ask"]),
        bad(
            "used.csv",
            csv(&serials(0, 12)),
            &["used.csv:2:", "00000000000000000000", "batch GOOD-1", "never handed out", "2 more"],
        ),
        bad(
            "gtin.csv",
            format!("gtin;serial\n04150037528650;{twice}\n"),
            &["gtin.csv:2:", "04150037528650", "04150037528643", "take the pool of"],
        ),
        bad("letter.csv", with_row("0000000000000000000O"), &["letter.csv:14:", "'O'", "ask"]),
        bad("set.csv", with_row("0000000000000000000#"), &["set.csv:14:", "0000#", "ask"]),
        bad("long.csv", with_row("000000000000000000001"), &["long.csv:14:", "ask"]),
        bad("short.csv", with_row("0000"), &["short.csv:14:", "4 characters", "says 20"]),
        bad("empty.csv", String::new(), &["empty.csv: is empty", "header line"]),
        bad("few.csv", csv(&serials(100, 11)), &["few.csv: 11 serials", "need 12", "ask"]),
        bad(
            "header.csv",
            csv(&serials(100, 12)).replace("serial", "sn"),
            &["header.csv:1:", "\"sn\""],
        ),
        bad("broken.json", json("").replace(']', ""), &["broken.json:1:", "config schema pool"]),
        alone(
            "no claim",
            bad("claim.json", json("\"provider\":\"P\","), &["missing field `claim`"]),
        ),
        alone(
            "no claim",
            bad("claim.csv", csv(&serials(100, 12)), &["claim is missing", "--claim"]),
        ),
    ]
}

fn refuses(plant: &Plant, there: usize) -> Outcome {
    for Bad { name, file, text, words, told } in table() {
        plant.write(file, &text)?;
        let path = plant.text(file);
        let said = load(plant, "BAD-1", &[&["--pool", &path], &words[..]].concat())?;
        assert_eq!(said.code, 2, "{name}: {}", said.err);
        for part in told {
            assert!(said.err.contains(part), "{name}: {part:?} is not in {}", said.err);
        }
        assert_eq!(said.out, "", "{name}");
        assert_eq!(plant.orders()?.len(), there, "{name}: a refused order leaves nothing behind");
    }
    Ok(())
}

fn kept(plant: &Plant) -> Outcome<usize> {
    Ok(std::fs::read_dir(plant.path("data/pools"))?.count())
}

#[test]
fn bad_pools_are_refused_and_leave_nothing() -> Outcome {
    let plant = site_plant(3)?;
    plant.write("good.csv", &csv(&serials(0, 12)))?;
    let good = plant.text("good.csv");
    let pool = [&["--pool", good.as_str()], &CLAIM[..]].concat();
    assert_eq!(load(&plant, "GOOD-1", &pool)?.json()?["state"], "loaded");
    assert_eq!(plant.order(&["close", "GOOD-1"])?.code, 0);

    refuses(&plant, 1)?;
    let service = plant.start_service()?;
    refuses(&plant, 1)?;
    assert_eq!(kept(&plant)?, 1, "what was refused is not kept as evidence");
    drop(service);
    plant.write("next.csv", &csv(&serials(100, 12)))?;
    let next = plant.text("next.csv");
    let pool = [&["--pool", next.as_str()], &CLAIM[..]].concat();
    assert_eq!(load(&plant, "BAD-1", &pool)?.code, 0, "the batch id is still free");
    assert_eq!(numbers(&crate::export(&plant, "BAD-1", "allocated")?), serials(100, 12));
    assert_eq!(kept(&plant)?, 2);
    crate::intact(&plant)
}

#[test]
fn a_pool_beside_another_authority_is_refused() -> Outcome {
    let plant = Plant::new(3)?;
    plant.write("pool.csv", &csv(&serials(0, 12)))?;
    let path = plant.text("pool.csv");
    let pool = [&["--pool", path.as_str()], &CLAIM[..]].concat();
    let said = load(&plant, "B-1", &pool)?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["drawn by line LINE-1", "second authority", "without a pool"] {
        assert!(said.err.contains(part), "{part:?} is not in {}", said.err);
    }
    plant.edit("products/demo.toml", HELD, "holder = \"marketing_authorisation_holder\"")?;
    let said = load(&plant, "B-1", &[])?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["marketing authorisation holder", "two authorities", "--pool"] {
        assert!(said.err.contains(part), "{part:?} is not in {}", said.err);
    }
    assert!(plant.orders()?.is_empty());

    // 30^3 serials carry two.
    plant.edit("products/demo.toml", "length = 20", "length = 3")?;
    let three: Vec<String> = (0..12).map(|n| format!("{n:03}")).collect();
    plant.write("pool.csv", &csv(&three))?;
    let said = load(&plant, "B-1", &pool)?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["27000", "12 more", "Art. 4(c)", "agree on longer"] {
        assert!(said.err.contains(part), "{part:?} is not in {}", said.err);
    }
    assert!(plant.orders()?.is_empty());
    Ok(())
}

#[test]
fn words_that_do_not_go_together_are_refused() -> Outcome {
    let plant = site_plant(3)?;
    plant.write("pool.csv", &csv(&serials(0, 12)))?;
    let path = plant.text("pool.csv");
    let (provider, claim) = (["--provider", "P"], ["--claim", "c"]);
    for (words, told) in [
        (&["--pool", &path, "--from-returned"][..], "cannot be used with"),
        (&[provider, claim].concat()[..], "--pool FILE"),
        (&["--from-returned"][..], "0 serials"),
        (&["--pool", "nowhere.csv", "--provider", "P", "--claim", "c"][..], "nowhere.csv"),
    ] {
        let said = load(&plant, "B-1", words)?;
        assert_eq!(said.code, 2, "{words:?}: {}", said.err);
        assert!(said.err.contains(told), "{words:?}: {}", said.err);
    }
    plant.edit("order.toml", "batch =", "pool = \"pool.csv\"\nbatch =")?;
    let said = load(&plant, "B-1", &["--pool", &path, "--provider", "P", "--claim", "c"])?;
    assert!(said.code == 2 && said.err.contains("names its pool itself"), "{}", said.err);
    assert_eq!(load(&plant, "B-1", &CLAIM)?.code, 0);
    Ok(())
}
