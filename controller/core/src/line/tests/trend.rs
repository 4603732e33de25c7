//! The trend of the in-line grade as the line records it: once when it nears the limit, and never
//! in a trial.

use super::fixture::Rig;
use super::pack::Pack;
use crate::grade_trend::GradeParameter;
use crate::line_config::LineConfig;
use crate::record::RecordBody;
use contracts::camera::{InLineGrade, ReadStatus};
use contracts::packml::UnitMode;

fn worn(contrast: u8) -> Pack {
    let mut parameters = [40; 7];
    parameters[0] = contrast;
    Pack::good().altered(move |r| r.grade = InLineGrade { overall: contrast, parameters })
}

fn told(rig: &Rig) -> Vec<RecordBody> {
    rig.records().filter(|b| matches!(b, RecordBody::GradeTrend { .. })).copied().collect()
}

#[test]
fn a_trend_is_recorded_once_while_every_pack_still_passes() {
    let mut rig = Rig::running();
    rig.run(&vec![worn(40); 34]);
    assert_eq!(told(&rig), []);
    rig.run(&vec![worn(17); 120]);
    let [RecordBody::GradeTrend { parameter, mean, limit, raised }] = told(&rig)[..] else {
        panic!("{:?}", told(&rig));
    };
    assert_eq!((parameter, limit, raised), (GradeParameter::SymbolContrast, 15, true));
    assert!((15..20).contains(&mean), "{mean}: before the limit");
    assert_eq!(rig.line.line_commissioned(), 154, "it decides nothing");
    rig.run(&vec![worn(22); 60]);
    assert_eq!(told(&rig).len(), 1, "not well again before it has some distance");
    rig.run(&vec![worn(40); 60]);
    assert_eq!(told(&rig).len(), 2, "and once when it is well again");
}

#[test]
fn prepared_packs_have_no_trend() {
    let config =
        LineConfig { mode: UnitMode::Challenge, consecutive_rejects_max: 500, ..super::config() };
    let mut rig = Rig::running_with(config);
    let decoded = worn(17).altered(|r| {
        r.status = ReadStatus::Decoded;
        r.grade = InLineGrade { overall: 17, parameters: [17; 7] };
    });
    rig.run(&vec![decoded; 40]);
    assert_eq!(told(&rig), []);
}
