//! What regions tell each other, between the engine and the wire.

use crate::http::App;
use crate::problem::Problem;
use paceline_api::{NeedView, OutlookView, SpareView};
use paceline_engine::{Need, Outlook, OutlookSize, Spare};
use paceline_model::Invalid;

/// How much of itself a region tells those around it.
const OUTLOOK_SIZE: OutlookSize = OutlookSize { needs: 200, spares: 2_000 };

/// What a region needs, and with `spares` what it can spare. Errors: it does not answer, as while it is behind.
pub(crate) async fn outlook(app: &App, spares: bool) -> Result<Outlook, Problem> {
    let own = app.name.clone();
    let size = OutlookSize { spares: if spares { OUTLOOK_SIZE.spares } else { 0 }, ..OUTLOOK_SIZE };
    let mut outlook = app.region.look(move |fleet| fleet.outlook(own, size)).await?;
    app.awaited.leave_out(&mut outlook, app.clock.now());
    Ok(outlook)
}

/// What is told.
pub(crate) fn told(outlook: Outlook) -> OutlookView {
    let need = |Need { order, pickup, party, attributes, latest_pickup }: Need| NeedView {
        order,
        pickup: pickup.into(),
        party,
        attributes,
        latest_pickup,
    };
    let spare = |Spare { vehicle, position, seats, attributes }: Spare| SpareView {
        vehicle,
        position: position.into(),
        seats,
        attributes,
    };
    let Outlook { region, needs, spares } = outlook;
    OutlookView {
        region,
        needs: needs.into_iter().map(need).collect(),
        spares: spares.into_iter().map(spare).collect(),
    }
}

/// What another region told. Errors: a place that is none.
pub(super) fn heard(told: OutlookView) -> Result<Outlook, Invalid> {
    let need = |NeedView { order, pickup, party, attributes, latest_pickup }: NeedView| {
        let pickup = pickup.position("pickup")?;
        Ok(Need { order, pickup, party, attributes, latest_pickup })
    };
    let spare = |SpareView { vehicle, position, seats, attributes }: SpareView| {
        let position = position.position("position")?;
        Ok(Spare { vehicle, position, seats, attributes })
    };
    Ok(Outlook {
        region: told.region,
        needs: told.needs.into_iter().map(need).collect::<Result<_, Invalid>>()?,
        spares: told.spares.into_iter().map(spare).collect::<Result<_, Invalid>>()?,
    })
}
