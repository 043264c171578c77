//! Schemas of the plain values that bodies are made of, with their bounds taken from the model's limits. A field names one
//! of these as its `value_type`; none of them is ever a value.

use paceline_model::limits::{
    BATTERY_KWH, CONSUMPTION_WH_PER_KM, GRAMS_PER_KWH, ID_BYTES_MAX, ID_PUNCTUATION, PLUG_KW, PLUGS_MAX,
    RING_POINTS_MAX, SEATS_MAX, SPEED_KMH, TAGS_MAX,
};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, Ref, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident => $make:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                Schema::from($make).into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

schemas! {
    /// The lasting name of a vehicle, order, charger or area; also an idempotency key.
    Id => text().description(Some("A lasting name from the caller's own systems."));
    /// The name of an artefact or of a chunk.
    Digest => ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^blake3:[0-9a-f]{64}$"))
        .description(Some("The name of an artefact or of a chunk: a BLAKE3 digest."));
    /// A repository, a tag or a digest of a registry of containers.
    RegistryName => ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .description(Some("A repository, a tag or a digest of a registry of containers."));
    /// An attribute or a priority tag.
    TagName => text().description(Some("A tag, such as `wheelchair`."));
    /// RFC 3339.
    Time => ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .pattern(Some("^(19[7-9][0-9]|[2-9][0-9]{3})-"))
        .description(Some("RFC 3339, not before 1970."));
    /// Degrees, north positive.
    Latitude => number((-90.0, 90.0)).description(Some("Degrees, north positive, WGS 84."));
    /// Degrees, east positive.
    Longitude => number((-180.0, 180.0)).description(Some("Degrees, east positive, WGS 84."));
    /// Percent of a full battery.
    Percent => number((0.0, 100.0)).description(Some("Percent of a full battery."));
    /// Compass heading.
    HeadingDeg => number((0.0, 360.0)).description(Some("Degrees clockwise from north."));
    /// Riders or places for them.
    Seats => integer(1, SEATS_MAX.into());
    /// Usable energy of a full battery.
    BatteryKwh => number(BATTERY_KWH);
    /// Consumption at nominal speed.
    ConsumptionWhPerKm => number(CONSUMPTION_WH_PER_KM);
    /// Carbon dioxide of a kilowatt-hour.
    GramsPerKwh => integer(0, GRAMS_PER_KWH.1 as u64);
    /// Plugs of a charger site.
    Plugs => integer(1, PLUGS_MAX.into());
    /// Power of a plug.
    PlugKw => number(PLUG_KW);
    /// Speed of a street.
    Kmh => number(SPEED_KMH);
    /// A ring of corners, closed or not.
    Ring => ArrayBuilder::new()
        .items(lon_lat())
        .min_items(Some(3))
        .max_items(Some(RING_POINTS_MAX + 1))
        .description(Some("At least three corners; the first may be repeated at the end."));
}

/// Tags, each once.
#[derive(Clone, Copy, Debug)]
pub enum Tags {}

impl PartialSchema for Tags {
    fn schema() -> RefOr<Schema> {
        let array = ArrayBuilder::new().items(reference::<TagName>()).max_items(Some(TAGS_MAX));
        Schema::from(array).into()
    }
}

impl ToSchema for Tags {
    fn schemas(schemas: &mut Schemas) {
        collect::<TagName>(schemas);
    }
}

/// Names with their schemas.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// A reference to a schema among the document's components.
pub(crate) fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// Adds a schema and those that it refers to.
pub(crate) fn collect<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// A position as GeoJSON writes it.
fn lon_lat() -> ArrayBuilder {
    let degrees = ObjectBuilder::new().schema_type(Type::Number);
    let pair = ArrayBuilder::new().items(degrees).min_items(Some(2)).max_items(Some(2));
    pair.description(Some("Longitude, latitude: RFC 7946."))
}

/// A name, or a name in quotes.
pub(crate) fn quoted_or_bare() -> ObjectBuilder {
    let name = name();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(ID_BYTES_MAX))
        .pattern(Some(format!("^({name}|\"{name}\")$")))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(ID_BYTES_MAX))
        .pattern(Some(format!("^{}$", name())))
}

/// A regular expression of all names, whatever their length.
fn name() -> String {
    // Within brackets only the hyphen means something else.
    let allowed = ID_PUNCTUATION.replace('-', "\\-");
    // Three dots, or fewer and then another character: neither `.` nor `..`, which paths fold away.
    let no_dot = allowed.replace('.', "");
    format!("([.]{{3}}|[.]{{0,2}}[A-Za-z0-9{no_dot}])[A-Za-z0-9{allowed}]*")
}

/// A number in a closed range.
pub(crate) fn number((low, high): (f64, f64)) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(low)).maximum(Some(high))
}

/// A whole number in a closed range.
pub(crate) fn integer(low: u64, high: u64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(low)).maximum(Some(high))
}
