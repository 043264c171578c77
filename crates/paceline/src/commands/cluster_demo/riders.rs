//! Riders of the demo's cities, who ask at all doors, and remember what they were told.

use super::picture::Tally;
use super::servers::Servers;
use paceline_client::api::{Code, NewOrder, Place};
use paceline_client::{Client, ClientOptions, OrderFilter};
use paceline_model::RegionId;
use paceline_supervise::{Spawner, Until};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Time between two orders of one city.
const PAUSE: Duration = Duration::from_millis(500);
/// Time between two attempts of one order.
const AGAIN: Duration = Duration::from_millis(100);

/// Waits until every city answers.
pub(super) async fn begun(servers: &Servers, cities: &[RegionId]) -> anyhow::Result<()> {
    let client = servers.client(ClientOptions::once())?;
    for city in cities {
        let client = client.in_region(city.clone());
        while client.world().await.is_err() {
            sleep(AGAIN).await;
        }
    }
    Ok(())
}

/// A rider for each city.
pub(super) fn start(
    scope: &Spawner,
    servers: &Servers,
    cities: &[RegionId],
    tally: &Arc<Tally>,
) -> anyhow::Result<()> {
    let options = ClientOptions { timeout: Duration::from_secs(3), ..ClientOptions::once() };
    for city in cities {
        let client = servers.client(options.clone())?.in_region(city.clone());
        let (city, tally, end) = (city.clone(), tally.clone(), scope.token());
        scope.spawn("rider", Until::Owner, async move {
            end.run_until_cancelled(ride(client, city, tally)).await;
        });
    }
    Ok(())
}

async fn ride(client: Client, city: RegionId, tally: Arc<Tally>) {
    let place = |lat, lon| Place { lat, lon };
    for number in 0_u64.. {
        let name = format!("{city}-{number}");
        let order = NewOrder::between(place(40.75, -73.99), place(40.76, -73.98)).named(name.clone());
        let began = Instant::now();
        loop {
            match client.place_order(&order).await {
                Ok(_) => break,
                // An earlier attempt had its effect.
                Err(error) if error.code() == Some(Code::E0202) => break,
                Err(_) => tally.repeated(),
            }
            if tally.is_over() {
                return;
            }
            sleep(AGAIN).await;
        }
        tally.acknowledged(&city, name, began.elapsed());
        if tally.is_over() {
            return;
        }
        sleep(PAUSE).await;
    }
}

/// Acknowledged orders that are not there.
pub(super) async fn lost(servers: &Servers, tally: &Tally) -> anyhow::Result<usize> {
    let client = servers.client(ClientOptions::default())?;
    let mut lost = 0;
    for (city, told) in tally.orders() {
        let listed = client.in_region(city).orders(&OrderFilter::default()).await?;
        let there: BTreeSet<String> = listed.rows.iter().map(|order| order.id.to_string()).collect();
        lost += told.difference(&there).count();
    }
    Ok(lost)
}
