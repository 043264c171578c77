//! Tokens of an OpenID Connect issuer: who their bearer is, and what they may ask, as the issuer has signed it.
//!
//! ```text
//!   issuer <--discovery, keys-- fetch --keys--> issuer::known
//!                                 ^                  |
//!   token -> which key? --unknown-+                  v
//!         -> signature, issuer, audience, times -> claims -> role, vehicle, regions
//! ```
//! Nothing of this is asked of the issuer for a request: a token is judged by keys that are here. An issuer that is down costs new keys, and
//! nobody else than those who carry tokens is refused where there are none.

mod claims;
mod fetch;
mod issuer;
mod jwks;
mod metrics;
mod options;
mod signature;

pub(super) use issuer::Issuer;
pub(super) use metrics::IssuerMetrics;
pub use options::{OidcOptions, TokenAlgorithm};
