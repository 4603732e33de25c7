//! Session tokens and CSRF tokens: what travels, what is stored, how they are compared.
//!
//! Used by sessions and by the web layer. Must never show a token but to whom it is given, nor
//! compare secrets by way of their first difference.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

const CSRF_FORM: &[u8] = b"packline csrf 1";
const TOKEN_LEN: usize = 32;

/// 32 random bytes of the operating system, for one use.
pub struct Fresh([u8; TOKEN_LEN]);

impl Fresh {
    /// From the caller's random source.
    #[must_use]
    pub const fn new(bytes: [u8; TOKEN_LEN]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> [u8; TOKEN_LEN] {
        self.0
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A session's secret, 256 bits: what the cookie holds, as 64 hex digits.
pub struct Token([u8; TOKEN_LEN]);

impl Token {
    pub(crate) const fn from_fresh(fresh: &Fresh) -> Self {
        Self(fresh.bytes())
    }

    /// From a cookie's text; anything but 64 lower-case hex digits is none.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// For the cookie. It is shown once, at login.
    #[must_use]
    pub fn to_text(&self) -> String {
        hex(&self.0)
    }

    /// What is stored in its place.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// The token that forms of this session carry, 64 hex digits. It does not tell the session's.
    #[must_use]
    pub fn csrf(&self) -> String {
        let digest = Sha256::new().chain_update(CSRF_FORM).chain_update(self.0).finalize();
        hex(&digest)
    }

    /// Compares a form's token without telling by its duration where the difference is.
    #[must_use]
    pub fn admits_csrf(&self, given: &str) -> bool {
        same(self.csrf().as_bytes(), given.as_bytes())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// SHA-256 of a token: all that is stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// 64 hex digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        hex(&self.0)
    }

    /// From 64 hex digits.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

/// Equal, in a time that depends on the lengths only.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    (text.len() == 64).then_some(())?;
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(byte: u8) -> Token {
        Token::from_fresh(&Fresh::new([byte; 32]))
    }

    #[test]
    fn text_round_trip_and_nothing_else() {
        let text = token(0xa7).to_text();
        assert_eq!(text, "a7".repeat(32));
        assert_eq!(Token::from_text(&text).expect("a token").hash(), token(0xa7).hash());
        for bad in ["", "a7", &text[..63], &text.to_uppercase(), &format!("{text}0")] {
            assert!(Token::from_text(bad).is_none(), "{bad}");
        }
        assert_eq!(format!("{:?}", token(1)), "Token(..)");
    }

    #[test]
    fn csrf_is_the_sessions_own_and_not_the_token() {
        let (one, other) = (token(1), token(2));
        assert!(one.admits_csrf(&one.csrf()) && !one.admits_csrf(&other.csrf()));
        for bad in ["", &one.to_text(), &one.hash().to_text(), &one.csrf()[..63]] {
            assert!(!one.admits_csrf(bad), "{bad}");
        }
    }
}
