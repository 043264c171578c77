//! Why somebody who says who they are is not believed: what they are told, and what is counted.

use crate::metrics::from_zero;
use crate::problem::Problem;
use paceline_api::Code;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Why somebody who says who they are is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    UnknownKey,
    ExpiredKey,
    /// It was good when its connection began.
    ExpiredCertificate,
    ExpiredToken,
    /// A token that is not believed, and why.
    Token(String),
    /// A token that is believed, and why its bearer may ask nothing here.
    NoRole(String),
    /// A token that cannot be judged, and why its issuer cannot be asked.
    NoIssuer(String),
}

/// What is counted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Reason {
    Unknown,
    Expired,
    TooOften,
    NoRole,
    NoIssuer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: Reason,
}

impl Wrong {
    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::UnknownKey | Self::Token(_) => Reason::Unknown,
            Self::ExpiredKey | Self::ExpiredCertificate | Self::ExpiredToken => Reason::Expired,
            Self::NoRole(_) => Reason::NoRole,
            Self::NoIssuer(_) => Reason::NoIssuer,
        }
    }

    /// What they are told. Nothing of what they have presented: it may be almost right.
    pub(super) fn problem(&self) -> Problem {
        let detail = match self {
            Self::UnknownKey => "This key is not known here, or was revoked.".to_owned(),
            Self::ExpiredKey => "This key has expired.".to_owned(),
            Self::ExpiredCertificate => "The certificate of this connection has expired.".to_owned(),
            Self::ExpiredToken => "This token has expired.".to_owned(),
            Self::Token(why) => format!("This token {why}."),
            Self::NoRole(why) => {
                return Problem::new(Code::E0608, format!("This token is good, and {why}."));
            }
            Self::NoIssuer(why) => return Problem::no_issuer(why),
        };
        Problem::new(Code::E0602, detail)
    }

    /// Whether whoever carries it may be guessing, and waits for the answer.
    pub(super) fn is_guess(&self) -> bool {
        !matches!(self, Self::NoRole(_) | Self::NoIssuer(_))
    }
}

/// Who was turned away for what they carry, by reason.
#[derive(Clone, Default)]
pub(super) struct Refused(Family<ByReason, Counter>);

impl Refused {
    pub(super) fn register(&self, r: &mut Registry) {
        let says = "Requests with a wrong key, certificate or token, or too many, by reason";
        r.register("auth_refused", says, self.0.clone());
        let reasons = [Reason::Unknown, Reason::Expired, Reason::TooOften, Reason::NoRole, Reason::NoIssuer];
        from_zero(&self.0, reasons.map(|reason| ByReason { reason }));
    }
    pub(super) fn count(&self, reason: Reason) {
        self.0.get_or_create(&ByReason { reason }).inc();
    }
}
