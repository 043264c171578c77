//! A device, its attributes and its capacities as values of the language.

use crate::amount::Amount;
use crate::cluster::{Attribute, Device, QualifiedName};
use cel::ExecutionError;
use cel::common::traits::{self, Container, Indexer, Iterable, Sizer};
use cel::common::types::{CelBool, CelInt, CelString, MAP_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

static QUANTITY: Type = Type::new_unspecified_type("kubernetes.Quantity");
static SEMVER: Type = Type::new_unspecified_type("kubernetes.Semver");

/// An amount.
#[derive(Clone, Debug)]
pub(super) struct Quantity(pub(super) Amount);

/// A version, which compares by precedence: what stands behind a plus sign does not count.
#[derive(Clone, Debug)]
pub(super) struct Semver(pub(super) semver::Version);

impl Val for Quantity {
    fn get_type(&self) -> &Type {
        &QUANTITY
    }
    fn cel_type() -> &'static Type {
        &QUANTITY
    }
    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Quantity {}

impl Val for Semver {
    fn get_type(&self) -> &Type {
        &SEMVER
    }
    fn cel_type() -> &'static Type {
        &SEMVER
    }
    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.0.cmp_precedence(&other.0).is_eq())
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Semver {}

/// A device as expressions see it.
#[derive(Clone, Debug)]
pub struct Described(Fields);

/// A name as a value, for those who go through names, and what is under it.
type Named = (CelString<'static>, Box<dyn Val>);

/// Values by name, in the order of the names. Copies share them.
#[derive(Clone, Debug)]
struct Fields {
    named: Arc<BTreeMap<String, Named>>,
    /// What is under a name that is not there; `None`: reading it is an error.
    otherwise: Option<Box<Fields>>,
}

impl Described {
    /// Describes a device of a driver.
    pub fn of(driver: &str, device: &Device) -> Self {
        let attributes = device.attributes.iter().map(|(name, value)| (name, attribute(value)));
        let capacity = device.capacity.iter();
        let capacity = capacity.map(|(name, of)| (name, Box::new(Quantity(of.value)) as Box<dyn Val>));
        let fields: [(&str, Box<dyn Val>); 4] = [
            ("driver", Box::new(CelString::from(driver.to_owned()))),
            ("allowMultipleAllocations", Box::new(CelBool::from(device.is_shared))),
            ("attributes", Box::new(by_domain(attributes))),
            ("capacity", Box::new(by_domain(capacity))),
        ];
        Self(Fields::new(fields.into_iter().map(|(name, value)| (name.to_owned(), value)), None))
    }
}

fn attribute(of: &Attribute) -> Box<dyn Val> {
    match of {
        Attribute::Flag(value) => Box::new(CelBool::from(*value)),
        Attribute::Number(value) => Box::new(CelInt::from(*value)),
        Attribute::Text(value) => Box::new(CelString::from(value.clone())),
        Attribute::Version(value) => Box::new(Semver(value.clone())),
    }
}

/// What is named `domain/name`, by domain. A domain that is not there is an empty one.
fn by_domain<'n>(all: impl Iterator<Item = (&'n QualifiedName, Box<dyn Val>)>) -> Fields {
    let mut domains: BTreeMap<String, BTreeMap<String, Box<dyn Val>>> = BTreeMap::new();
    for (name, value) in all {
        domains.entry(name.domain.clone()).or_default().insert(name.name.clone(), value);
    }
    let nothing = Fields::new(std::iter::empty(), None);
    let named = domains
        .into_iter()
        .map(|(domain, of)| (domain, Box::new(Fields::new(of.into_iter(), None)) as Box<dyn Val>));
    Fields::new(named, Some(nothing))
}

impl Fields {
    fn new(named: impl Iterator<Item = (String, Box<dyn Val>)>, otherwise: Option<Self>) -> Self {
        let named = named.map(|(name, value)| (name.clone(), (CelString::from(name), value)));
        Self { named: Arc::new(named.collect()), otherwise: otherwise.map(Box::new) }
    }
}

impl Val for Fields {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }
    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }
    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }
    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Fields {}

impl Container for Fields {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(key.downcast_ref::<CelString<'_>>().is_some_and(|name| self.named.contains_key(name.inner())))
    }
}

impl Indexer for Fields {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = key.downcast_ref::<CelString<'_>>().map(|name| name.inner().to_owned());
        let name = name.ok_or_else(|| ExecutionError::UnexpectedType {
            got: key.get_type().name().to_owned(),
            want: "string".to_owned(),
        })?;
        match (self.named.get(&name), &self.otherwise) {
            (Some((_, value)), _) => Ok(CowVal::Borrowed(value.as_ref())),
            (None, Some(otherwise)) => Ok(CowVal::Borrowed(otherwise.as_ref())),
            (None, None) => Err(ExecutionError::no_such_key(&name)),
        }
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Sizer for Fields {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.named.len()).unwrap_or(i64::MAX))
    }
}

impl Iterable for Fields {
    fn iter<'b, 'v>(&'b self) -> Box<dyn traits::Iterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Names(self.named.values()))
    }
}

/// The names, in order.
struct Names<'b>(std::collections::btree_map::Values<'b, String, Named>);

impl<'b, 'v> traits::Iterator<'b, 'v> for Names<'b> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|(name, _)| name as &(dyn Val + 'v))
    }
}

impl Val for Described {
    fn get_type(&self) -> &Type {
        self.0.get_type()
    }
    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }
    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(&self.0)
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }
}
