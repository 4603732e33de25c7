//! Rows of the AI table: the AIs 39nn to 43nn: amounts, parties and places, transport.
//!
//! Read through the table only. Must hold data and nothing else.

use super::component::Rule::{CheckDigit, Country, Latitude, Longitude};
use super::component::{n, x_to};
use super::shapes::{
    AMOUNT, COUNTRIES, N_1_YES_NO, N_3_COUNTRY, N_4, N_6, N_6_DATE, N_13_CHECK, N_TO_15,
    TEMPERATURE, TIME_DAY_ZERO, X_2_COUNTRY, X_TO_3, X_TO_20, X_TO_30, X_TO_30_PREFIX,
    X_TO_35_PERCENT, X_TO_70_PERCENT,
};
use super::{AiSpec, ai};

pub(super) static LOGISTICS: [AiSpec; 57] = [
    ai("390", "AMOUNT", N_TO_15).last('0', '9').needs("255,8020").not_with("390n,391n,394n,8111"),
    ai("391", "AMOUNT", AMOUNT).last('0', '9').needs("8020").not_with("391n"),
    ai("392", "PRICE", N_TO_15)
        .last('0', '9')
        .needs("01+30,01+31nn,01+32nn,01+35nn,01+36nn")
        .not_with("392n,393n"),
    ai("393", "PRICE", AMOUNT).last('0', '9').needs("30,31nn,32nn,35nn,36nn").not_with("393n"),
    ai("394", "PRCNT OFF", N_4).last('0', '3').needs("255").not_with("394n,8111"),
    ai("395", "PRICE/UoM", N_6)
        .last('0', '5')
        .needs("30,31nn,32nn,35nn,36nn")
        .not_with("392n,393n,395n,8005"),
    ai("400", "ORDER NUMBER", X_TO_30),
    ai("401", "GINC", X_TO_30_PREFIX),
    ai("402", "GSIN", &[n(17).rule(CheckDigit)]),
    ai("403", "ROUTE", X_TO_30).needs("00"),
    ai("410", "SHIP TO LOC", N_13_CHECK),
    ai("411", "BILL TO", N_13_CHECK),
    ai("412", "PURCHASE FROM", N_13_CHECK),
    ai("413", "SHIP FOR LOC", N_13_CHECK),
    ai("414", "LOC No.", N_13_CHECK),
    ai("415", "PAY TO", N_13_CHECK).needs("8020"),
    ai("416", "PROD/SERV LOC", N_13_CHECK),
    ai("417", "PARTY", N_13_CHECK),
    ai("420", "SHIP TO POST", X_TO_20).not_with("421"),
    ai("421", "SHIP TO POST", &[n(3).rule(Country), x_to(9)]).not_with("4307"),
    ai("422", "ORIGIN", N_3_COUNTRY).needs("01,02,03,8006,8026").not_with("426"),
    ai("423", "COUNTRY - INITIAL PROCESS", COUNTRIES).needs("01,02,03").not_with("426"),
    ai("424", "COUNTRY - PROCESS", N_3_COUNTRY).needs("01,02,03").not_with("426"),
    ai("425", "COUNTRY - DISASSEMBLY", COUNTRIES).needs("01,02,03").not_with("426"),
    ai("426", "COUNTRY - FULL PROCESS", N_3_COUNTRY).needs("01,02,03"),
    ai("427", "ORIGIN SUBDIVISION", X_TO_3).needs("01+422,02+422,03+422"),
    ai("4300", "SHIP TO COMP", X_TO_35_PERCENT).needs("00"),
    ai("4301", "SHIP TO NAME", X_TO_35_PERCENT).needs("00"),
    ai("4302", "SHIP TO ADD1", X_TO_70_PERCENT).needs("00"),
    ai("4303", "SHIP TO ADD2", X_TO_70_PERCENT).needs("4302"),
    ai("4304", "SHIP TO SUB", X_TO_70_PERCENT).needs("00"),
    ai("4305", "SHIP TO LOC", X_TO_70_PERCENT).needs("00"),
    ai("4306", "SHIP TO REG", X_TO_70_PERCENT).needs("00"),
    ai("4307", "SHIP TO COUNTRY", X_2_COUNTRY).needs("00"),
    ai("4308", "SHIP TO PHONE", X_TO_30).needs("00"),
    ai("4309", "SHIP TO GEO", &[n(10).rule(Latitude), n(10).rule(Longitude)]).needs("00"),
    ai("4310", "RTN TO COMP", X_TO_35_PERCENT).needs("00"),
    ai("4311", "RTN TO NAME", X_TO_35_PERCENT).needs("00"),
    ai("4312", "RTN TO ADD1", X_TO_70_PERCENT).needs("00"),
    ai("4313", "RTN TO ADD2", X_TO_70_PERCENT).needs("4312"),
    ai("4314", "RTN TO SUB", X_TO_70_PERCENT).needs("00"),
    ai("4315", "RTN TO LOC", X_TO_70_PERCENT).needs("00"),
    ai("4316", "RTN TO REG", X_TO_70_PERCENT).needs("00"),
    ai("4317", "RTN TO COUNTRY", X_2_COUNTRY).needs("00"),
    ai("4318", "RTN TO POST", X_TO_20).needs("00"),
    ai("4319", "RTN TO PHONE", X_TO_30).needs("00"),
    ai("4320", "SRV DESCRIPTION", X_TO_35_PERCENT).needs("00"),
    ai("4321", "DANGEROUS GOODS", N_1_YES_NO).needs("00"),
    ai("4322", "AUTH TO LEAVE", N_1_YES_NO).needs("00"),
    ai("4323", "SIG REQUIRED", N_1_YES_NO).needs("00"),
    ai("4324", "NOT BEF DEL DT", TIME_DAY_ZERO).needs("00"),
    ai("4325", "NOT AFT DEL DT", TIME_DAY_ZERO).needs("00"),
    ai("4326", "REL DATE", N_6_DATE).needs("00"),
    ai("4330", "MAX TEMP F.", TEMPERATURE).needs("00").not_with("4331"),
    ai("4331", "MAX TEMP C.", TEMPERATURE).needs("00").not_with("4330"),
    ai("4332", "MIN TEMP F.", TEMPERATURE).needs("00").not_with("4333"),
    ai("4333", "MIN TEMP C.", TEMPERATURE).needs("00").not_with("4332"),
];
