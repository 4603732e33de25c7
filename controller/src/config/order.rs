//! Order files, `config/orders/*.toml`: one batch.
//!
//! Read when an order is loaded. Must never look at a clock: the day is an argument.

use super::errors::{ConfigError, Finding};
use super::parse;
use codes::{Expiry, Gtin, Lot};
use line_core::limits::ORDER_SERIALS_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const BATCH_BYTES_MAX: usize = 20;
const SECONDS_PER_DAY: i64 = 86_400;

/// An order as people write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderFile {
    /// Name of the batch in this ledger: 1 to 20 of A-Z, a-z, 0-9, `-` and `_`.
    pub batch: String,
    /// Product code, 14 digits.
    pub gtin: String,
    /// Lot as printed: 1 to 20 characters of GS1 character set 82.
    pub lot: String,
    /// Expiry date, `YYYY-MM-DD` or `YYMMDD`.
    pub expiry: String,
    /// Good packs wanted.
    pub target: u32,
    /// Serials on top of the target for rejects, in percent of it.
    pub overage_percent: f64,
    /// Warn when fewer serials are left.
    pub low_pool_warning: u32,
    /// What becomes of serials that were never dispatched.
    pub return_policy: ReturnPolicy,
    /// File with the serials (CSV or JSON), relative to this one, where they come from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// What becomes of serials that were never dispatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnPolicy {
    /// Given back to the provider: Unallocated, used here again only when imported again.
    #[serde(rename = "return_to_provider", alias = "returned")]
    Returned,
    /// Kept for a later order of the product on this line: Unallocated.
    Unallocate,
    /// Never used: SNInvalid.
    Invalid,
}

/// An order whose values have been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Name of the batch in this ledger.
    pub batch: String,
    /// Product code.
    pub gtin: Gtin,
    /// Lot.
    pub lot: Lot,
    /// Expiry date.
    pub expiry: Expiry,
    /// Good packs wanted.
    pub target: u32,
    /// Serials to allocate: target and overage.
    pub serials: u32,
    /// Warn when fewer serials are left.
    pub low_pool_warning: u32,
    /// What becomes of serials that were never dispatched.
    pub return_policy: ReturnPolicy,
    /// File with the serials, as the order names it.
    pub pool: Option<String>,
}

impl OrderFile {
    /// Reads and checks the text of `file`; an order that has expired on the day `today` is
    /// refused.
    ///
    /// # Errors
    /// [`ConfigError`] with every finding.
    pub fn parse(file: &str, text: &str, today: Expiry) -> Result<Order, ConfigError> {
        let order: Self = parse(file, text)?;
        order.check(today).map_err(|findings| ConfigError::new(file, text, findings))
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(&self, today: Expiry) -> Result<Order, Vec<Finding>> {
        let mut found = self.findings();
        let gtin = self.gtin.parse::<Gtin>().map_err(|error| {
            let remedy = "give 14 digits whose last is the check digit (modulo 10, weights 3, 1)";
            found.push(Finding::new("gtin", error.to_string(), remedy));
        });
        let lot = self.lot.parse::<Lot>().map_err(|error| {
            let remedy = "use 1 to 20 characters of GS1 character set 82";
            found.push(Finding::new("lot", error.to_string(), remedy));
        });
        let expiry = self.expiry_date(today).map_err(|finding| found.push(finding));
        match (gtin, lot, expiry) {
            (Ok(gtin), Ok(lot), Ok(expiry)) if found.is_empty() => Ok(Order {
                batch: self.batch.clone(),
                gtin,
                lot,
                expiry,
                target: self.target,
                serials: self.serials() as u32,
                low_pool_warning: self.low_pool_warning,
                return_policy: self.return_policy,
                pool: self.pool.clone(),
            }),
            _ => Err(found),
        }
    }

    /// Target and overage.
    fn serials(&self) -> f64 {
        let target = f64::from(self.target);
        target + (target * self.overage_percent / 100.0).ceil()
    }

    fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let batch = &self.batch;
        let plain = batch.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if batch.is_empty() || batch.len() > BATCH_BYTES_MAX || !plain {
            let what = format!("{batch:?} is not a batch name");
            found.push(Finding::new("batch", what, "use 1 to 20 of A-Z, a-z, 0-9, - and _"));
        }
        if self.target == 0 {
            found.push(Finding::new("target", "no pack is wanted", "use 1 or more"));
        }
        found.extend(super::checks::outside("overage_percent", self.overage_percent, 0.0, 1_000.0));
        let serials = self.serials();
        if serials > ORDER_SERIALS_MAX as f64 {
            let what = format!(
                "{} packs and {} % overage need {serials:.0} serials, an order holds at most \
                 {ORDER_SERIALS_MAX}",
                self.target, self.overage_percent
            );
            found.push(Finding::new("target", what, "split the order"));
        }
        found
    }

    fn expiry_date(&self, today: Expiry) -> Result<Expiry, Finding> {
        let remedy = "use a day as YYYY-MM-DD or YYMMDD; day 00 is forbidden";
        let refuse = |what: String| Finding::new("expiry", what, remedy);
        let text = self.expiry.as_str();
        let date = match text.split('-').collect::<Vec<_>>()[..] {
            [year, month, day] if year.len() == 4 => {
                let number = |part: &str| part.parse::<u16>().ok();
                let small = |part: &str| part.parse::<u8>().ok();
                let (Some(year), Some(month), Some(day)) = (number(year), small(month), small(day))
                else {
                    return Err(refuse(format!("{text:?} is not a date")));
                };
                Expiry::from_ymd(year, month, day)
            }
            _ => Expiry::from_yymmdd(text.as_bytes(), today.year()),
        };
        let date = date.map_err(|error| refuse(error.to_string()))?;
        if date.year().abs_diff(today.year()) > 49 {
            let what = format!("{date} is too far from {today} for two digits of the year");
            return Err(refuse(what));
        }
        if date < today {
            let what = format!("the product expired on {date}, today is {today}");
            return Err(Finding::new("expiry", what, "correct the date, or do not pack it"));
        }
        Ok(date)
    }
}

/// The day (UTC) of a Unix time in seconds; `None` outside the years 1900 to 2199.
#[must_use]
pub fn date_of_unix(seconds: i64) -> Option<Expiry> {
    // Days to date in the proleptic Gregorian calendar, years from 1 March (H. Hinnant).
    let days = seconds.div_euclid(SECONDS_PER_DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let year = u16::try_from(year).ok()?;
    Expiry::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}
