//! Files that people write: device profiles, line, product, order, scenario, simulated line.

use super::text;
use crate::config::{ConfigError, LineFile, OrderFile, ProductFile, pin};
use crate::scenario::Scenario;
use crate::sim_config::SimConfig;
use codes::Expiry;
use miette::{GraphicalReportHandler, GraphicalTheme};
use profiles::Profile;

/// A line that is good, to try products on.
const LINE: &str = include_str!("../../../../config/line.toml");

/// Device profiles of every kind.
pub fn device_profile(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match Profile::load(text) {
        Ok(profile) => {
            let again = Profile::load(text).expect("once read, always read");
            assert_eq!((again.kind(), &again), (profile.kind(), &profile));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// `line.toml`: what is read is written and read back, and everything that is computed of it can
/// be computed.
pub fn line(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let line = match LineFile::parse("line.toml", text) {
        Ok(line) => line,
        Err(error) => return refused(&error, "line.toml", text),
    };
    let written = line.to_toml().expect("a checked line can be written");
    let again = LineFile::parse("again.toml", &written).expect("and read back");
    assert_eq!(again, line);
    let product = ProductFile::parse("p.toml", PRODUCT).expect("a good product");
    computed(&line, &product);
    for rate in [0.5, 10.0, 400.0] {
        if let Ok(faster) = line.scaled(rate) {
            computed(&faster, &product);
        }
    }
}

const PRODUCT: &str = include_str!("../../../../config/products/demo.toml");

/// Product recipes, and the line's share of their serials.
pub fn product(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let product = match ProductFile::parse("product.toml", text) {
        Ok(product) => product,
        Err(error) => return refused(&error, "product.toml", text),
    };
    let written = toml::to_string(&product).expect("a checked product can be written");
    assert_eq!(ProductFile::parse("again.toml", &written).expect("and read back"), product);
    let line = LineFile::parse("line.toml", LINE).expect("a good line");
    computed(&line, &product);
    let _ = (product.symbol_size(), product.national(), product.require_import());
    if let Ok(format) = product.line_format(&line.line_id) {
        assert!(format.space() > 0);
    }
    assert!(product.serial_format().is_ok(), "a checked recipe has a format");
    assert!(!product.part(&line.line_id).is_empty());
}

fn computed(line: &LineFile, product: &ProductFile) {
    let config = line.line_config(product);
    assert!(config.look_ahead > 0 && config.pack_counts > 0);
    assert!(
        config.labeler_counts <= config.gate_counts && config.gate_counts <= config.exit_counts
    );
    let _ = (line.figures(), line.budget());
    let pinned = pin(line, product, &[("camera", b"x")]).expect("checked files are pinned");
    let again = pin(line, product, &[("camera", b"x")]).expect("checked files are pinned");
    assert_eq!(pinned.hex(), again.hex());
}

/// Orders; an expired one is refused.
pub fn order(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let today = Expiry::from_ymd(2026, 11, 22).expect("a day");
    match OrderFile::parse("order.toml", text, today) {
        Ok(order) => {
            assert!(order.expiry >= today && order.target > 0 && order.serials >= order.target);
            assert!(order.serials as usize <= line_core::limits::ORDER_SERIALS_MAX);
            assert!((1..=20).contains(&order.batch.len()));
        }
        Err(error) => refused(&error, "order.toml", text),
    }
}

/// Scenarios of faults.
pub fn scenario(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match Scenario::from_toml(text) {
        Ok(scenario) => {
            let written = toml::to_string(&scenario).expect("a checked scenario can be written");
            assert_eq!(Scenario::from_toml(&written).expect("and read back"), scenario);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The simulated line's own file.
pub fn sim(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match SimConfig::from_toml(text) {
        Ok(config) => {
            assert!(config.speed_mm_s() > 0.0);
            let _ = config.at_rate(20.0).check();
            let written = toml::to_string(&config).expect("a checked file can be written");
            assert_eq!(SimConfig::from_toml(&written).expect("and read back"), config);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Every finding says what, where and what to do, in a place that the file has; it can be shown
/// as lines, as JSON and as marked text.
fn refused(error: &ConfigError, file: &str, text: &str) {
    assert!(!error.problems().is_empty(), "a refusal without a reason");
    for problem in error.problems() {
        assert!(!problem.what.is_empty() && !problem.remedy.is_empty(), "{problem}");
        assert!(problem.line <= text.matches('\n').count() + 1, "{problem}");
        assert!(problem.to_string().starts_with(file), "{problem}");
        assert!(problem.line > 0 || !problem.key.contains('['), "{problem}");
        assert!(serde_json::to_string(problem).is_ok());
        let mut shown = String::new();
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
        handler.render_report(&mut shown, problem).expect("shown");
    }
    assert!(error.to_string().lines().count() >= error.problems().len());
}
