//! Names that may leave the house: a name becomes a keyed hash of it, the same everywhere in a record, so that selectors select whom they did.

use std::borrow::Cow;

/// What becomes of names.
#[derive(Clone, Default)]
pub enum Mask {
    /// They are written as they are.
    #[default]
    Off,
    /// They become hashes by this key. Who has it can tell which name became which; nobody else can.
    Keyed(Box<[u8; 32]>),
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Off => "Off",
            Self::Keyed(_) => "Keyed",
        })
    }
}

/// Domains whose keys say nothing of the house, and some of which the rules know by name.
const KNOWN_DOMAINS: [&str; 3] = ["kubernetes.io", "k8s.io", "paceline.dev"];
/// Hexadecimal digits of a masked name: of a million names two are alike once in 500 records.
const DIGITS: usize = 12;
/// A volume's label of its zone lists zones with this between them.
const BETWEEN: &str = "__";
/// What the check of a key is the hash of.
const CHECK: &str = "paceline-kubernetes-record";

impl Mask {
    /// A name, an identity or the value of a label. Whole numbers stay, since rules compare them.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Self::Keyed(key) = self else { return text.into() };
        let mask = |part: &str| match part.is_empty() || part.parse::<i64>().is_ok() {
            true => part.to_owned(),
            false => format!("x{}", hash(key, part)),
        };
        text.split(BETWEEN).map(mask).collect::<Vec<_>>().join(BETWEEN).into()
    }

    /// The key of a label.
    pub(super) fn key<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let domain = text.split_once('/').map_or("", |(domain, _)| domain);
        let is_of = |known: &str| {
            domain.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        match KNOWN_DOMAINS.iter().any(|known| is_of(known)) {
            true => text.into(),
            false => self.text(text),
        }
    }

    /// What tells one mask from another and says nothing of its key; `None`: names are as they are.
    pub fn check(&self) -> Option<String> {
        match self {
            Self::Off => None,
            Self::Keyed(key) => Some(hash(key, CHECK)),
        }
    }
}

fn hash(key: &[u8; 32], text: &str) -> String {
    blake3::keyed_hash(key, text.as_bytes()).to_hex()[..DIGITS].to_owned()
}
