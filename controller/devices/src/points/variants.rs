//! Values as OPC UA carries them.
//!
//! Used by the OPC UA transports of foreign devices. Must never shorten a number that does not fit.

use super::Value;
use opcua::types::{UAString, Variant};
use profiles::nodes::NodeType;

/// A value that came; none for what is neither a whole number of 0 or more, nor a text.
pub(crate) fn value_of(variant: &Variant) -> Option<Value> {
    let signed = |number: i64| u64::try_from(number).ok();
    let number = match variant {
        Variant::Boolean(bit) => Some(u64::from(*bit)),
        Variant::Byte(n) => Some(u64::from(*n)),
        Variant::UInt16(n) => Some(u64::from(*n)),
        Variant::UInt32(n) => Some(u64::from(*n)),
        Variant::UInt64(n) => Some(*n),
        Variant::SByte(n) => signed(i64::from(*n)),
        Variant::Int16(n) => signed(i64::from(*n)),
        Variant::Int32(n) => signed(i64::from(*n)),
        Variant::Int64(n) => signed(*n),
        Variant::String(text) => return Some(Value::Text(text.to_string())),
        Variant::LocalizedText(text) => return Some(Value::Text(text.text.to_string())),
        _ => None,
    };
    number.map(Value::Number)
}

/// A value to be sent; none for what does not fit.
pub(crate) fn variant_of(value: &Value, encoding: NodeType) -> Option<Variant> {
    if encoding == NodeType::Text {
        return Some(Variant::String(UAString::from(value.to_string())));
    }
    let number = value.number()?;
    Some(match encoding {
        NodeType::Bool => Variant::Boolean(match number {
            0 => false,
            1 => true,
            _ => return None,
        }),
        NodeType::Byte => Variant::Byte(u8::try_from(number).ok()?),
        NodeType::Int16 => Variant::Int16(i16::try_from(number).ok()?),
        NodeType::Uint16 => Variant::UInt16(u16::try_from(number).ok()?),
        NodeType::Int32 => Variant::Int32(i32::try_from(number).ok()?),
        NodeType::Uint32 => Variant::UInt32(u32::try_from(number).ok()?),
        NodeType::Int64 => Variant::Int64(i64::try_from(number).ok()?),
        NodeType::Uint64 => Variant::UInt64(number),
        NodeType::Text => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_go_both_ways() {
        let table = [
            (Value::Number(1), NodeType::Bool, Variant::Boolean(true)),
            (Value::Number(255), NodeType::Byte, Variant::Byte(255)),
            (Value::Number(32_767), NodeType::Int16, Variant::Int16(32_767)),
            (Value::Number(65_535), NodeType::Uint16, Variant::UInt16(65_535)),
            (Value::Number(7), NodeType::Int32, Variant::Int32(7)),
            (Value::Number(7), NodeType::Uint32, Variant::UInt32(7)),
            (Value::Number(7), NodeType::Int64, Variant::Int64(7)),
            (Value::Number(7), NodeType::Uint64, Variant::UInt64(7)),
            (Value::Text("A-1".to_owned()), NodeType::Text, Variant::from("A-1")),
        ];
        for (value, encoding, variant) in table {
            assert_eq!(variant_of(&value, encoding).as_ref(), Some(&variant), "{encoding:?}");
            assert_eq!(value_of(&variant), Some(value), "{encoding:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (number, encoding) in [
            (2, NodeType::Bool),
            (256, NodeType::Byte),
            (32_768, NodeType::Int16),
            (65_536, NodeType::Uint16),
            (1 << 31, NodeType::Int32),
            (1 << 32, NodeType::Uint32),
        ] {
            assert_eq!(variant_of(&Value::Number(number), encoding), None, "{encoding:?}");
        }
        assert_eq!(value_of(&Variant::Int32(-1)), None);
        assert_eq!(value_of(&Variant::Empty), None);
        assert_eq!(variant_of(&Value::Text("x".to_owned()), NodeType::Uint16), None);
    }
}
