//! Serialization of the values as text: orders, records, configuration, JSON output.
//!
//! Used through serde only. Must never let a value in that its own constructor refuses.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::CodeError;
use crate::{AiCode, Expiry, Gtin, Lot, NationalNumber, Ppn, Pzn, SerialNumber};

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err = CodeError>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! as_text {
    ($($value:ty),*) => {$(
        impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TextVisitor(PhantomData))
            }
        }
    )*};
}

as_text!(Gtin, SerialNumber, Lot, Expiry, NationalNumber, Pzn, Ppn, AiCode);

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T>(json: &str, good: bool)
    where
        T: Serialize + for<'de> Deserialize<'de>,
    {
        match serde_json::from_str::<T>(json) {
            Ok(value) => {
                let back = serde_json::to_string(&value).expect("text");
                assert!(good && back == json, "{json} {back}");
            }
            Err(error) => assert!(!good, "{json}: {error}"),
        }
    }

    #[test]
    fn values_are_checked_when_they_are_read() {
        check::<Gtin>("\"04150037528643\"", true);
        check::<Gtin>("\"04150037528644\"", false);
        check::<SerialNumber>("\"aB%\\\"\"", true);
        check::<SerialNumber>("\"\"", false);
        check::<Lot>("\"L1\"", true);
        check::<Lot>("\"L 1\"", false);
        check::<Lot>("1", false);
        check::<Expiry>("\"2027-11-30\"", true);
        check::<Expiry>("\"2027-11-31\"", false);
        check::<NationalNumber>("\"714:5440987\"", true);
        check::<NationalNumber>("\"5440987\"", false);
        check::<Pzn>("\"03752864\"", true);
        check::<Pzn>("\"03752865\"", false);
        check::<Ppn>("\"110375286414\"", true);
        check::<Ppn>("\"110375286415\"", false);
        check::<AiCode>("\"3103\"", true);
        check::<AiCode>("\"310\"", false);
    }
}
