//! What people do on an order's way, as signed acts that nobody has proven.
//!
//! Part of the tests' common ground. Must never leave out a signature that the table of acts wants.

use super::{GTIN, hex, loaded, mixed, now, serials, spec};
use ledger::{
    BatchNo, ClearanceItem, ConfigurationRef, DeviceChecked, DevicesChecked, Finding, Ledger,
    Meaning, RecipeRef, Signed, TakenAs, Taking, Workflow,
};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use sha2::{Digest, Sha256};

/// A signature that nobody has proven.
pub fn signed(who: &str, meaning: Meaning) -> Signed {
    Signed::unproven(who, meaning, "test", "a test")
}

/// Performed by one, then `second` by another.
pub fn two(second: Meaning) -> [Signed; 2] {
    [signed("olga", Meaning::Performed), signed("quentin", second)]
}

/// A version of the product's recipe, drafted and approved.
pub fn recipe(ledger: &mut Ledger, text: &str) -> RecipeRef {
    let gtin = GTIN.parse().unwrap();
    let author = signed("erik", Meaning::Performed);
    let version = ledger.draft_recipe(now(1), gtin, text, &author).unwrap();
    let persons = [signed("sara", Meaning::Approved), signed("quentin", Meaning::Approved)];
    ledger.approve_recipe(now(1), gtin, version, &persons).unwrap();
    RecipeRef { version, sha256: hex(&Sha256::digest(text)) }
}

/// The line's configuration in force: proposed from an order's, and released.
pub fn configuration(ledger: &mut Ledger, config: &[u8]) -> ConfigurationRef {
    let text = ledger::configuration_text(config).unwrap();
    let version = ledger.draft_configuration(now(1), &text, ("erik", "engineer")).unwrap();
    ledger.release_configuration(now(1), version, &two(Meaning::Approved)).unwrap();
    ConfigurationRef { version, sha256: hex(&Sha256::digest(text)) }
}

/// A device check that passes.
pub fn checked() -> DevicesChecked {
    let device = DeviceChecked {
        device: "labeler".into(),
        recipe: Some("demo".into()),
        expected_hash: Some("00".into()),
        echoed_hash: Some("00".into()),
        matches: true,
        link: true,
        security: None,
    };
    let (who, role, gate) = ("olga".into(), "operator".into(), "reject".into());
    DevicesChecked { devices: vec![device], pool_left: 20, gate, passed: true, who, role }
}

pub fn item() -> ClearanceItem {
    ClearanceItem { item: "no packs of the batch before".into(), done: true }
}

/// Everything that comes before the start of a loaded order, but for the challenge.
pub fn ready(ledger: &mut Ledger, no: BatchNo) {
    ledger.clear_line(now(4), no, (&[item()], ""), &two(Meaning::Reviewed)).unwrap();
    ledger.check_devices(now(5), no, &checked()).unwrap();
    ledger.sign_start(now(6), no, &signed("olga", Meaning::Performed)).unwrap();
}

/// Loads a batch whose workflow needs everything but a first pack, from a recipe on record, and
/// makes it ready to start.
pub fn worked(ledger: &mut Ledger, batch: &str) -> BatchNo {
    let mut order = spec(batch, 12);
    order.workflow = Workflow { first_pack: false, ..Workflow::required(Vec::new()) };
    order.recipe = Some(recipe(ledger, "revision = 1"));
    order.configuration = Some(configuration(ledger, &order.config_bytes));
    let no = loaded(ledger, &order, 20);
    ready(ledger, no);
    no
}

/// As `mixed_batch`, with a workflow; its rejects are not reviewed.
pub fn worked_batch(ledger: &mut Ledger, batch: &str) -> BatchNo {
    let no = worked(ledger, batch);
    mixed(ledger, no);
    no
}

/// Reviews the rejects of a mixed batch, one of them twice; a pack is resolved once more, and the
/// recipe is followed by another.
pub fn reviewed(ledger: &mut Ledger, no: BatchNo) {
    let sara = signed("sara", Meaning::Reviewed);
    let reviews = [(&[6, 7, 8][..], Finding::Confirmed), (&[7][..], Finding::Deviation)];
    for (tracks, finding) in reviews {
        ledger.review_rejects(now(850), no, (tracks, finding, "seen"), &sara).unwrap();
    }
    let olga = signed("olga", Meaning::Performed);
    ledger.ask_resolve(now(851), no, (TrackIndex(9), Resolution::Exited), &olga).unwrap();
    let (gtin, author) = (GTIN.parse().unwrap(), signed("erik", Meaning::Performed));
    let next = ledger.draft_recipe(now(852), gtin, "revision = 2", &author).unwrap();
    let quentin = signed("quentin", Meaning::Approved);
    ledger.retire_recipe(now(852), gtin, next - 1, &quentin).unwrap();
}

fn signed_take(taken: TakenAs) -> Vec<Signed> {
    match taken {
        TakenAs::FirstPack => two(Meaning::Approved).to_vec(),
        TakenAs::Sample | TakenAs::Removal | TakenAs::Label => {
            vec![signed("olga", Meaning::Performed)]
        }
    }
}

/// A serial of `mixed_batch` taken by a person.
pub fn taking(batch: &str, n: usize, taken: TakenAs) -> Taking {
    Taking { serial: serials(&batch.replace('-', ""), n, 1)[0], taken, signed: signed_take(taken) }
}
