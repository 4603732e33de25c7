//! Rows of the AI table: the AIs 70nn to 99: industry attributes, national numbers, assets,
//! coupons, internal use.
//!
//! Read through the table only. Must hold data and nothing else.

use super::component::Rule::{
    CheckDigit, CompanyPrefix, CountryOr999, Date, DateLong, DeviceModel, GlobalModel, Hour,
    HourMinute, Iban, ImporterIndex, MediaType, Minute, NoLeadingZero, NonZero, PercentEncoded,
    PositionInSequence, Second, Sex, Winding, Zero,
};
use super::component::{n, n_to, x, x_to, y_to, z_to};
use super::shapes::{
    N_4, N_6, N_6_DATE, N_15, N_18_CHECK, TRADE_ITEM_PIECE, X_TO_3, X_TO_10, X_TO_20, X_TO_25,
    X_TO_30, X_TO_30_PREFIX, X_TO_40_PERCENT, X_TO_70_PERCENT,
};
use super::{AiSpec, ai};

pub(super) static SPECIAL: [AiSpec; 70] = [
    ai("7001", "NSN", &[n(13)]).needs("01,02,8006,8026"),
    ai("7002", "MEAT CUT", X_TO_30).needs("01,02"),
    ai("7003", "EXPIRY TIME", &[n(6).rule(Date), n(4).rule(HourMinute)]).needs("01,02,03"),
    ai("7004", "ACTIVE POTENCY", &[n_to(4)]).needs("01+10,03+10"),
    ai("7005", "CATCH AREA", &[x_to(12)]).needs("01,02"),
    ai("7006", "FIRST FREEZE DATE", N_6_DATE).needs("01,02"),
    ai("7007", "HARVEST DATE", &[n(6).rule(Date), n(6).rule(Date).optional()]).needs("01,02"),
    ai("7008", "AQUATIC SPECIES", X_TO_3).needs("01,02"),
    ai("7009", "FISHING GEAR TYPE", X_TO_10).needs("01,02"),
    ai("7010", "PROD METHOD", &[x_to(2)]).needs("01,02,03"),
    ai("7011", "TEST BY DATE", &[n(6).rule(Date), n(4).rule(HourMinute).optional()])
        .needs("01,02,03"),
    ai("7020", "REFURB LOT", X_TO_20).needs("01+416,03+416,8006+416"),
    ai("7021", "FUNC STAT", X_TO_20).needs("01,03,8006"),
    ai("7022", "REV STAT", X_TO_20).needs("01+7021,03+7021,8006+7021"),
    ai("7023", "GIAI - ASSEMBLY", X_TO_30_PREFIX),
    ai("703", "PROCESSOR # s", &[n(3).rule(CountryOr999), x_to(27)]).last('0', '9').needs("01,02"),
    ai("7040", "UIC+EXT", &[n(1), x(1), x(1), x(1).rule(ImporterIndex)]),
    ai("7041", "UFRGT UNIT TYPE", &[x_to(4)]).needs("00"),
    ai("710", "NHRN PZN", X_TO_20).needs("01"),
    ai("711", "NHRN CIP", X_TO_20).needs("01"),
    ai("712", "NHRN CN", X_TO_20).needs("01"),
    ai("713", "NHRN DRN", X_TO_20).needs("01"),
    ai("714", "NHRN AIM", X_TO_20).needs("01"),
    ai("715", "NHRN NDC", X_TO_20).needs("01"),
    ai("716", "NHRN AIC", X_TO_20).needs("01"),
    ai("717", "NHRN SRN", X_TO_20).needs("01"),
    ai("723", "CERT # s", &[x(2), x_to(28)]).last('0', '9').needs("01,8004"),
    ai("7240", "PROTOCOL", X_TO_20).needs("01,8006").not_with("03"),
    ai("7241", "AIDC MEDIA TYPE", &[n(2).rule(MediaType)]).needs("8017,8018"),
    ai("7242", "VCN", X_TO_25).needs("8017,8018"),
    ai("7250", "DOB", &[n(8).rule(DateLong)]).needs("8018").not_with("7251"),
    ai("7251", "DOB TIME", &[n(8).rule(DateLong), n(4).rule(HourMinute)])
        .needs("8018")
        .not_with("7250"),
    ai("7252", "BIO SEX", &[n(1).rule(Sex)]).needs("8018"),
    ai("7253", "FAMILY NAME", X_TO_40_PERCENT).needs("8017,8018").not_with("7256,7259"),
    ai("7254", "GIVEN NAME", X_TO_40_PERCENT).needs("8017,8018").not_with("7256,7259"),
    ai("7255", "SUFFIX", X_TO_10).needs("8017,8018").not_with("7256,7259"),
    ai("7256", "FULL NAME", &[x_to(90).rule(PercentEncoded)]).needs("8017,8018"),
    ai("7257", "PERSON ADDR", X_TO_70_PERCENT).needs("8018"),
    ai("7258", "BIRTH SEQUENCE", &[x(3).rule(PositionInSequence)]).needs("8018+7259"),
    ai("7259", "BABY", X_TO_40_PERCENT).needs("8018").not_with("7256"),
    ai(
        "8001",
        "DIMENSIONS",
        &[n(4).rule(NonZero), n(5).rule(NonZero), n(3).rule(NonZero), n(1).rule(Winding), n(1)],
    )
    .needs("01"),
    ai("8002", "CMT No.", X_TO_20),
    ai("8003", "GRAI", &[n(1).rule(Zero), n(13).rule(CheckDigit), x_to(16).optional()]),
    ai("8004", "GIAI", X_TO_30_PREFIX),
    ai("8005", "PRICE PER UNIT", N_6).needs("01,02"),
    ai("8006", "ITIP", TRADE_ITEM_PIECE).not_with("01,03,37"),
    ai("8007", "IBAN", &[x_to(34).rule(Iban)]).needs("415"),
    ai(
        "8008",
        "PROD TIME",
        &[
            n(6).rule(Date),
            n(2).rule(Hour),
            n(2).rule(Minute).optional(),
            n(2).rule(Second).optional(),
        ],
    )
    .needs("01,02,03"),
    ai("8009", "OPTSEN", &[x_to(50)]).needs("00,01,03"),
    ai("8010", "CPID", &[y_to(30).rule(CompanyPrefix)]),
    ai("8011", "CPID SERIAL", &[n_to(12).rule(NoLeadingZero)]).needs("8010"),
    ai("8012", "VERSION", X_TO_20).needs("01,03,8006"),
    ai("8013", "GMN", &[x_to(25).rule(GlobalModel)]),
    ai("8014", "MUDI", &[x_to(25).rule(DeviceModel)]).needs("01"),
    ai("8017", "GSRN - PROVIDER", N_18_CHECK).not_with("8018"),
    ai("8018", "GSRN - RECIPIENT", N_18_CHECK).not_with("8017"),
    ai("8019", "SRIN", &[n_to(10)]).needs("8017,8018"),
    ai("8020", "REF No.", X_TO_25).needs("415"),
    ai("8026", "ITIP CONTENT", TRADE_ITEM_PIECE).needs("37").not_with("02,03,8006"),
    ai("8030", "DIGSIG", &[z_to(90)])
        .needs("00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018"),
    ai("8040", "IMEI", N_15).needs("01+21"),
    ai("8041", "IMEI2", N_15).needs("01+21+8040"),
    ai("8042", "ESIM", &[n(32)]).needs("01+21+8040"),
    ai("8043", "PSIM", &[n(18), n_to(2).optional()]).needs("01+21+8040"),
    ai("8110", "COUPON CODE", &[x_to(70)]),
    ai("8111", "POINTS", N_4).needs("255"),
    ai("8112", "POSITIVE OFFER COUPON", &[x_to(70)]),
    ai("8200", "PRODUCT URL", &[x_to(70)]).needs("01"),
    ai("90", "INTERNAL", X_TO_30),
    ai("9", "INTERNAL", &[x_to(90)]).last('1', '9'),
];
