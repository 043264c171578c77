//! Vehicles that go from one region to another, and what regions tell each other so that the nearer one does.

use super::app::App;
use super::body::{Asked, Body};
use super::vehicles;
use crate::hand_over;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::{Accepted, Code, HandOverTo, HandOverView, HandOversView, NewHandOver, OutlookView};
use paceline_engine::Fleet;
use paceline_model::limits::LISTED_MAX;
use paceline_model::{Command, Invalid, Reading, RegionId, Rule};
use serde::Deserialize;

/// Gives a vehicle to another region.
pub(super) async fn begin(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<HandOverTo>,
) -> Result<Json<Accepted>, Problem> {
    let (vehicle, to) = (vehicles::id(&text)?, RegionId::new(&body.to)?);
    between(&app, "to", &to)?;
    key.tell(&app, text, Command::HandOver(vehicle, to)).await
}

/// Takes a vehicle that another region gives.
pub(super) async fn receive(
    State(app): State<App>,
    Body(body, key): Body<NewHandOver>,
) -> Result<Json<Accepted>, Problem> {
    let text = format!("{} {}", body.from, body.number);
    let (from, number, spec, reading) = body.parts()?;
    between(&app, "from", &from)?;
    // What the future says of itself counts as of now.
    let reading = Reading { at: reading.at.min(app.clock.now()), ..reading };
    key.tell(&app, text, Command::ReceiveHandOver(from, number, spec, reading)).await
}

/// What has left, and of which the other region has not said yet that it has it.
pub(super) async fn read(State(app): State<App>) -> Result<Json<HandOversView>, Problem> {
    app.region.look(|fleet| view(fleet)).await.map(Json)
}

fn view(fleet: &Fleet) -> HandOversView {
    let pending = fleet.world().hand_overs().pending();
    HandOversView {
        count: pending.len(),
        pending: pending.take(LISTED_MAX).map(HandOverView::from).collect(),
    }
}

/// Whether vehicles are told, too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutlookAsked {
    #[serde(default)]
    spares: bool,
}

/// What this region needs and can spare.
pub(super) async fn outlook(
    State(app): State<App>,
    Asked(OutlookAsked { spares }): Asked<OutlookAsked>,
) -> Result<Json<OutlookView>, Problem> {
    hand_over::outlook(&app, spares).await.map(|outlook| Json(hand_over::told(outlook)))
}

/// Errors: no other region of that name; a server that could not read what would be written.
fn between(app: &App, field: &str, other: &RegionId) -> Result<(), Problem> {
    if *other == app.name || !app.exchange.knows(other) {
        let rule = Rule::Shape("must be the name of another region of this deployment".into());
        return Err(Problem::from(Invalid::new(field, other, rule)));
    }
    if !app.exchange.is_read_by_all() {
        let detail = "Vehicles change regions once all servers of the cluster are upgraded and an operator has said so: \
                      `paceline cluster finish-upgrade`.";
        return Err(Problem::new(Code::E0310, detail));
    }
    Ok(())
}
