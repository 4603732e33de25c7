//! Signed acts of the reference batch; nobody has proven who signed.
//!
//! Must never depend on the clock.

use ledger::{DeviceChecked, DevicesChecked, Meaning, Signed};

pub fn signed(who: &str, meaning: Meaning) -> Signed {
    Signed::unproven(who, meaning, "test", "as the script says")
}

pub fn two(second: Meaning) -> [Signed; 2] {
    [signed("olga", Meaning::Performed), signed("quinn", second)]
}

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
    DevicesChecked { devices: vec![device], pool_left: 1, gate, passed: true, who, role }
}
