//! Rows of the AI table: the AIs 00 to 37 without the measures: what identifies a trade item, its
//! batch, dates and counts.
//!
//! Read through the table only. Must hold data and nothing else.

use super::component::Rule::CheckDigit;
use super::component::{n, n_to, x_to};
use super::shapes::{N_6_DATE_DAY_ZERO, N_14_CHECK, N_TO_8, X_TO_20, X_TO_30};
use super::{AiSpec, ai};

pub(super) static TRADE: [AiSpec; 26] = [
    ai("00", "SSCC", &[n(18).rule(CheckDigit)]),
    ai("01", "GTIN", N_14_CHECK).not_with("255,37"),
    ai("02", "CONTENT", N_14_CHECK).needs("37").not_with("01,03"),
    ai("03", "MTO GTIN", N_14_CHECK).not_with("01,02,37,235"),
    ai("10", "BATCH/LOT", X_TO_20).needs("01,02,03,8006,8026"),
    ai("11", "PROD DATE", N_6_DATE_DAY_ZERO).needs("01,02,03,8006,8026"),
    ai("12", "DUE DATE", N_6_DATE_DAY_ZERO).needs("8020"),
    ai("13", "PACK DATE", N_6_DATE_DAY_ZERO).needs("01,02,03,8006,8026"),
    ai("15", "BEST BEFORE or BEST BY", N_6_DATE_DAY_ZERO).needs("01,02,03,8006,8026"),
    ai("16", "SELL BY", N_6_DATE_DAY_ZERO).needs("01,02,03,8006,8026"),
    ai("17", "USE BY or EXPIRY", N_6_DATE_DAY_ZERO).needs("01,02,03,255,8006,8026"),
    ai("20", "VARIANT", &[n(2)]).needs("01,02,03,8006,8026"),
    ai("21", "SERIAL", X_TO_20).needs("01,03,8006").not_with("235"),
    ai("22", "CPV", X_TO_20).needs("01"),
    ai("235", "TPX", &[x_to(28)]).needs("01"),
    ai("240", "ADDITIONAL ID", X_TO_30).needs("01,02,03,8006,8026"),
    ai("241", "CUST. PART No.", X_TO_30).needs("01,02,03,8006,8026"),
    ai("242", "MTO VARIANT", &[n_to(6)]).needs("01,02,8006,8026"),
    ai("243", "PCN", X_TO_20).needs("01,03"),
    ai("250", "SECONDARY SERIAL", X_TO_30).needs("01+21,03+21,8006+21"),
    ai("251", "REF. TO SOURCE", X_TO_30).needs("01,03,8006"),
    ai("253", "GDTI", &[n(13).rule(CheckDigit), x_to(17).optional()]),
    ai("254", "GLN EXTENSION COMPONENT", X_TO_20).needs("414"),
    ai("255", "GCN", &[n(13).rule(CheckDigit), n_to(12).optional()])
        .not_with("01,02,415,8006,8020,8026"),
    ai("30", "VAR. COUNT", N_TO_8).needs("01,02"),
    ai("37", "COUNT", N_TO_8).needs("00+02,00+8026"),
];
