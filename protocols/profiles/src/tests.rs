//! The committed profiles load; every kind of mistake is refused in words that name it.

use super::*;

const LABELER: &str = include_str!("../../../config/devices/labeler-modbus.toml");
const LABELER_OPCUA: &str = include_str!("../../../config/devices/labeler-opcua.toml");
const REGISTERS: &str = include_str!("../../../config/devices/labeler-registers.toml");
const VARIABLES: &str = include_str!("../../../config/devices/labeler-variables.toml");
const METHODS: &str = include_str!("../../../config/devices/labeler-methods.toml");
const ZPL: &str = include_str!("../../../config/devices/labeler-zpl.toml");
const TEXT: &str = include_str!("../../../config/devices/labeler-text.toml");
const LINE_IO: &str = include_str!("../../../config/devices/line-io-modbus.toml");
const GPIO: &str = include_str!("../../../config/devices/line-io-gpio.toml");
const CAMERA: &str = include_str!("../../../config/devices/camera-opcua.toml");
const STATION_MODBUS: &str = include_str!("../../../config/devices/station-modbus.toml");
const STATION_OPCUA: &str = include_str!("../../../config/devices/station-opcua.toml");

#[test]
fn committed_profiles_load() {
    let table = [
        (LABELER, Kind::LabelerModbus),
        (LABELER_OPCUA, Kind::LabelerOpcua),
        (REGISTERS, Kind::LabelerRegisters),
        (VARIABLES, Kind::LabelerNodes),
        (METHODS, Kind::LabelerNodes),
        (ZPL, Kind::LabelerText),
        (TEXT, Kind::LabelerText),
        (LINE_IO, Kind::LineIoModbus),
        (GPIO, Kind::LineIoGpio),
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
        (LABELER_OPCUA.replace("\"Flush\"", "\"\""), "methods.flush is empty"),
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
fn mistakes_in_a_foreign_labeler_are_named() {
    let table = [
        (REGISTERS.replace("{serial}", "{lot}"), "no place for {serial}"),
        (REGISTERS.replace("slots = 1", "slots = 0"), "slots is 0, use 1 to 64"),
        (REGISTERS.replace("\"printed\"", "\"labels\""), "labels is named in [labeler]"),
        (REGISTERS.replace("address = 107", "address = 106"), "lie at the same place"),
        (REGISTERS.replace("bit = 0 }", "bit = 16 }"), "bit is beyond 15"),
        (REGISTERS.replace("\"job_strobe\"", "\"ready\""), "ready is written, and lies where"),
        (REGISTERS.replace("slots = 1", "slots = 1\npace = { cycle_ms = 0 }"), "pace.cycle_ms"),
        (
            VARIABLES.replace("[labeler.meanings.state]", "[labeler.meanings.x]"),
            "state: it is read",
        ),
        (VARIABLES.replace("/Printer/Job/Taken", "/Printer//Taken"), "between its slashes"),
        (VARIABLES.replace("s=Printer.Label.Lot", "Printer.Label.Lot"), "is no node: use s=NAME"),
        (METHODS.replace("method = \"stop\"", "method = \"halt\""), "no methods.halt"),
        (METHODS.replace("{ result = [", "{ answer = ["), "answer: it is named in good"),
        (METHODS.replace("name = \"serial\"", "name = \"code\""), "print, code: it takes this"),
        (ZPL.replace("method = \"cancel_all\"", "method = \"drop\""), "no messages.drop"),
        (ZPL.replace("SN {serial}", "SN"), "label, serial: the action writes this"),
        (ZPL.replace("SN {serial}", "SN {serial}{lot}"), "two places without a text"),
        (ZPL.replace("{/national}", ""), "a part from {#name} must end"),
        (ZPL.replace("\\u0003\\r\\n", ""), "reply_frame.ends is empty"),
        (TEXT.replace("{total}", "{_}"), "total: no reply to a message of polls"),
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
fn mistakes_in_the_wiring_are_named() {
    let gate_kinds = "kind = \"pass-gate\"";
    let table = [
        ("pin = 17", "pin = 40", "eyes.infeed is on BCM 40, use BCM 2 to 27"),
        ("pin = 17", "pin = 1", "eyes.infeed is on BCM 1, use BCM 2 to 27"),
        ("pin = 27", "pin = 17", "eyes.infeed and eyes.camera_eye are both on BCM 17"),
        ("infeed = { pin = 17", "outfeed = { pin = 17", "unknown field `outfeed`"),
        ("infeed = { pin = 17,", "infeed = {", "missing field `pin`"),
        ("pull = \"up\"", "pull = \"both\"", "unknown variant `both`"),
        ("\"quadrature\"", "\"single\"", "encoder.b has a pin: a single encoder has channel a"),
        ("b = {", "# b = {", "encoder.b has no pin: a quadrature encoder has two channels"),
        ("eyes_us = 300", "eyes_us = 30000", "debounce.eyes_us is 30000, use 0 to 10000"),
        (gate_kinds, "kind = \"pulse\"", "expected `delay_counts` or `pulse_ms`"),
        ("open_counts_max = 1250", "open_counts_max = 0", "gate.open_counts_max is 0, use 1 to"),
    ];
    for (good, bad, expected) in table {
        assert!(GPIO.contains(good), "{good:?} is not in the profile");
        let found = LineIoGpio::load(&GPIO.replacen(good, bad, 1)).unwrap_err().to_string();
        assert!(found.contains(expected), "{expected:?} not in {found:?}");
    }
}

#[test]
fn every_pin_of_the_header_can_be_used_once() {
    let profile = LineIoGpio::load(GPIO).unwrap();
    let pins = profile.inputs().len() + profile.outputs().len();
    assert_eq!(pins, 26, "the example wires all that the contract knows");
}

#[test]
fn a_station_speaks_either_protocol_and_nothing_else_is_one() {
    let load = StationProfile::load;
    assert!(matches!(load(STATION_MODBUS), Ok(StationProfile::Modbus(_))));
    assert!(matches!(load(STATION_OPCUA), Ok(StationProfile::Opcua(_))));
    let expected = ProfileError::Kind { expected: Kind::StationModbus, found: Kind::CameraOpcua };
    assert_eq!(load(CAMERA), Err(expected));
}
