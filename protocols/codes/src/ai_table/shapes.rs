//! Forms of data fields that several AIs share.
//!
//! Used by the rows of the table only. Must hold data and nothing else.

use super::component::Rule::{
    CheckDigit, CompanyPrefix, Country, CountryAlpha2, Currency, Date, DateDayZero, HourMinute,
    Hyphen, PercentEncoded, PieceOfTotal, YesNo,
};
use super::component::{Component, n, n_to, x, x_to};

pub(super) const AMOUNT: &[Component] = &[n(3).rule(Currency), n_to(15)];
pub(super) const COUNTRIES: &[Component] = &[
    n(3).rule(Country),
    n(3).rule(Country).optional(),
    n(3).rule(Country).optional(),
    n(3).rule(Country).optional(),
    n(3).rule(Country).optional(),
];
pub(super) const N_13_CHECK: &[Component] = &[n(13).rule(CheckDigit)];
pub(super) const N_14_CHECK: &[Component] = &[n(14).rule(CheckDigit)];
pub(super) const N_15: &[Component] = &[n(15)];
pub(super) const N_18_CHECK: &[Component] = &[n(18).rule(CheckDigit)];
pub(super) const N_1_YES_NO: &[Component] = &[n(1).rule(YesNo)];
pub(super) const N_3_COUNTRY: &[Component] = &[n(3).rule(Country)];
pub(super) const N_4: &[Component] = &[n(4)];
pub(super) const N_6: &[Component] = &[n(6)];
pub(super) const N_6_DATE: &[Component] = &[n(6).rule(Date)];
pub(super) const N_6_DATE_DAY_ZERO: &[Component] = &[n(6).rule(DateDayZero)];
pub(super) const N_TO_15: &[Component] = &[n_to(15)];
pub(super) const N_TO_8: &[Component] = &[n_to(8)];
pub(super) const TEMPERATURE: &[Component] = &[n(6), x(1).rule(Hyphen).optional()];
pub(super) const TIME_DAY_ZERO: &[Component] = &[n(6).rule(DateDayZero), n(4).rule(HourMinute)];
pub(super) const TRADE_ITEM_PIECE: &[Component] =
    &[n(14).rule(CheckDigit), n(4).rule(PieceOfTotal)];
pub(super) const X_2_COUNTRY: &[Component] = &[x(2).rule(CountryAlpha2)];
pub(super) const X_TO_10: &[Component] = &[x_to(10)];
pub(super) const X_TO_20: &[Component] = &[x_to(20)];
pub(super) const X_TO_25: &[Component] = &[x_to(25)];
pub(super) const X_TO_3: &[Component] = &[x_to(3)];
pub(super) const X_TO_30: &[Component] = &[x_to(30)];
pub(super) const X_TO_30_PREFIX: &[Component] = &[x_to(30).rule(CompanyPrefix)];
pub(super) const X_TO_35_PERCENT: &[Component] = &[x_to(35).rule(PercentEncoded)];
pub(super) const X_TO_40_PERCENT: &[Component] = &[x_to(40).rule(PercentEncoded)];
pub(super) const X_TO_70_PERCENT: &[Component] = &[x_to(70).rule(PercentEncoded)];
