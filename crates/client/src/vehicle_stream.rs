//! What concerns one vehicle. It begins with how the vehicle stands whenever it is opened, so that a break needs no last id.

use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::ClientError;
use crate::events::RawItem;
use crate::prepared::Prepared;
use crate::stream::Open;
use paceline_api::operation as op;
use paceline_api::stream::{BYE, CHANGE, LAGGED, VEHICLE};
use paceline_api::{Change, VehicleView};

/// What a vehicle's stream tells.
#[derive(Clone, Debug, PartialEq)]
pub enum VehicleItem {
    /// How it stands: first, and again after a break. Changes may be missing before it.
    Vehicle(Box<VehicleView>),
    /// A change that concerns it.
    Change(Box<Change>),
    /// Something that this version does not know.
    Unknown(RawItem),
}

/// What concerns one vehicle, until it leaves the road.
#[derive(Debug)]
pub struct VehicleStream {
    client: Client,
    vehicle: String,
    open: Option<Open>,
    backoff_of: Backoff,
    /// The last open stream said that it ends for good.
    said_bye: bool,
}

impl Client {
    /// What concerns a vehicle. It is opened by the first `next`.
    pub fn vehicle_stream(&self, vehicle: &str) -> VehicleStream {
        let vehicle = vehicle.to_owned();
        VehicleStream {
            client: self.clone(),
            vehicle,
            open: None,
            backoff_of: Backoff::new(),
            said_bye: false,
        }
    }
}

impl VehicleStream {
    /// The next item; `None`: the vehicle has left the road. Dropping the future loses nothing: the next call goes on.
    ///
    /// Errors: the stream cannot be opened, after all attempts; an item is too large. The next call tries again.
    pub async fn next(&mut self) -> Result<Option<VehicleItem>, ClientError> {
        loop {
            let Some(open) = &mut self.open else {
                match self.reopen().await {
                    // Gone, as it was said to be.
                    Err(error) if self.said_bye && matches!(error.status(), Some(404 | 409)) => {
                        return Ok(None);
                    }
                    reopened => reopened?,
                }
                continue;
            };
            let item = self.client.next_item(open).await;
            match item {
                Ok(Some(item)) if [BYE, LAGGED].contains(&item.name.as_str()) => {
                    self.said_bye = item.name == BYE;
                    self.open = None;
                }
                Ok(Some(item)) => {
                    self.backoff_of.succeeded();
                    return Ok(Some(known(item)));
                }
                Ok(None) => self.open = None,
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), ClientError> {
        let prepared = Prepared::bare(&op::STREAM_VEHICLE, &self.vehicle)?;
        match self.client.open(&prepared).await {
            Ok(open) => self.open = Some(open),
            Err(error) => {
                let wait = self.backoff_of.after(error, true, &self.client.options)?;
                tokio::time::sleep(wait).await;
            }
        }
        Ok(())
    }
}

fn known(item: RawItem) -> VehicleItem {
    let read = match item.name.as_str() {
        VEHICLE => serde_json::from_str(&item.data).map(|view| VehicleItem::Vehicle(Box::new(view))),
        CHANGE => serde_json::from_str(&item.data).map(|change| VehicleItem::Change(Box::new(change))),
        _ => return VehicleItem::Unknown(item),
    };
    read.unwrap_or(VehicleItem::Unknown(item))
}
