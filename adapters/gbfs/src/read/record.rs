//! One record of a file, read leniently: what is clearly meant is read as that and told; what is not is nothing, and told.

use paceline_model::Position;
use paceline_model::bikes::{Names, NoPlace, Oddity, Told};
use serde_json::{Map, Value};

/// Most languages that one text is kept in.
const LANGUAGES_MAX: usize = 16;
/// Longest text that is kept of a name.
const NAME_CHARS_MAX: usize = 200;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// It is not there, or null.
    Nothing,
    /// This.
    This(T),
    /// Something that it cannot be.
    Nonsense,
}

/// One record with its id.
pub(super) struct Record<'a> {
    pub(super) id: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Record<'a> {
    /// A record by the first of these fields that it has. `None`: it is none, or has no id; told.
    pub(super) fn of(value: &'a Value, id_fields: &[&str], told: &mut Told) -> Option<Self> {
        let Some(fields) = value.as_object() else {
            told.tell(Oddity::RecordMalformed, "", value);
            return None;
        };
        let id = match id_fields.iter().find_map(|field| fields.get(*field)) {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(Value::Number(number)) => {
                told.tell(Oddity::IdNotText, number, number);
                number.to_string()
            }
            _ => {
                told.tell(Oddity::IdMissing, "", value);
                return None;
            }
        };
        Some(Self { id, fields })
    }

    /// The id as a name. `None`: it cannot be one; told.
    pub(super) fn name<T>(
        &self,
        new: impl Fn(&str) -> Result<T, paceline_model::Invalid>,
        told: &mut Told,
    ) -> Option<T> {
        let name = new(&self.id);
        name.inspect_err(|invalid| told.tell(Oddity::IdUnusable, &self.id, invalid)).ok()
    }

    /// The first of these fields that is there and not null.
    pub(super) fn get(&self, names: &[&str]) -> Option<&'a Value> {
        names.iter().find_map(|name| self.fields.get(*name)).filter(|value| !value.is_null())
    }

    /// Whether one of these fields is there, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// Tells of a field.
    pub(super) fn tell(&self, what: Oddity, names: &[&str], told: &mut Told) {
        match names.iter().find_map(|name| Some((name, self.fields.get(*name)?))) {
            Some((name, value)) => told.tell(what, &self.id, format_args!("{name} {value}")),
            None => told.tell(what, &self.id, format_args!("no {}", names.first().unwrap_or(&""))),
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.get(&[name]).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A list.
    pub(super) fn list(&self, name: &str) -> Option<&'a [Value]> {
        self.get(&[name]).and_then(Value::as_array).map(Vec::as_slice)
    }

    /// A flag: false unless it is clearly true.
    pub(super) fn flag(&self, name: &str, told: &mut Told) -> bool {
        let read = match self.get(&[name]) {
            Some(Value::Bool(flag)) => return *flag,
            Some(Value::Number(number)) => number.as_u64().and_then(|number| match number {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            }),
            Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        };
        let what = if read.is_some() { Oddity::FlagNotBoolean } else { Oddity::FlagMissing };
        self.tell(what, &[name], told);
        read.unwrap_or(false)
    }

    /// A whole number, also as text.
    pub(super) fn whole(&self, names: &[&str], told: &mut Told) -> Said<i64> {
        let Some(value) = self.get(names) else { return Said::Nothing };
        match number(value) {
            Some((number, as_text)) if number.fract() == 0.0 && number.abs() < 1e15 => {
                if as_text {
                    self.tell(Oddity::NumberAsText, names, told);
                }
                Said::This(number as i64)
            }
            _ => Said::Nonsense,
        }
    }

    /// A count between 0 and `most`; 0 where it is missing, or cannot be one and is told.
    pub(super) fn count_or_none(&self, names: &[&str], most: u32, told: &mut Told) -> u32 {
        match self.whole(names, told) {
            Said::Nothing => 0,
            Said::This(count) => match u32::try_from(count) {
                Ok(count) if count <= most => count,
                Ok(_) => self.no_count(Oddity::CountBeyond, names, told),
                Err(_) if count < 0 => self.no_count(Oddity::CountNegative, names, told),
                Err(_) => self.no_count(Oddity::CountBeyond, names, told),
            },
            Said::Nonsense => self.no_count(Oddity::CountMissing, names, told),
        }
    }

    fn no_count(&self, what: Oddity, names: &[&str], told: &mut Told) -> u32 {
        self.tell(what, names, told);
        0
    }

    /// Any number, also as text.
    pub(super) fn number(&self, name: &str) -> Said<f64> {
        match self.get(&[name]).map(number) {
            None => Said::Nothing,
            Some(None) => Said::Nonsense,
            Some(Some((number, _))) => Said::This(number),
        }
    }

    /// Where it is. Errors: it does not say, or what it says is none.
    pub(super) fn position(&self) -> Result<Position, NoPlace> {
        match (self.number("lat"), self.number("lon")) {
            (Said::Nothing, Said::Nothing) => Err(NoPlace::NotSaid),
            (Said::This(lat), Said::This(lon)) => Position::new(lat, lon).map_err(|_| NoPlace::NoDegrees),
            _ => Err(NoPlace::NoDegrees),
        }
    }

    /// Tells why a place is not known.
    pub(super) fn tell_no_place(&self, why: NoPlace, told: &mut Told) {
        let what = match why {
            NoPlace::NotSaid | NoPlace::NoDegrees => Oddity::PlaceMissing,
            NoPlace::NullIsland => Oddity::PlaceNull,
            NoPlace::OffRegion => Oddity::PlaceOffRegion,
            NoPlace::TwoPlaces => Oddity::TwoPlaces,
        };
        let degrees = |name| self.get(&[name]).map_or_else(|| "nothing".to_owned(), ToString::to_string);
        told.tell(what, &self.id, format_args!("{}, {}", degrees("lat"), degrees("lon")));
    }

    /// What it is called: a text in the file's language, or texts with theirs.
    pub(super) fn names(&self, field: &str, language: &str) -> Names {
        names(self.fields.get(field), language)
    }
}

/// What something is called: a text in the file's language, or texts with theirs.
pub(super) fn names(value: Option<&Value>, language: &str) -> Names {
    let cut = |text: &str| text.chars().take(NAME_CHARS_MAX).collect::<String>();
    match value {
        Some(Value::String(text)) if !text.is_empty() => [(language.to_owned(), cut(text))].into(),
        Some(Value::Array(texts)) => {
            let of = |text: &Value| {
                let field = |name: &str| text.get(name).and_then(Value::as_str);
                Some((field("language")?.to_owned(), cut(field("text")?)))
            };
            texts.iter().take(LANGUAGES_MAX).filter_map(of).collect()
        }
        _ => Names::new(),
    }
}

/// A number, and whether it stands as text.
fn number(value: &Value) -> Option<(f64, bool)> {
    match value {
        Value::Number(number) => number.as_f64().map(|number| (number, false)),
        Value::String(text) => text.trim().parse().ok().map(|number| (number, true)),
        _ => None,
    }
    .filter(|(number, _): &(f64, bool)| number.is_finite())
}
