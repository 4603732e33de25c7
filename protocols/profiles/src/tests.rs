//! The committed profiles load; every kind of mistake is refused in words that name it.

use super::*;

const LABELER: &str = include_str!("../../../config/devices/labeler-modbus.toml");
const LINE_IO: &str = include_str!("../../../config/devices/line-io-modbus.toml");
const CAMERA: &str = include_str!("../../../config/devices/camera-opcua.toml");
const STATION_MODBUS: &str = include_str!("../../../config/devices/station-modbus.toml");
const STATION_OPCUA: &str = include_str!("../../../config/devices/station-opcua.toml");

#[test]
fn committed_profiles_load() {
    let table = [
        (LABELER, Kind::LabelerModbus),
        (LINE_IO, Kind::LineIoModbus),
        (CAMERA, Kind::CameraOpcua),
        (STATION_MODBUS, Kind::StationModbus),
        (STATION_OPCUA, Kind::StationOpcua),
    ];
    for (text, kind) in table {
        assert_eq!(Profile::load(text).unwrap().kind(), kind);
    }
}

#[test]
fn mistakes_are_named() {
    let table = [
        (LABELER.replace("format = 1", "format = 9"), "format is 9, this program reads format 1"),
        (LABELER.replace("labeler-modbus\"", "labeler-zpl\""), "unknown variant `labeler-zpl`"),
        (LABELER.replace("unit_id", "unit"), "unknown field `unit`"),
        (LABELER.replace("unit_id = 1", ""), "missing field `unit_id`"),
        (LABELER.replace("unit_id = 1", "unit_id = 256"), "invalid value: integer `256`"),
        (LINE_IO.replace("= 1000", "= 65500"), "status_address begins at 65500"),
        (LINE_IO.replace("= 1000", "= 100"), "command_address and status_address overlap"),
        (CAMERA.replace("\"GetImage\"", "\"\""), "methods.get_image is empty"),
        (STATION_MODBUS.replace("= 1000", "= 65500"), "status_address begins at 65500"),
        (STATION_MODBUS.replace("= 1000", "= 7"), "command_address and status_address overlap"),
        (STATION_OPCUA.replace("\"SetRecipe\"", "\"\""), "methods.set_recipe is empty"),
        ("kind =".to_owned(), "TOML parse error at line 1"),
    ];
    for (text, expected) in table {
        let found = Profile::load(&text).unwrap_err().to_string();
        assert!(found.contains(expected), "{expected:?} not in {found:?}");
    }
}

#[test]
fn a_profile_of_another_kind_is_refused() {
    let expected = ProfileError::Kind { expected: Kind::LabelerModbus, found: Kind::LineIoModbus };
    assert_eq!(LabelerModbus::load(LINE_IO), Err(expected));
}

#[test]
fn a_station_speaks_either_protocol_and_nothing_else_is_one() {
    let load = StationProfile::load;
    assert!(matches!(load(STATION_MODBUS), Ok(StationProfile::Modbus(_))));
    assert!(matches!(load(STATION_OPCUA), Ok(StationProfile::Opcua(_))));
    let expected = ProfileError::Kind { expected: Kind::StationModbus, found: Kind::CameraOpcua };
    assert_eq!(load(CAMERA), Err(expected));
}
