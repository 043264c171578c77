//! How a bikes region publishes its feed: the section `[regions.NAME.gbfs]` of a server's file. Without it nothing is published.

use paceline_model::bikes::{BikeKind, Propulsion};
use paceline_model::duration::{self, within as span_within};
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Millis, RegionId};
use serde::{Deserialize, Serialize};

/// What of a feed only its operator can say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GbfsOptions {
    /// Whom readers tell of faults of the feed. GBFS asks for it, and nobody but the operator knows it.
    pub contact_email: String,
    /// Whether anybody who reaches the server may read the feed without saying who they are, and pages of other sites may show it.
    #[serde(default)]
    pub public: bool,
    /// The lasting name of the system; the region's, if left out.
    #[serde(default)]
    pub system_id: Option<String>,
    /// What people call the system; its lasting name, if left out.
    #[serde(default)]
    pub name: Option<String>,
    /// The language of names, such as `en` or `nb-NO`.
    #[serde(default = "english")]
    pub language: String,
    /// The system's time zone by its name in the zone database.
    #[serde(default = "utc")]
    pub timezone: String,
    /// When bikes are to be had, as OpenStreetMap writes it.
    #[serde(default = "always")]
    pub opening_hours: String,
    /// Where readers reach the server, such as `https://bikes.example`, where that is another address than they ask: behind a proxy that speaks
    /// TLS, say.
    #[serde(default)]
    pub url: Option<String>,
    /// How long a file holds, and so how often it is made anew at most. Riders stand before an empty rack for as long.
    #[serde(with = "duration", default = "default_ttl")]
    pub ttl: Millis,
    /// Kinds of bikes; what is of no known kind, or of one that is not here, counts as the first one.
    #[serde(default = "plain_bikes")]
    pub kinds: Vec<PublishedKind>,
}

/// A kind of bike, as riders are told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedKind {
    /// Lasting name, as counts of stock have it.
    pub id: BikeKind,
    /// What moves it.
    #[serde(default = "pedals")]
    pub propulsion: Propulsion,
    /// Whether it carries loads.
    #[serde(default)]
    pub cargo: bool,
    /// How far it goes on a full battery, in metres: said of those that have one, and of no other.
    #[serde(default)]
    pub range_m_max: Option<u32>,
}

fn english() -> String {
    "en".into()
}

fn utc() -> String {
    "Etc/UTC".into()
}

fn always() -> String {
    "24/7".into()
}

const fn default_ttl() -> Millis {
    Millis::from_secs(30)
}

const fn pedals() -> Propulsion {
    Propulsion::Human
}

fn plain_bikes() -> Vec<PublishedKind> {
    let id = BikeKind::new("bike").expect("letters, short");
    vec![PublishedKind { id, propulsion: pedals(), cargo: false, range_m_max: None }]
}

/// GBFS wants counts to be no older than five minutes.
const TTL: (Millis, Millis) = (Millis::from_secs(1), Millis::from_secs(300));
/// Kinds that riders can tell apart.
const KINDS_MAX: usize = 64;
/// Longest text of a setting, in characters: it goes into each file, or onto a map.
const TEXT_MAX: usize = 256;

impl GbfsOptions {
    /// Errors: text that is none, too long or not of its form; kinds that are none, too many, or one twice; a range without a battery, or
    /// a battery without a range.
    pub fn validate(self) -> Result<Self, Invalid> {
        span_within("ttl", self.ttl, TTL)?;
        shape(
            "contact_email",
            &self.contact_email,
            is_email,
            "must be an address of mail, such as feed@bikes.example",
        )?;
        shape("language", &self.language, is_language, "must be a language such as en or nb-NO")?;
        let is_zone = |zone: &str| jiff::tz::TimeZone::get(zone).is_ok();
        shape("timezone", &self.timezone, is_zone, "must be a zone such as Europe/Oslo")?;
        shape("opening_hours", &self.opening_hours, |_| true, "")?;
        for (field, text) in [("system_id", &self.system_id), ("name", &self.name)] {
            text.as_ref().map_or(Ok(()), |text| shape(field, text, |_| true, ""))?;
        }
        let rule = "must be an address such as https://bikes.example, without a path";
        self.url.as_ref().map_or(Ok(()), |url| shape("url", url, is_origin, rule))?;
        let (least, most, unit) = (1, KINDS_MAX, "kinds".into());
        if !(least..=most).contains(&self.kinds.len()) {
            return Err(Invalid::new("kinds", self.kinds.len(), Rule::Size { least, most, unit }));
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            kind.check(&self.kinds[..at]).map_err(|invalid| invalid.within(&format!("kinds[{at}]")))?;
        }
        Ok(self)
    }

    pub(super) fn system_id(&self, region: &RegionId) -> String {
        self.system_id.clone().unwrap_or_else(|| region.to_string())
    }
}

impl PublishedKind {
    fn check(&self, before: &[Self]) -> Result<(), Invalid> {
        let rule = |text: &str| Rule::Shape(text.into());
        if before.iter().any(|other| other.id == self.id) {
            return Err(Invalid::new("id", &self.id, rule("must be another than those before it")));
        }
        let has_battery = matches!(self.propulsion, Propulsion::ElectricAssist | Propulsion::Electric);
        match (self.propulsion, self.range_m_max) {
            (Propulsion::Other, _) => {
                Err(Invalid::new("propulsion", "other", rule("must be human, electric_assist or electric")))
            }
            (_, None) if has_battery => {
                Err(Invalid::new("range_m_max", "left out", rule("must be said where there is a battery")))
            }
            (_, Some(range)) if !has_battery => {
                Err(Invalid::new("range_m_max", range, rule("must be left out where there is no battery")))
            }
            _ => Ok(()),
        }
    }
}

fn shape(field: &str, text: &str, is: impl Fn(&str) -> bool, rule: &str) -> Result<(), Invalid> {
    let length = text.chars().count();
    if !(1..=TEXT_MAX).contains(&length) {
        let (least, most, unit) = (1, TEXT_MAX, "characters".into());
        return Err(Invalid::new(field, format!("{length} characters"), Rule::Size { least, most, unit }));
    }
    if is(text) { Ok(()) } else { Err(Invalid::new(field, text, Rule::Shape(rule.into()))) }
}

fn is_email(text: &str) -> bool {
    let whole = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && c != '@');
    text.split_once('@').is_some_and(|(who, host)| whole(who) && whole(host))
}

fn is_language(text: &str) -> bool {
    let (language, country) = text.split_once('-').map_or((text, None), |(of, at)| (of, Some(at)));
    let is_country = |at: &str| at.len() == 2 && at.chars().all(|c| c.is_ascii_uppercase());
    (2..=3).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_lowercase())
        && country.is_none_or(is_country)
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| host.parse::<axum::http::uri::Authority>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(more: &str) -> Result<GbfsOptions, String> {
        let text = format!("contact_email = \"feed@bikes.example\"\n{more}");
        let read: GbfsOptions = toml::from_str(&text).map_err(|error| error.to_string())?;
        read.validate().map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn an_address_is_all_that_an_operator_must_say() {
        let usual = options("").expect("it is enough");
        assert!(!usual.public, "nothing is public unless somebody says so");
        assert_eq!((usual.timezone.as_str(), usual.language.as_str()), ("Etc/UTC", "en"));
        assert_eq!(usual.kinds[0].id.as_str(), "bike");
        assert!(
            toml::from_str::<GbfsOptions>("")
                .expect_err("it is missing")
                .to_string()
                .contains("contact_email")
        );
    }

    #[test]
    fn what_readers_could_not_use_is_refused_with_field_value_and_rule() {
        for (more, said) in [
            ("language = \"English\"", "language is English: must be a language"),
            ("timezone = \"Europe/Atlantis\"", "timezone is Europe/Atlantis: must be a zone"),
            ("ttl = \"10 min\"", "ttl is"),
            ("name = \"\"", "name is 0 characters"),
            ("url = \"https://bikes.example/feed\"", "url is https://bikes.example/feed: must be an address"),
            ("kinds = []", "kinds is 0"),
            ("kinds = [{ id = \"e\" }, { id = \"e\" }]", "kinds[1].id is e: must be another"),
            ("kinds = [{ id = \"e\", propulsion = \"electric\" }]", "kinds[0].range_m_max is left out"),
            ("kinds = [{ id = \"b\", range_m_max = 9 }]", "kinds[0].range_m_max is 9"),
            ("kinds = [{ id = \"b\", propulsion = \"other\" }]", "kinds[0].propulsion is other"),
            ("colour = \"red\"", "colour"),
        ] {
            let refused = options(more).expect_err(more);
            assert!(refused.contains(said), "{more}: {refused}");
        }
        let mail = GbfsOptions { contact_email: "nobody".into(), ..options("").expect("good") };
        assert!(mail.validate().expect_err("no address").to_string().contains("contact_email is nobody"));
    }
}
