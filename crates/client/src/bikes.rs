//! What a program asks of a bikes region.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::lists::{Listed, limit};
use crate::prepared::Prepared;
use paceline_api::bikes::{
    BikesTaken, HotspotView, NewCrewReport, NewLooseBikes, NewStation, NewStock, NewVan, NewVanPosition,
    NewWithdrawal, StationExplained, StationView, StockTaken, VanPositionTaken, VanView, WorkOrderExplained,
    WorkOrderView,
};
use paceline_api::operation as op;
use paceline_api::{Accepted, Nothing};

impl Client {
    /// Registers a station or depot, or changes what a known one is.
    pub async fn put_station(&self, id: &str, station: &NewStation) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_STATION, id, station)?).await
    }
    /// Takes a station out. Its work orders are withdrawn.
    pub async fn remove_station(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::bare(&op::REMOVE_STATION, id)?).await
    }
    /// Nothing is brought to a station or taken from it, whatever its feed says.
    pub async fn close_station(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::CLOSE_STATION, id, &Nothing {})?).await
    }
    /// The word of the station's feed counts again.
    pub async fn open_station(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::OPEN_STATION, id, &Nothing {})?).await
    }
    /// Says what stands at stations.
    pub async fn take_stock(&self, stock: &[NewStock]) -> Result<StockTaken, ClientError> {
        self.call(&Prepared::new(&op::TAKE_STOCK, "", &stock)?).await
    }
    /// Says where all bikes are that stand at no station.
    pub async fn take_bikes(&self, bikes: &NewLooseBikes) -> Result<BikesTaken, ClientError> {
        self.call(&Prepared::new(&op::TAKE_BIKES, "", bikes)?).await
    }
    /// All stations, page by page.
    pub async fn stations(&self) -> Result<Listed<StationView>, ClientError> {
        self.list(&op::LIST_STATIONS, limit()).await
    }
    /// How a station stands.
    pub async fn station(&self, id: &str) -> Result<StationView, ClientError> {
        self.call(&Prepared::bare(&op::READ_STATION, id)?).await
    }
    /// Stations where something is wrong, page by page.
    pub async fn hotspots(&self) -> Result<Listed<HotspotView>, ClientError> {
        self.list(&op::LIST_HOTSPOTS, limit()).await
    }
    /// Why a station has work orders or none.
    pub async fn explain_station(&self, id: &str) -> Result<StationExplained, ClientError> {
        self.call(&Prepared::bare(&op::EXPLAIN_STATION, id)?).await
    }
    /// Begins a van's shift, or changes what is known of it.
    pub async fn put_van(&self, id: &str, van: &NewVan) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_VAN, id, van)?).await
    }
    /// Takes a van out that has nothing aboard.
    pub async fn remove_van(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::bare(&op::REMOVE_VAN, id)?).await
    }
    /// All vans with what their crews have before them, page by page.
    pub async fn vans(&self) -> Result<Listed<VanView>, ClientError> {
        self.list(&op::LIST_VANS, limit()).await
    }
    /// How a van stands, and what its crew has before it.
    pub async fn van(&self, id: &str) -> Result<VanView, ClientError> {
        self.call(&Prepared::bare(&op::READ_VAN, id)?).await
    }
    /// A crew's word.
    pub async fn report_crew(&self, van: &str, report: &NewCrewReport) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::REPORT_CREW, van, report)?).await
    }
    /// Where a van is.
    pub async fn locate_van(&self, van: &str, at: &NewVanPosition) -> Result<VanPositionTaken, ClientError> {
        self.call(&Prepared::new(&op::LOCATE_VAN, van, at)?).await
    }
    /// All work orders that are remembered, page by page.
    pub async fn work_orders(&self) -> Result<Listed<WorkOrderView>, ClientError> {
        self.list(&op::LIST_WORK_ORDERS, limit()).await
    }
    /// Work orders that have not ended, page by page.
    pub async fn open_work_orders(&self) -> Result<Listed<WorkOrderView>, ClientError> {
        let open = "phase=proposed,issued,accepted,under_way&".to_owned();
        self.list(&op::LIST_WORK_ORDERS, open + &limit()).await
    }
    /// How a work order stands.
    pub async fn work_order(&self, id: &str) -> Result<WorkOrderView, ClientError> {
        self.call(&Prepared::bare(&op::READ_WORK_ORDER, id)?).await
    }
    /// Why a work order stands as it does.
    pub async fn explain_work_order(&self, id: &str) -> Result<WorkOrderExplained, ClientError> {
        self.call(&Prepared::bare(&op::EXPLAIN_WORK_ORDER, id)?).await
    }
    /// Withdraws a work order, with words for its crew.
    pub async fn withdraw_work_order(&self, id: &str, reason: &str) -> Result<Accepted, ClientError> {
        let withdrawal = NewWithdrawal { reason: reason.to_owned() };
        self.call(&Prepared::new(&op::WITHDRAW_WORK_ORDER, id, &withdrawal)?).await
    }
}
