//! Lists in pages, and the whole world read anew: what a client does after the stream said `reset`.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::operation::{self as op, Operation};
use paceline_api::page::VERSION_HEADER;
use paceline_api::{ChargerView, GeofenceView, OrderPhase, OrderView, VehicleView};
use paceline_model::limits::LISTED_MAX;
use paceline_model::{Instant, VehicleId};
use reqwest::header::{HeaderMap, LINK};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The version of the world that the rows show.
    pub version: u64,
    /// In the list's order.
    pub rows: Vec<T>,
    /// The query by which the list goes on; `None`: this is the last page.
    pub next: Option<String>,
}

/// A whole list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// The version of its first page. Later pages may be newer: a stream that goes on after this one misses nothing, and
    /// tells some changes that the rows hold already.
    pub version: u64,
    /// In the list's order.
    pub rows: Vec<T>,
}

/// Which orders are wanted. The default: all that are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderFilter {
    /// Those that stand so; of none, whatever they do.
    pub states: Vec<OrderPhase>,
    /// Those that this vehicle has, or served.
    pub vehicle: Option<VehicleId>,
    /// Those that were placed then or later.
    pub placed_from: Option<Instant>,
    /// Those that were placed before.
    pub placed_until: Option<Instant>,
}

impl OrderFilter {
    fn query(&self) -> String {
        let mut pairs = vec![limit()];
        if !self.states.is_empty() {
            let states: Vec<String> = self.states.iter().map(word).collect();
            pairs.push(format!("state={}", states.join(",")));
        }
        // Neither a name nor a time has a character that a query would need to escape.
        pairs.extend(self.vehicle.iter().map(|vehicle| format!("vehicle={vehicle}")));
        pairs.extend(self.placed_from.iter().map(|at| format!("placed_from={at}")));
        pairs.extend(self.placed_until.iter().map(|at| format!("placed_until={at}")));
        pairs.join("&")
    }
}

/// The world as its lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldRead {
    /// No list is older: go on with [`Client::stream`] after this version.
    pub version: u64,
    /// By name.
    pub vehicles: Vec<VehicleView>,
    /// By when they were placed.
    pub orders: Vec<OrderView>,
    /// By name.
    pub chargers: Vec<ChargerView>,
    /// By name.
    pub geofences: Vec<GeofenceView>,
}

impl Client {
    /// Vehicles by name, those that follow `after`, `limit` at most.
    pub async fn vehicles(&self, after: &str, limit: usize) -> Result<Vec<VehicleView>, ClientError> {
        let after = if after.is_empty() { String::new() } else { format!("after={after}&") };
        Ok(self.page(&op::LIST_VEHICLES, &format!("{after}limit={limit}")).await?.rows)
    }
    /// All vehicles, page by page.
    pub async fn all_vehicles(&self) -> Result<Vec<VehicleView>, ClientError> {
        Ok(self.list(&op::LIST_VEHICLES, limit()).await?.rows)
    }
    /// The orders that are wanted, page by page: those that have not ended, or ended within a day.
    pub async fn orders(&self, filter: &OrderFilter) -> Result<Listed<OrderView>, ClientError> {
        self.list(&op::LIST_ORDERS, filter.query()).await
    }
    /// All charger sites, page by page.
    pub async fn chargers(&self) -> Result<Listed<ChargerView>, ClientError> {
        self.list(&op::LIST_CHARGERS, limit()).await
    }
    /// All areas, page by page.
    pub async fn geofences(&self) -> Result<Listed<GeofenceView>, ClientError> {
        self.list(&op::LIST_GEOFENCES, limit()).await
    }
    /// All that can be listed: how a client that missed changes reads the world again.
    pub async fn read_world(&self) -> Result<WorldRead, ClientError> {
        let vehicles: Listed<VehicleView> = self.list(&op::LIST_VEHICLES, limit()).await?;
        // A server's version does not go back: the list that was read first is the oldest.
        let version = vehicles.version;
        Ok(WorldRead {
            version,
            vehicles: vehicles.rows,
            orders: self.orders(&OrderFilter::default()).await?.rows,
            chargers: self.chargers().await?.rows,
            geofences: self.geofences().await?.rows,
        })
    }

    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        list: &Operation,
        query: String,
    ) -> Result<Listed<T>, ClientError> {
        let Page { version, mut rows, mut next } = self.page(list, &query).await?;
        while let Some(query) = next {
            let page = self.page(list, &query).await?;
            rows.extend(page.rows);
            next = page.next;
        }
        Ok(Listed { version, rows })
    }

    async fn page<T: DeserializeOwned>(&self, list: &Operation, query: &str) -> Result<Page<T>, ClientError> {
        let (rows, headers) = self.call_with_headers(&Prepared::bare(list, "")?.asking(query)).await?;
        let version = text(&headers, VERSION_HEADER).and_then(|version| version.parse().ok());
        let version = version.ok_or_else(|| {
            ClientError::Unusable(format!("the server's page does not say its version in {VERSION_HEADER}"))
        })?;
        Ok(Page { version, rows, next: text(&headers, LINK.as_str()).and_then(next) })
    }
}

/// The query of as many rows as a page has.
pub(crate) fn limit() -> String {
    format!("limit={LISTED_MAX}")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The query in `<?after=v7&limit=2>; rel="next"`.
fn next(link: &str) -> Option<String> {
    let (target, rest) = link.strip_prefix("<?")?.split_once('>')?;
    rest.contains("rel=\"next\"").then(|| target.to_owned())
}

/// A state as the wire writes it.
fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_asks_for_what_it_names() {
        assert_eq!(OrderFilter::default().query(), "limit=1000");
        let filter = OrderFilter {
            states: vec![OrderPhase::Open, OrderPhase::TimedOut],
            vehicle: VehicleId::new("v1").ok(),
            placed_from: Some(Instant(0)),
            placed_until: None,
        };
        assert_eq!(
            filter.query(),
            "limit=1000&state=open,timed_out&vehicle=v1&placed_from=1970-01-01T00:00:00.000Z"
        );
    }

    #[test]
    fn a_link_is_followed_only_to_the_next_page() {
        assert_eq!(next("<?after=v7&limit=2>; rel=\"next\"").as_deref(), Some("after=v7&limit=2"));
        assert_eq!(next("<?after=v7>; rel=\"prev\""), None);
        assert_eq!(next("<https://elsewhere.example/?after=v7>; rel=\"next\""), None);
    }
}
