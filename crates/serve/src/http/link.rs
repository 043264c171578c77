//! A vehicle's own connections: one tells it what concerns it, one takes its positions as they come. Each is a task that the
//! vehicle owns, so that it ends with the vehicle and not only with the client.

use super::app::App;
use super::body::{parse, said_to_be};
use super::stream::{KEEP_ALIVE, RETRY};
use super::vehicles::id;
use crate::fleet::FleetShell;
use crate::problem::Problem;
use crate::stream::{moment, numbered};
use crate::view::{self, VehicleRow};
use axum::Json;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use paceline_api::operation::NDJSON;
use paceline_api::stream::{BYE, LAGGED, VEHICLE};
use paceline_api::{Code, PositionLine, PositionsTaken, VehicleView};
use paceline_engine::{Change, Fleet, Ledger};
use paceline_model::{Event, Invalid, Refusal, Rule, VehicleId, Version};
use paceline_supervise::sync::{mpsc, oneshot};
use paceline_supervise::{NamedExt as _, Spawner, Until};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pieces of text that may wait for a slow client.
const PIECES_MAX: usize = 16;
/// Longest line of positions.
const LINE_BYTES_MAX: usize = 1_024;
/// Longest that a connection of positions may say no whole line: with the slowest usual rate of 20 s, three were missed.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A vehicle and what it may be told, as the region knows it.
struct Joined {
    version: Version,
    view: VehicleView,
    critical: Spawner,
    other: Option<Spawner>,
    /// What concerns it from now on, if it was asked for and there is room.
    changes: Option<mpsc::Receiver<Arc<Change>>>,
}

/// Meets a vehicle. Errors: it is not known, or not on the road.
async fn join(app: &App, text: &str, listens: bool) -> Result<Joined, Problem> {
    let vehicle = id(text)?;
    let join = move |fleet: &Ledger<Fleet>, shell: &mut FleetShell| {
        let tasks = &mut shell.vehicles;
        fleet.world().vehicle(&vehicle).map(|known| {
            tasks.meet(&vehicle, known.operational);
            let joined = tasks.critical(&vehicle).map(|critical| Joined {
                version: fleet.version(),
                view: view::vehicle(&VehicleRow::of(fleet.world(), known)),
                critical,
                other: tasks.other(&vehicle),
                changes: if listens { tasks.listen(&vehicle) } else { None },
            });
            joined.ok_or(Refusal::WrongState { vehicle, state: known.operational })
        })
    };
    match app.region.join(join).await? {
        Some(joined) => joined.map_err(Problem::from),
        None => Err(Problem::unknown("vehicle", text)),
    }
}

/// What concerns one vehicle, as server-sent events: first `vehicle`, how it stands, then each `change` as it becomes durable.
/// It ends when the vehicle leaves the road.
pub(super) async fn stream(State(app): State<App>, Path(text): Path<String>) -> Result<Response, Problem> {
    let joined = join(&app, &text, true).await?;
    let changes = joined.changes.ok_or_else(|| Problem::busy("This vehicle is listened to already."))?;
    app.region.until_durable(joined.version).await?;
    let mut first = RETRY.to_vec();
    moment(&mut first, VEHICLE, &joined.view);
    let (pieces, body) = mpsc::channel("the vehicle's feed", PIECES_MAX);
    let leaves = joined.critical.token();
    let spawned = joined.critical.spawn(
        "feed",
        Until::Owner,
        feed(first, changes, pieces, leaves, app.region.closing.clone()),
    );
    spawned.ok_or_else(Problem::draining)?;
    let grant = app.allowance.grant();
    let body = futures_util::stream::unfold((body, grant), async |(mut body, grant)| {
        let piece: Bytes = body.recv().await?;
        Some((Ok::<_, Infallible>(piece), (body, grant)))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Writes what concerns a vehicle until its client has gone, it leaves the road, or the server closes.
async fn feed(
    first: Vec<u8>,
    changes: mpsc::Receiver<Arc<Change>>,
    pieces: mpsc::Sender<Bytes>,
    leaves: CancellationToken,
    closing: CancellationToken,
) {
    let (mut text, mut goes_on) = (first, true);
    let mut source = Source { changes, leaves, closing, retired: false };
    loop {
        let sent = tokio::select! {
            biased;
            sent = pieces.send(std::mem::take(&mut text).into()) => sent.is_ok(),
            // Whoever does not read hears no last word.
            () = source.leaves.cancelled() => false,
        };
        if !sent || !goes_on {
            return;
        }
        tokio::select! {
            more = source.next(&mut text).named("what concerns the vehicle") => goes_on = more,
            () = pieces.closed() => return,
        }
    }
}

/// Where a feed's text comes from.
struct Source {
    changes: mpsc::Receiver<Arc<Change>>,
    leaves: CancellationToken,
    closing: CancellationToken,
    /// The vehicle has heard that it is out of the fleet.
    retired: bool,
}

impl Source {
    /// Writes the next event. Returns whether there may be another.
    async fn next(&mut self, text: &mut Vec<u8>) -> bool {
        tokio::select! {
            biased;
            change = self.changes.recv() => match change {
                Some(change) => {
                    self.retired =
                        matches!(change.event, Event::VehicleRetired { .. } | Event::VehicleHandedOver { .. });
                    numbered(text, &change);
                    return true;
                }
                None if self.retired => moment(text, BYE, &json!({})),
                // It was too far behind and was let go.
                None => moment(text, LAGGED, &json!({})),
            },
            () = self.leaves.cancelled() => moment(text, BYE, &json!({})),
            () = self.closing.cancelled() => moment(text, BYE, &json!({})),
            () = tokio::time::sleep(KEEP_ALIVE) => {
                text.extend_from_slice(b": still here\n\n");
                return true;
            }
        }
        false
    }
}

/// Positions of one vehicle over one connection, each a line of JSON: `{"lat":..,"lon":..,"battery_percent":..}`. A line
/// that breaks a rule ends it; what came before was taken. It ends when the vehicle breaks down or leaves the road.
pub(super) async fn positions(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<PositionsTaken>), Problem> {
    said_to_be(NDJSON, &headers)?;
    let (vehicle, joined) = (id(&text)?, join(&app, &text, false).await?);
    let cut = || {
        let detail =
            format!("vehicle {vehicle} has broken down or left the road: nothing more is taken of it");
        Problem::new(Code::E0205, detail)
    };
    let _grant = app.allowance.grant();
    let (end, ended) = oneshot::channel("the last position");
    let lines = Lines { body: body.into_data_stream(), text: Vec::new(), read: 0 };
    let reading = telemetry(app.clone(), vehicle.clone(), lines);
    let spawned = joined.other.as_ref().and_then(|other| {
        other.spawn("telemetry", Until::Owner, async move {
            let read = reading.await;
            // The connection may have broken.
            _ = end.send(read);
        })
    });
    spawned.ok_or_else(cut)?;
    match ended.recv().await {
        Ok(read) => read.map(|taken| (StatusCode::ACCEPTED, Json(taken))),
        Err(_) if app.region.closing.is_cancelled() => Err(Problem::draining()),
        // Its scope was closed under it.
        Err(_) => Err(cut()),
    }
}

/// Takes one position after another into the table of the newest, to the end of the body.
async fn telemetry(app: App, vehicle: VehicleId, mut lines: Lines) -> Result<PositionsTaken, Problem> {
    let mut sum = PositionsTaken::default();
    while let Some(line) = lines.next().await? {
        let item: PositionLine =
            parse(&line).map_err(|problem| problem.about(&format!("line {}", lines.read)))?;
        let now = app.clock.now();
        let reading = item.reading(now);
        let reading =
            reading.map_err(|invalid| Problem::invalid(&invalid.within(&format!("line {}", lines.read))))?;
        if let Some(taken) = app.telemetry.put(vec![(vehicle.clone(), reading)], now) {
            sum.taken += taken.taken;
            sum.ahead += taken.ahead;
            sum.unknown += taken.unknown;
            sum.off_map += taken.off_map;
            sum.behind += taken.behind;
        }
        // A full table takes none until the next tick; the next position of this vehicle will do as well.
    }
    Ok(sum)
}

/// A body cut into lines.
struct Lines {
    body: BodyDataStream,
    text: Vec<u8>,
    /// Lines given out.
    read: u64,
}

impl Lines {
    /// The next line that is not empty; `None` at the end. Errors: too long a line, too long a silence, a broken connection.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let mut until = Instant::now() + SILENCE_MAX;
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                self.read += 1;
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(line));
                }
                until = Instant::now() + SILENCE_MAX;
                continue;
            }
            if self.text.len() > LINE_BYTES_MAX {
                let rule = Rule::Size { least: 0, most: LINE_BYTES_MAX, unit: "bytes".into() };
                let field = format!("line {}", self.read + 1);
                return Err(Problem::invalid(&Invalid::new(
                    &field,
                    format!("{} bytes", self.text.len()),
                    rule,
                )));
            }
            let more = self.body.next().named("a vehicle's next position");
            match tokio::time::timeout_at(until, more).await {
                Err(_) => {
                    return Err(Problem::malformed(&format_args!("no whole line came for {SILENCE_MAX:?}")));
                }
                Ok(Some(Err(error))) => return Err(Problem::malformed(&error)),
                Ok(Some(Ok(bytes))) => self.text.extend_from_slice(&bytes),
                // The last line may go without its end.
                Ok(None) if self.text.is_empty() => return Ok(None),
                Ok(None) => self.text.push(b'\n'),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    /// A body that comes piece by piece, with `pause` before each.
    fn dribbled(pieces: impl Iterator<Item = &'static str> + Send + 'static, pause: Duration) -> Lines {
        let slow = stream::iter(pieces).then(move |piece| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, Infallible>(piece)
        });
        Lines { body: Body::from_stream(slow).into_data_stream(), text: Vec::new(), read: 0 }
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_comes_byte_by_byte_is_given_up_after_a_minute_and_whole_ones_go_on() {
        let begun = Instant::now();
        let mut endless = dribbled(std::iter::repeat(" "), Duration::from_secs(1));
        let refused = endless.next().await.expect_err("it never ends");
        assert_eq!(begun.elapsed().as_secs(), 60);
        assert!(format!("{refused:?}").contains("no whole line came for 60s"), "{refused:?}");
        // An empty line is a sign of life.
        let pieces = ["{", "}\n", "\n", "\n", "{}\n"];
        let mut slow = dribbled(pieces.into_iter(), Duration::from_secs(25));
        for _ in 0..2 {
            assert_eq!(slow.next().await.expect("in time").as_deref(), Some(&b"{}\n"[..]));
        }
        assert_eq!(slow.next().await.expect("in time"), None);
    }
}
