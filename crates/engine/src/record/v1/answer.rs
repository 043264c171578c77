//! The answers that are kept for repeated commands: a version, or why not.

use super::convert::{Load, Store, same_fields, same_variants};
use super::values::{Operational, OrderPhase, Position};
use paceline_model as model;
use paceline_model::Invalid;
use serde::{Deserialize, Serialize};

/// The version that includes the command's effect, or the refusal.
pub(crate) type Answer<'a> = Result<u64, Refusal<'a>>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Refusal<'a> {
    #[serde(borrow)]
    Invalid(Malformed<'a>),
    OffTheMap {
        field: &'a str,
        position: Position,
        max_m: u32,
    },
    Unknown {
        kind: &'a str,
        id: &'a str,
    },
    DuplicateOrder(&'a str),
    WrongPhase {
        order: &'a str,
        phase: OrderPhase,
    },
    NotYours {
        order: &'a str,
        vehicle: &'a str,
    },
    WrongState {
        vehicle: &'a str,
        state: Operational,
    },
    Busy(&'a str),
    NoPlug(&'a str),
    KeyReused,
    HandedOver {
        vehicle: &'a str,
        to: &'a str,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Malformed<'a> {
    pub(crate) field: &'a str,
    pub(crate) value: &'a str,
    #[serde(borrow)]
    pub(crate) rule: Rule<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Rule<'a> {
    Within { low: f64, high: f64 },
    Size { least: u64, most: u64, unit: &'a str },
    Characters,
    NotBefore { than: &'a str },
    NotBeyond { days: u64 },
    Shape(&'a str),
    Rfc3339,
    Without { other: &'a str },
    OneOf(&'a str),
}

same_fields!(Malformed<'a>, Invalid, { field, value, rule });
same_variants!(Refusal<'a>, model::Refusal, {
    Invalid = Invalid(malformed),
    OffTheMap = OffTheMap { field, position, max_m },
    Unknown = Unknown { kind, id },
    DuplicateOrder = DuplicateOrder(order),
    WrongPhase = WrongPhase { order, phase },
    NotYours = NotYours { order, vehicle },
    WrongState = WrongState { vehicle, state },
    Busy = Busy(vehicle),
    NoPlug = NoPlug(charger),
    KeyReused = KeyReused,
    HandedOver = HandedOver { vehicle, to },
});
same_variants!(Rule<'a>, model::Rule, {
    Within = Within { low, high },
    Size = Size { least, most, unit },
    Characters = Characters,
    NotBefore = NotBefore { than },
    NotBeyond = NotBeyond { days },
    Shape = Shape(text),
    Rfc3339 = Rfc3339,
    Without = Without { other },
    OneOf = OneOf(names),
});
