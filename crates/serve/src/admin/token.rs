//! The operator's secret.

use crate::auth::presented;
use axum::http::HeaderMap;
use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

/// What a request must carry to reach the admin listener. Never printed, never written out.
#[derive(Clone, Deserialize)]
pub struct AdminToken(String);

/// Shorter ones can be guessed; longer ones do not fit a header that proxies let through.
const BYTES: (usize, usize) = (16, 256);

impl AdminToken {
    /// Errors: shorter than 16 bytes or longer than 256.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        Self(text.trim().to_owned()).validate()
    }

    pub(super) fn validate(self) -> Result<Self, Invalid> {
        let rule = Rule::Size { least: BYTES.0, most: BYTES.1, unit: "bytes".into() };
        match self.0.len() {
            length if (BYTES.0..=BYTES.1).contains(&length) => Ok(self),
            length => Err(Invalid::new("admin.token", format!("{length} bytes"), rule)),
        }
    }

    /// What is said where a token is needed and there is none.
    pub(super) fn missing() -> Invalid {
        let rule = Rule::Size { least: BYTES.0, most: BYTES.1, unit: "bytes".into() };
        Invalid::new("admin.token", "not set", rule)
    }

    /// Whether this is the token. The time that the answer takes does not depend on how much of it is right.
    fn is(&self, presented: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(presented).into()
    }

    /// Whether a request with these headers carries the token.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        presented(headers).is_some_and(|secret| self.is(&secret))
    }
}

impl PartialEq for AdminToken {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.0.as_bytes())
    }
}

const HIDDEN: &str = "(hidden)";

impl std::fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for AdminToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    const SECRET: &str = "correct horse battery";

    fn carries(value: &str) -> bool {
        let token = AdminToken::new(SECRET).expect("it is long enough");
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).expect("a header"));
        token.is_in(&headers)
    }
    fn basic(pair: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    #[test]
    fn the_token_opens_as_bearer_and_as_any_users_password() {
        assert!(carries(&format!("Bearer {SECRET}")));
        assert!(carries(&basic(&format!("any:{SECRET}"))));
    }
    #[test]
    fn what_is_not_the_whole_token_does_not_open() {
        for wrong in ["", "Bearer", "Bearer ", "Bearer correct", "Digest x", "Basic !", SECRET] {
            assert!(!carries(wrong), "{wrong:?}");
        }
        for pair in [SECRET, "any:", &format!("{SECRET}:any"), &format!("any:{SECRET}!")] {
            assert!(!carries(&basic(pair)), "{pair:?}");
        }
        let token = AdminToken::new(SECRET).expect("it is long enough");
        assert!(!token.is_in(&HeaderMap::new()));
    }
    #[test]
    fn a_short_token_is_refused_and_no_token_is_ever_shown() {
        let short = AdminToken::new("admin").expect_err("too short");
        assert_eq!(short.to_string(), "admin.token is 5 bytes: must have between 16 and 256 bytes");
        let token = AdminToken::new(SECRET).expect("it is long enough");
        assert_eq!(format!("{token:?}"), HIDDEN);
        assert_eq!(serde_json::to_string(&token).expect("it is text"), "\"(hidden)\"");
    }
}
