//! Profile kind and endpoint of the line I/O choose how it is spoken to; a pair that does not fit
//! says what to write.

use super::*;

const LINE: &str = include_str!("../../../../config/line.toml");
const MODBUS: &str = "devices/line-io-modbus.toml";
const GPIO: &str = "devices/line-io-gpio.toml";

/// A line whose line I/O has this endpoint and profile.
fn setup(endpoint: &str, profile: &str) -> Setup {
    let text = LINE.replace("127.0.0.1:15020", endpoint).replace(MODBUS, profile);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.toml");
    std::fs::write(&file, text).unwrap();
    let mut setup = Setup::read(&file).unwrap();
    setup.directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    setup
}

#[test]
fn profile_and_endpoint_choose_the_line_io() {
    let at = |endpoint, profile| setup(endpoint, profile).profiles().unwrap().devices.line_io;
    let LineIoLink::Modbus(modbus) = at("10.0.0.7:502", MODBUS) else { panic!("not Modbus") };
    assert_eq!((modbus.endpoint.address.as_str(), modbus.timeout_ms), ("10.0.0.7:502", 100));
    let LineIoLink::Gpio(gpio) = at("gpio", GPIO) else { panic!("not GPIO") };
    // line.toml: gate 800, exit 920, chute 80, windows 40 mm; 0.1 mm a count.
    assert_eq!(gpio.exit, Window { distance_counts: 1_200, half_counts: 400 });
    assert_eq!(gpio.confirm, Window { distance_counts: 800, half_counts: 400 });
    assert_eq!(gpio.heartbeat_ms_max, 250);
}

#[test]
fn a_pair_that_does_not_fit_says_what_to_write() {
    let table = [
        ("gpio", MODBUS, ["the profile is for Modbus TCP", "write HOST:PORT"]),
        ("10.0.0.7:502", GPIO, ["the profile is for pins", "write \"gpio\""]),
        ("gpio", "devices/camera-opcua.toml", ["kind is camera-opcua", "line-io-gpio"]),
    ];
    for (endpoint, profile, parts) in table {
        let error = setup(endpoint, profile).profiles().map(drop).unwrap_err();
        let text = error.problems().iter().map(ToString::to_string).collect::<String>();
        let help = format!("{:?}", error.problems());
        for part in parts {
            assert!(text.contains(part) || help.contains(part), "{part:?} not in {help}");
        }
    }
}
