//! Stations and depots as their operator describes them, and how many bikes are wanted there.

use super::id::StationId;
use crate::limits::{Invalid, Rule, STATION_DOCKS_MAX, STATION_NAME_CHARS_MAX};
use crate::{Position, Row};
use serde::{Deserialize, Serialize};

/// What a place of bikes is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// Riders take bikes there, and leave them.
    #[default]
    Station,
    /// Vans alone do: it is never short and never full, and what stands there may be taken.
    Depot,
    /// A part of the city in which bikes stand at no station: it has no docks, and nothing is asked for there unless its operator does.
    Cell,
}

/// How many bikes should stand somewhere.
///
/// ```text
///   0 ... least ........ low .............. high ........ docks
///   a van is sent below  |<- brought to here ->|   taken down to here once no dock is free
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockTarget {
    /// With fewer a van is sent: 1 for most, more near a hospital or a late train.
    pub least: u32,
    /// A van that comes brings as many at least, if it has them. With so many nobody needs to come.
    pub low: u32,
    /// It brings as many at most, and what stands above may be taken elsewhere.
    pub high: u32,
}

/// What is wanted where docks limit nothing and nobody says: as many as one visit of a van brings.
const UNLIMITED: StockTarget = StockTarget { least: 1, low: 3, high: 10 };

impl StockTarget {
    /// What is wanted where nobody says: between a quarter and three quarters of the docks, so that a rider who comes finds a bike or a dock
    /// with the same chance.
    pub fn usual(docks: Option<u32>) -> Self {
        let Some(docks) = docks else { return UNLIMITED };
        let low = docks.div_ceil(4).max(1);
        Self { least: 1, low, high: (docks * 3 / 4).max(low) }
    }

    /// Errors: bounds in another order than they are drawn in, or above the docks.
    fn validate(self, docks: Option<u32>) -> Result<Self, Invalid> {
        let most = docks.unwrap_or(STATION_DOCKS_MAX);
        if self.least <= self.low && self.low <= self.high && self.high <= most {
            return Ok(self);
        }
        let (least, low, high) = (self.least, self.low, self.high);
        let rule = Rule::Shape(format!("must have least <= low <= high <= {most}"));
        Err(Invalid::new("target", format!("least {least}, low {low}, high {high}"), rule))
    }
}

/// Records of before there were stations without a target keep their layout: none is stored as one that cannot be, with a least above its
/// high.
mod stored_target {
    use super::StockTarget;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    const NONE: StockTarget = StockTarget { least: 1, low: 0, high: 0 };

    #[expect(clippy::ref_option, reason = "serde asks so")]
    pub(super) fn serialize<S: Serializer>(target: &Option<StockTarget>, to: S) -> Result<S::Ok, S::Error> {
        target.unwrap_or(NONE).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<StockTarget>, D::Error> {
        StockTarget::deserialize(from).map(|stored| (stored != NONE).then_some(stored))
    }
}

/// A station or a depot as its operator describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationSpec {
    /// Its lasting name: the feed's.
    pub id: StationId,
    /// What it is for.
    pub kind: SiteKind,
    /// What people call it.
    pub name: Option<String>,
    /// Where vans stop.
    pub position: Position,
    /// Its docks; `None`: docks are not what limits it.
    pub docks: Option<u32>,
    /// What its operator wants there: vans bring no more than `high` and leave no fewer than `low`. `None`: nobody says, and vans do what serves
    /// most riders.
    #[serde(with = "stored_target")]
    pub target: Option<StockTarget>,
}

impl StationSpec {
    /// Errors: a name too long, more docks than a station can have, docks of a cell, or a target that breaks its own rule.
    pub fn validate(self) -> Result<Self, Invalid> {
        if let Some(name) = self.name.as_deref().filter(|name| name.chars().count() > STATION_NAME_CHARS_MAX)
        {
            let rule = Rule::Size { least: 0, most: STATION_NAME_CHARS_MAX, unit: "characters".into() };
            return Err(Invalid::new("name", name, rule));
        }
        if let Some(docks) = self.docks.filter(|_| self.kind == SiteKind::Cell) {
            let rule = Rule::Shape("must be left out: in a cell bikes stand on the street".into());
            return Err(Invalid::new("docks", docks, rule));
        }
        if let Some(docks) = self.docks.filter(|docks| !(1..=STATION_DOCKS_MAX).contains(docks)) {
            let rule = Rule::Within { low: 1.0, high: f64::from(STATION_DOCKS_MAX) };
            return Err(Invalid::new("docks", docks, rule));
        }
        if self.position == Position::NULL_ISLAND {
            let rule = Rule::Shape("must be a place: 0, 0 is what a receiver without a fix says".into());
            return Err(Invalid::new("position", self.position, rule));
        }
        self.target.map(|target| target.validate(self.docks)).transpose()?;
        Ok(self)
    }

    /// What is wanted there, whoever says so: by [`StockTarget::usual`] where the operator does not, and nothing at a depot or in a cell.
    pub fn wanted(&self) -> StockTarget {
        let usual = match self.kind {
            SiteKind::Station => StockTarget::usual(self.docks),
            SiteKind::Depot | SiteKind::Cell => StockTarget { least: 0, low: 0, high: 0 },
        };
        self.target.unwrap_or(usual)
    }

    /// Stocks to which vans may bring it: the operator's, or any.
    pub fn allowed(&self) -> (u32, u32) {
        let any = (0, self.docks.unwrap_or(u32::MAX));
        self.target.map_or(any, |target| (target.low, target.high))
    }
}

impl Row for StationSpec {
    type Id = StationId;
    fn id(&self) -> &StationId {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(docks: Option<u32>, target: StockTarget) -> Result<StationSpec, Invalid> {
        let position = Position::new(59.918, 10.757).expect("a place");
        let id = StationId::new("N1").expect("a name");
        StationSpec { id, kind: SiteKind::Station, name: None, position, docks, target: Some(target) }
            .validate()
    }

    #[test]
    fn what_is_usual_is_allowed_at_stations_of_all_sizes() {
        for docks in (1..200).map(Some).chain([None]) {
            let target = StockTarget::usual(docks);
            assert!(spec(docks, target).is_ok(), "{docks:?}: {target:?}");
            assert!(target.least >= 1 && target.least <= target.low);
        }
    }

    #[test]
    fn a_cell_has_no_docks_and_asks_for_nothing_until_somebody_does() {
        let position = Position::new(59.918, 10.757).expect("a place");
        let id = StationId::new("8909935884fffff").expect("a name");
        let cell = StationSpec { id, kind: SiteKind::Cell, name: None, position, docks: None, target: None };
        assert_eq!(cell.wanted(), StockTarget { least: 0, low: 0, high: 0 });
        assert_eq!(cell.allowed(), (0, u32::MAX), "vans may do what serves most riders");
        let refused = StationSpec { docks: Some(4), ..cell }.validate().expect_err("it has docks");
        assert_eq!(refused.to_string(), "docks is 4: must be left out: in a cell bikes stand on the street");
    }

    #[test]
    fn a_target_out_of_order_is_refused_with_what_it_is() {
        let refused = |least, low, high| {
            spec(Some(20), StockTarget { least, low, high }).expect_err("out of order").to_string()
        };
        let rule = "must have least <= low <= high <= 20";
        assert_eq!(refused(3, 2, 9), format!("target is least 3, low 2, high 9: {rule}"));
        assert_eq!(refused(1, 9, 8), format!("target is least 1, low 9, high 8: {rule}"));
        assert_eq!(refused(1, 5, 21), format!("target is least 1, low 5, high 21: {rule}"));
    }
}
