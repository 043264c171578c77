//! Errors as `application/problem+json`, and the list of their codes. Source: RFC 9457.
//!
//! A code stands here, has a page of its own under `docs/errors/`, and is told by `GET /v1/problems`; tests hold the three
//! together.

use paceline_model::{Invalid, Refusal};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

macro_rules! codes {
    ($($code:ident $status:expr, $title:literal;)*) => {
        /// What can go wrong, as a code that stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum Code { $(#[doc = $title] $code,)* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// The HTTP status that it is answered with; `None`: it ends a program, and no request.
            pub const fn status(self) -> Option<u16> {
                match self { $(Self::$code => $status,)* }
            }

            /// What it is called.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)* }
            }
        }
    };
}

codes! {
    E0101 Some(422), "A value breaks a rule";
    E0102 Some(422), "The place is off the map";
    E0103 Some(400), "The request cannot be read";
    E0104 Some(404), "No such path";
    E0105 Some(405), "No such method";
    E0106 Some(415), "Not the media type that is read";
    E0107 Some(413), "Body too large";
    E0108 Some(408), "Body too slow";
    E0109 Some(422), "No way leads there";
    E0110 Some(409), "Which region?";
    E0111 Some(400), "Which host?";
    E0112 Some(421), "Not a name of this server";
    E0113 Some(403), "From another site";
    E0114 Some(431), "Head too large";
    E0115 Some(400), "Plain HTTP where TLS is spoken";
    E0116 Some(426), "A link is asked for by an upgrade";
    E0201 Some(404), "Not known";
    E0202 Some(409), "Exists already";
    E0203 Some(409), "Not in this phase";
    E0204 Some(409), "Not this vehicle's order";
    E0205 Some(409), "Not in this state";
    E0206 Some(409), "The vehicle is busy";
    E0207 Some(409), "No plug is free";
    E0208 Some(409), "The vehicle is another region's";
    E0301 Some(422), "The key was used before";
    E0302 Some(429), "Too much at once";
    E0303 Some(503), "Shutting down";
    E0304 Some(504), "No answer in time";
    E0305 Some(507), "The journal has no room";
    E0306 Some(429), "As many as are kept";
    E0307 Some(503), "Too many connections";
    E0308 Some(503), "Tokens cannot be judged";
    E0309 Some(503), "The region is changing hands";
    E0310 Some(409), "Not before all servers are upgraded";
    E0401 None, "Format too new";
    E0402 None, "Record or snapshot cannot be decoded";
    E0403 None, "Records do not follow each other";
    E0404 None, "Format of another kind of region";
    E0405 None, "Another writer has the journal";
    E0501 Some(409), "It is in use";
    E0502 Some(409), "The device is not out";
    E0503 Some(409), "A defragmentation is under way";
    E0504 Some(409), "The node is not let in";
    E0505 Some(409), "Not the node's key";
    E0506 Some(422), "The proof is not good";
    E0507 Some(409), "No such challenge is open";
    E0508 Some(403), "The box is not let in";
    E0509 Some(409), "Nobody judges proofs here";
    E0510 Some(409), "The rollout does not stand so";
    E0512 Some(409), "The workload ends";
    E0520 Some(409), "The work order does not stand so";
    E0521 Some(409), "Not this van's work order";
    E0522 Some(409), "Not so many bikes are aboard";
    E0523 Some(409), "The van does not stand so";
    E0511 Some(409), "Two boxes speak in one name";
    E0601 None, "Cannot listen";
    E0602 Some(401), "The token is missing or wrong";
    E0603 Some(501), "No profile can be taken";
    E0604 None, "Cannot read the admin token";
    E0605 None, "Traces cannot be sent";
    E0606 Some(422), "The configuration cannot be read";
    E0607 None, "Cannot read the speed profile";
    E0608 Some(403), "Not for this role";
    E0609 None, "Open to everybody";
    E0610 None, "Cannot use the keys";
    E0611 None, "Cannot write the audit";
    E0612 None, "Too few files";
    E0613 None, "Cannot use a certificate";
    E0614 None, "Cannot use the table of certificates";
    E0615 None, "Cannot ask the issuer";
    E0616 None, "Cannot judge proofs";
    E0617 None, "Cannot ask the table of owners";
    E0618 None, "Too old for its cluster";
    E0701 Some(422), "The manifest is not believed";
    E0702 Some(507), "The artefact store has no room";
    E0703 Some(403), "Not for this node";
    E0704 None, "Cannot use the artefact store";
}

impl Code {
    /// The code of a refusal.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Invalid(invalid) if invalid.is_cut_off() => Self::E0109,
            Refusal::Invalid(_) => Self::E0101,
            Refusal::OffTheMap { .. } => Self::E0102,
            Refusal::Unknown { .. } => Self::E0201,
            Refusal::DuplicateOrder(_) => Self::E0202,
            Refusal::WrongPhase { .. } => Self::E0203,
            Refusal::NotYours { .. } => Self::E0204,
            Refusal::WrongState { .. } => Self::E0205,
            Refusal::Busy(_) => Self::E0206,
            Refusal::NoPlug(_) => Self::E0207,
            Refusal::KeyReused => Self::E0301,
            Refusal::HandedOver { .. } => Self::E0208,
        }
    }

    /// Whether the same request may go well a little later, with nothing else changed. A command that may have happened
    /// already is safe to repeat only under its idempotency key.
    pub const fn passes(self) -> bool {
        matches!(
            self,
            Self::E0108
                | Self::E0302
                | Self::E0303
                | Self::E0304
                | Self::E0305
                | Self::E0307
                | Self::E0308
                | Self::E0309
        )
    }

    /// Where the server shows its page.
    pub fn page(self) -> String {
        format!("/errors/{self}")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();
    /// Errors: a code of another version of this program.
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(())
    }
}

/// What went wrong, for programs (`code`, `errors`) and for people (`title`, `detail`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The path of a page about this kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind, in words.
    pub title: String,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The kind, as a code; text, so that a client can read those of a newer server.
    #[schema(value_type = Code)]
    pub code: String,
    /// This occurrence, in words.
    pub detail: String,
    /// Which fields, if it is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One field's error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Its path: `pickup.lat`.
    pub field: String,
    /// What it held.
    pub value: String,
    /// What it should have kept to.
    pub rule: String,
}

impl From<&Invalid> for FieldError {
    fn from(of: &Invalid) -> Self {
        Self { field: of.field.clone(), value: of.value.clone(), rule: of.rule.to_string() }
    }
}

/// Status of a code that belongs to no request, if it is answered all the same: the server's own fault.
const NO_STATUS: u16 = 500;

impl Problem {
    /// An occurrence of `code`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: code.page(),
            title: code.title().into(),
            status: code.status().unwrap_or(NO_STATUS),
            code: code.as_str().into(),
            detail: detail.into(),
            errors: Vec::new(),
        }
    }
    /// Values that broke rules; `detail` tells the first.
    pub fn invalid<'a>(all: impl IntoIterator<Item = &'a Invalid>) -> Self {
        let mut all = all.into_iter().peekable();
        let detail = all.peek().map_or_else(String::new, ToString::to_string);
        Self { errors: all.map(FieldError::from).collect(), ..Self::new(Code::E0101, detail) }
    }
    /// A refusal of a region, whose words begin with its code.
    pub(crate) fn refused(code: Code, refusal: &impl fmt::Display) -> Self {
        let text = refusal.to_string();
        Self::new(code, text.split_once(' ').map_or(text.as_str(), |(_, detail)| detail))
    }
    /// The code, if this version of the program knows it.
    pub fn known(&self) -> Option<Code> {
        self.code.parse().ok()
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let problem = Self::refused(Code::of(refusal), refusal);
        match refusal {
            Refusal::Invalid(invalid) => Self { errors: vec![invalid.into()], ..problem },
            Refusal::OffTheMap { field, position, max_m } => {
                let rule = format!("must lie within {max_m} m of a road of this region");
                let error = FieldError { field: field.clone(), value: position.to_string(), rule };
                Self { errors: vec![error], ..problem }
            }
            _ => problem,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.status, self.code, self.detail)
    }
}

/// A code, for the list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemKind {
    /// The code.
    pub code: Code,
    /// The HTTP status that it is answered with; null: it ends a program, and no request.
    #[schema(minimum = 400, maximum = 599)]
    pub status: Option<u16>,
    /// What it is called.
    pub title: String,
    /// The path of its page, with cause and cure.
    pub page: String,
}

impl From<Code> for ProblemKind {
    fn from(code: Code) -> Self {
        Self { code, status: code.status(), title: code.title().into(), page: code.page() }
    }
}
