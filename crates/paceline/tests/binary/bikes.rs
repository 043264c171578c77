//! The quick start of `docs/bikes/README.md` with the binary: a town is put, its empty and full stations have work orders with vans, a crew
//! does one, the server is killed, and all of it is there again.

use crate::common::{Killed, paceline};
use paceline_client::api::bikes::{CrewWord, DoneWork, NewCrewReport, WorkOrderPhase};
use paceline_client::{Client, ClientOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A running server, which dies with this value.
struct Served(Killed);

impl Served {
    fn start(dir: &Path) -> Self {
        Self::start_by(dir, &data("paceline.toml"))
    }
    fn start_by(dir: &Path, config: &Path) -> Self {
        Self(Killed::start(dir, &["--config", config.to_str().expect("a path")]))
    }
    /// What `paceline bikes` prints.
    fn bikes(&self, args: &[&str]) -> String {
        let args = [&["bikes"], args, &["--url", &self.0.base]].concat();
        paceline(Path::new("."), &args).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}"))
    }
    fn client(&self) -> Client {
        Client::new(&self.0.base, ClientOptions::default()).expect("a client")
    }
}

fn data(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../data/bikes", name].iter().collect()
}

fn said(report: &str, word: CrewWord) -> NewCrewReport {
    NewCrewReport { report: report.into(), done_at: None, word }
}

/// Waits until every order that a van can have has one, and says which order the market has.
async fn market(client: &Client) -> (String, String, u32) {
    for _ in 0..500 {
        let orders = client.open_work_orders().await.expect("the server answers").rows;
        let of =
            orders.iter().find(|order| order.station == "market" && order.phase == WorkOrderPhase::Issued);
        if let Some((order, van)) = of.and_then(|order| Some((order, order.van.clone()?))) {
            return (order.id.clone(), van, order.bikes.most);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody got it");
}

/// A crew goes to the market and does what it can.
fn serve_the_market(served: &Served) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = served.client();
        let (work_order, van, most) = market(&client).await;
        let before = client.van(&van).await.expect("it is known");
        // Whatever is fetched for it first is fetched.
        let mut aboard = before.aboard;
        for (number, stop) in before.stops.iter().take_while(|stop| stop.work_order != work_order).enumerate()
        {
            let done =
                DoneWork { work_order: stop.work_order.clone(), bikes: stop.bikes.most, docks_broken: 0 };
            client
                .report_crew(&van, &said(&format!("f{number}"), CrewWord::Done(done)))
                .await
                .expect("theirs");
            aboard = client.van(&van).await.expect("it is known").aboard;
        }
        let bikes = most.min(aboard);
        client
            .report_crew(&van, &said("a1", CrewWord::Accepted { work_order: work_order.clone() }))
            .await
            .expect("theirs");
        let done =
            said("a2", CrewWord::Done(DoneWork { work_order: work_order.clone(), bikes, docks_broken: 0 }));
        client.report_crew(&van, &done).await.expect("theirs");
        client.report_crew(&van, &done).await.expect("sent again");
        let market = client.station("market").await.expect("it is known");
        assert_eq!((market.bikes, market.bikes_reported), (Some(bikes), Some(0)));
        assert_eq!(client.van(&van).await.expect("it is known").aboard, aboard - bikes);
        work_order
    })
}

#[test]
fn the_quick_start_sends_crews_out_says_why_and_is_there_again_after_a_kill() {
    let dir = tempfile::tempdir().expect("a directory");
    let town = data("town.json");
    let (before, order) = {
        let served = Served::start(dir.path());
        let put = served.bikes(&["put", town.to_str().expect("a path")]);
        assert_eq!(put, "5 stations, 2 vans, 5 counts");
        let hot = served.bikes(&["hotspots"]);
        for (station, what) in [("market", "empty"), ("school", "full"), ("hospital", "below least")] {
            let is = |line: &&str| line.starts_with(station) && line.contains(what);
            assert!(hot.lines().any(|line| is(&line)), "{station} {what}: {hot}");
        }
        let order = serve_the_market(&served);
        let why = served.bikes(&["why", &order]);
        assert!(why.contains("is done: no bike stands there.") && why.contains("done by van-"), "{why}");
        assert!(served.bikes(&["why", "market"]).contains("crews have moved +"));
        (served.bikes(&["stations"]), order)
    };
    let served = Served::start(dir.path());
    assert_eq!(served.bikes(&["stations"]), before);
    assert!(
        served
            .bikes(&["work-orders", "--all"])
            .lines()
            .any(|line| line.starts_with(&order) && line.contains(" done "))
    );
    let wrong = paceline(Path::new("."), &["bikes", "why", "nowhere", "--url", &served.0.base]);
    assert!(wrong.expect_err("no such thing").contains("nowhere is no work order and no station"));
    let dumped =
        paceline(dir.path(), &["journal", "dump", "bikes-journal"]).expect("it works beside the server");
    assert!(dumped.contains("OrderProposed") && dumped.contains("StopMade"), "{dumped}");
}

/// Waits until a crew has been told two stops.
async fn two_stops(client: &Client, van: &str) {
    for _ in 0..500 {
        if client.van(van).await.expect("it is known").stops.len() == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody told {van} anything");
}

#[test]
fn bikes_on_the_street_are_put_and_a_crew_is_told_which_ones_to_fetch() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path
    };
    let config =
        "[regions.town]\nkind = \"bikes\"\njournal = \"bikes-journal\"\n[regions.town.bikes]\ncells = 9\n";
    let served = Served::start_by(dir.path(), &file("paceline.toml", config));
    let put = |text: &str| {
        let path = file("town.json", text);
        served.bikes(&["put", path.to_str().expect("a path")])
    };
    let place = |lat: f64| format!(r#"{{"lat": {lat}, "lon": 10.7410}}"#);
    let bike = |number: u32| format!(r#"{{"id": "b{number}", "position": {}}}"#, place(59.9210));
    let bikes = (0..5).map(bike).collect::<Vec<_>>().join(", ");
    let said = put(&format!(
        r#"{{"bikes": [{bikes}, {{"id": "c", "position": {}, "state": "broken"}}]}}"#,
        place(59.9120)
    ));
    assert_eq!(said, "6 bikes on the street, in 2 cells\n0 stations, 0 vans, 0 counts");
    let stations = served.bikes(&["stations"]);
    let cells: Vec<&str> = stations.lines().filter(|line| line.ends_with("on the street")).collect();
    let empty = cells.iter().find(|line| line.contains(" 0 ")).and_then(|line| line.split(' ').next());
    let empty = empty.expect("a cell with a broken bike alone");
    assert_eq!((cells.len(), served.bikes(&["hotspots"]).lines().count()), (2, 1), "{stations}");
    let target = r#"{"least": 1, "low": 3, "high": 6}"#;
    let asked = format!(
        r#""{empty}": {{"kind": "cell", "name": "Square", "position": {}, "target": {target}}}"#,
        place(59.9120)
    );
    let van = format!(r#""u": {{"capacity": 9, "position": {}}}"#, place(59.9200));
    put(&format!(r#"{{"stations": {{{asked}}}, "vans": {{{van}}}}}"#));
    assert!(
        served.bikes(&["hotspots"]).lines().any(|line| line.starts_with(empty) && line.contains("empty"))
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(two_stops(&served.client(), "u"));
    let told = served.bikes(&["vans"]);
    assert!(told.contains("deliver") && told.contains("(Square)"), "{told}");
    assert!(told.contains("    b0 at 59.92100, 10.74100") && !told.contains(" c at "), "{told}");
    let why = served.bikes(&["why", empty]);
    assert!(
        why.contains("is believed to have 0 bikes and no limit") && why.contains("It is empty since"),
        "{why}"
    );
}

#[test]
fn the_demo_plays_oslo_against_the_server_and_ends_by_itself() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let args = ["demo", "--bikes", "--listen", "127.0.0.1:0", "--speed", "300", "--for", "12"];
    let said = paceline(&project, &args).expect("it ends well");
    assert!(said.contains("Oslo, a week in July 2023: 256 stations, 2208 bikes, from 07:00:00 on"), "{said}");
    let last = said.lines().rfind(|line| line.contains("bikes moved")).expect("it says how it goes");
    let count = |name: &str| -> u64 {
        let after = last.split_once(name).expect("it is said").1;
        after.split_whitespace().next().and_then(|count| count.parse().ok()).expect("a number")
    };
    assert!(count("riders") > 0 && count("bikes moved") > 0, "{said}");
    assert!(said.contains("none left; 0 broken contracts reported"), "{said}");
}
