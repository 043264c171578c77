//! Between the model's types and those on disk: two traits, the plain values, and two macros that pair fields and variants
//! by name. Both macros are exhaustive on either side: nothing can be added to or taken from the model without a word in
//! the pairing, and nothing in the pairing moves a byte.

use paceline_model::{
    Centimetres, Charge, ChargerId, Fingerprint, GeofenceId, HandOverNumber, Heading, IdempotencyKey,
    Instant, Invalid, Millis, MilliwattHours, MilliwattHoursPerKm, OrderId, Pages, Receipt, RegionId, Tag,
    VehicleId, Version,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value of the model as it is stored. Text is borrowed: writing copies no name.
pub(crate) trait Store<'a, T> {
    fn store(&'a self) -> T;
}

/// A stored value as the model has it. Errors: it breaks a rule of the model.
pub(crate) trait Load<T> {
    fn load(self) -> Result<T, Invalid>;
}

/// `Stored, Model, { stored_field = model_field, .. }`; a name alone stands for both.
macro_rules! same_fields {
    ($here:ident $(<$life:lifetime>)?, $there:ty, { $($mine:ident $(= $theirs:ident)?),+ $(,)? }) => {
        impl<'a> Store<'a, $here $(<$life>)?> for $there {
            fn store(&'a self) -> $here $(<$life>)? {
                let Self { $($($theirs:)? $mine),+ } = self;
                $here { $($mine: $mine.store()),+ }
            }
        }
        impl<'a> Load<$there> for $here $(<$life>)? {
            fn load(self) -> Result<$there, Invalid> {
                type There = $there;
                let Self { $($mine),+ } = self;
                $(let $mine = $mine.load()?;)+
                Ok(There { $($($theirs:)? $mine),+ })
            }
        }
    };
}

/// `Stored, Model, { StoredVariant = ModelVariant { stored_field = model_field, .. }, .. }`, or with `(name)`, or plain.
macro_rules! same_variants {
    ($here:ident $(<$life:lifetime>)?, $there:ty, { $(
        $mine:ident = $theirs:ident $({ $($m:ident $(= $t:ident)?),+ $(,)? })? $(($inner:ident))?
    ),+ $(,)? }) => {
        impl<'a> Store<'a, $here $(<$life>)?> for $there {
            fn store(&'a self) -> $here $(<$life>)? {
                match self { $(
                    Self::$theirs $({ $($($t:)? $m),+ })? $(($inner))? =>
                        $here::$mine $({ $($m: $m.store()),+ })? $(($inner.store()))?
                ),+ }
            }
        }
        impl<'a> Load<$there> for $here $(<$life>)? {
            fn load(self) -> Result<$there, Invalid> {
                type There = $there;
                Ok(match self { $(
                    Self::$mine $({ $($m),+ })? $(($inner))? => {
                        $($(let $m = $m.load()?;)+)?
                        There::$theirs $({ $($($t:)? $m),+ })? $(($inner.load()?))?
                    }
                ),+ })
            }
        }
    };
}
pub(crate) use {same_fields, same_variants};

macro_rules! plain {
    ($($number:ty),+) => { $(
        impl Store<'_, $number> for $number {
            fn store(&self) -> $number {
                *self
            }
        }
        impl Load<$number> for $number {
            fn load(self) -> Result<$number, Invalid> {
                Ok(self)
            }
        }
    )+ };
}
plain!(u8, u16, u32, u64, i64, f64, [u32; 4]);

/// Numbers that the model wraps to say their unit.
macro_rules! wrapped {
    ($($there:ident($number:ty)),+) => { $(
        impl Store<'_, $number> for $there {
            fn store(&self) -> $number {
                self.0
            }
        }
        impl Load<$there> for $number {
            fn load(self) -> Result<$there, Invalid> {
                Ok($there(self))
            }
        }
    )+ };
}
wrapped!(
    Instant(u64),
    Version(u64),
    Fingerprint(u64),
    HandOverNumber(u64),
    Millis(u32),
    Centimetres(u32),
    MilliwattHours(u32),
    MilliwattHoursPerKm(u32)
);

macro_rules! names {
    ($($there:ident),+) => { $(
        impl<'a> Store<'a, &'a str> for $there {
            fn store(&'a self) -> &'a str {
                self.as_str()
            }
        }
        impl Load<$there> for &str {
            fn load(self) -> Result<$there, Invalid> {
                $there::new(self)
            }
        }
    )+ };
}
names!(VehicleId, OrderId, ChargerId, GeofenceId, IdempotencyKey, RegionId, Tag);

impl<'a> Store<'a, &'a str> for String {
    fn store(&'a self) -> &'a str {
        self
    }
}

impl Load<String> for &str {
    fn load(self) -> Result<String, Invalid> {
        Ok(self.to_owned())
    }
}

/// Degrees clockwise from north.
impl Store<'_, u16> for Heading {
    fn store(&self) -> u16 {
        self.as_degrees()
    }
}

impl Load<Heading> for u16 {
    fn load(self) -> Result<Heading, Invalid> {
        Heading::from_degrees(f64::from(self))
    }
}

/// Hundredths of a percent.
impl Store<'_, u16> for Charge {
    fn store(&self) -> u16 {
        self.as_hundredths()
    }
}

impl Load<Charge> for u16 {
    fn load(self) -> Result<Charge, Invalid> {
        Charge::from_hundredths(self)
    }
}

/// The version of the world that includes what was asked.
impl Store<'_, u64> for Receipt {
    fn store(&self) -> u64 {
        self.version.0
    }
}

impl Load<Receipt> for u64 {
    fn load(self) -> Result<Receipt, Invalid> {
        Ok(Receipt { version: Version(self) })
    }
}

/// A size was a `usize` of the machine that wrote it.
impl Store<'_, u64> for usize {
    fn store(&self) -> u64 {
        *self as u64
    }
}

impl Load<usize> for u64 {
    fn load(self) -> Result<usize, Invalid> {
        Ok(usize::try_from(self).unwrap_or(usize::MAX))
    }
}

impl<'a, T: Store<'a, U>, U> Store<'a, U> for Arc<T> {
    fn store(&'a self) -> U {
        self.as_ref().store()
    }
}

impl<T: Load<U>, U> Load<Arc<U>> for T {
    fn load(self) -> Result<Arc<U>, Invalid> {
        self.load().map(Arc::new)
    }
}

impl<'a, T: Store<'a, U>, U> Store<'a, Option<U>> for Option<T> {
    fn store(&'a self) -> Option<U> {
        self.as_ref().map(Store::store)
    }
}

impl<T: Load<U>, U> Load<Option<U>> for Option<T> {
    fn load(self) -> Result<Option<U>, Invalid> {
        self.map(Load::load).transpose()
    }
}

impl<'a, T: Store<'a, U>, F: Store<'a, G>, U, G> Store<'a, Result<U, G>> for Result<T, F> {
    fn store(&'a self) -> Result<U, G> {
        self.as_ref().map(Store::store).map_err(Store::store)
    }
}

impl<T: Load<U>, F: Load<G>, U, G> Load<Result<U, G>> for Result<T, F> {
    fn load(self) -> Result<Result<U, G>, Invalid> {
        Ok(match self {
            Ok(value) => Ok(value.load()?),
            Err(refusal) => Err(refusal.load()?),
        })
    }
}

impl<'a, K: Store<'a, J>, V: Store<'a, W>, J, W> Store<'a, (J, W)> for (K, V) {
    fn store(&'a self) -> (J, W) {
        (self.0.store(), self.1.store())
    }
}

impl<K: Load<J>, V: Load<W>, J, W> Load<(J, W)> for (K, V) {
    fn load(self) -> Result<(J, W), Invalid> {
        Ok((self.0.load()?, self.1.load()?))
    }
}

/// Lists of all kinds are lists on disk, a map's pairs in the order of their keys.
macro_rules! lists {
    ($($there:ident $(+ $bound:ident)?),+) => { $(
        impl<'a, T: Store<'a, U>, U> Store<'a, Vec<U>> for $there<T> {
            fn store(&'a self) -> Vec<U> {
                self.iter().map(Store::store).collect()
            }
        }
        impl<T: Load<U>, U $(: $bound)?> Load<$there<U>> for Vec<T> {
            fn load(self) -> Result<$there<U>, Invalid> {
                self.into_iter().map(Load::load).collect()
            }
        }
    )+ };
}
lists!(Vec, Pages + Clone, BTreeSet + Ord);

impl<'a, K: Store<'a, J>, V: Store<'a, W>, J, W> Store<'a, Vec<(J, W)>> for BTreeMap<K, V> {
    fn store(&'a self) -> Vec<(J, W)> {
        self.iter().map(|(key, value)| (key.store(), value.store())).collect()
    }
}

impl<T: Load<(K, V)>, K: Ord, V> Load<BTreeMap<K, V>> for Vec<T> {
    fn load(self) -> Result<BTreeMap<K, V>, Invalid> {
        self.into_iter().map(Load::load).collect()
    }
}
