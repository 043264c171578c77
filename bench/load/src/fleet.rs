//! The vehicles: they join, then report once a second from corner to corner, in batches spread over the second.

use crate::Args;
use crate::api::Api;
use crate::ledger::Kind;
use crate::streets::Streets;
use paceline_api::operation as op;
use paceline_api::{NewVehicle, Place, PositionReport};
use paceline_plan::Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// Vehicles whose reports travel together.
pub(crate) struct Batch {
    streets: Arc<Streets>,
    /// Name and corner.
    vehicles: Vec<(String, usize)>,
    /// Where in the second its reports fall.
    offset: Duration,
}

/// Vehicles that join at the same time.
const JOINING: usize = 64;

/// Registers the fleet. Errors: a vehicle was refused.
pub(crate) async fn join(api: &Api, streets: &Arc<Streets>, args: &Args) -> anyhow::Result<Vec<Batch>> {
    let mut rng = Rng::of(args.seed, "vehicles");
    let vehicles: Vec<(String, usize)> =
        (0..args.vehicles).map(|number| (format!("load-{number}"), streets.any(&mut rng))).collect();
    let mut joining = JoinSet::new();
    for chunk in vehicles.chunks(vehicles.len().div_ceil(JOINING)) {
        let (api, streets, chunk) = (api.clone(), streets.clone(), chunk.to_vec());
        joining.spawn(async move {
            for (name, corner) in chunk {
                let body = vehicle(streets.place(corner));
                if !api.send(Kind::Join, &op::PUT_VEHICLE, &name, &body).await {
                    return false;
                }
            }
            true
        });
    }
    let all_joined = joining.join_all().await.into_iter().all(|joined| joined);
    anyhow::ensure!(
        all_joined,
        "a vehicle could not join: {}",
        api.ledger.first_refusal().unwrap_or_default()
    );
    let batches = vehicles.chunks(args.batch as usize);
    let spread = Duration::from_secs(1) / batches.len() as u32;
    let batch = |(number, vehicles): (u32, &[(String, usize)])| Batch {
        streets: streets.clone(),
        vehicles: vehicles.to_vec(),
        offset: spread * number,
    };
    Ok((0..).zip(batches).map(batch).collect())
}

fn vehicle(position: Place) -> NewVehicle {
    NewVehicle::electric(position, 90.0)
}

impl Batch {
    /// Reports until it is aborted. A report that is late is sent late, not left out.
    pub(crate) async fn report_every_second(mut self, api: Api) {
        tokio::time::sleep(self.offset).await;
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            seconds.tick().await;
            let rows: Vec<PositionReport> =
                self.vehicles.iter_mut().map(|vehicle| row(&self.streets, vehicle)).collect();
            let reports = rows.len() as u64;
            if api.send(Kind::Reports, &op::REPORT_POSITIONS, "", &rows).await {
                api.ledger.reported(reports);
            }
        }
    }
}

fn row(streets: &Streets, (name, corner): &mut (String, usize)) -> PositionReport {
    *corner = streets.after(*corner);
    let Place { lat, lon } = streets.place(*corner);
    PositionReport { vehicle: name.clone(), lat, lon, battery_percent: 90.0, heading_deg: None, at: None }
}
