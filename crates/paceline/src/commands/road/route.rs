//! `paceline road route`: one drive.

use super::places::snap;
use anyhow::Context;
use paceline_model::{Charge, MilliwattHours, Position};
use paceline_road::{EnergyModel, Path as Drive, Roads, Search, Snapped, TravelTimes, geojson};

/// A drive between two places that were asked for.
pub(super) struct Route {
    from: Snapped,
    to: Snapped,
    drive: Drive,
}

pub(super) fn route(roads: &Roads, from: Position, to: Position) -> anyhow::Result<Route> {
    let (from, to) = (snap(roads, "the start", from)?, snap(roads, "the end", to)?);
    let drive = roads.path(&mut Search::new(roads), from.point, to.point).context("there is no way")?;
    Ok(Route { from, to, drive })
}

/// A battery of `kwh`, `percent` full at the start.
pub(super) fn battery(kwh: f64, percent: f64) -> anyhow::Result<(MilliwattHours, Charge)> {
    anyhow::ensure!((0.1..=4_000.0).contains(&kwh), "--battery-kwh must lie within 0.1 and 4000, not {kwh}");
    let start = Charge::from_percent(percent).context("--charge-percent")?;
    Ok((MilliwattHours::from_kwh(kwh), start))
}

pub(super) fn sheet(
    roads: &Roads,
    route: &Route,
    model: EnergyModel,
    battery: Option<(MilliwattHours, Charge)>,
) -> String {
    let leg = route.drive.leg;
    let seconds = leg.time.0 / 1_000;
    let mut lines = vec![
        format!("time      {}:{:02} min", seconds / 60, seconds % 60),
        format!("distance  {:.2} km", leg.distance.as_km()),
        format!("energy    {:.0} Wh", f64::from(model.driving(leg).0) / 1e3),
        format!(
            "snapped   {:.0} m at the start, {:.0} m at the end",
            route.from.distance_m, route.to.distance_m
        ),
    ];
    if let Some((capacity, start)) = battery {
        let end = model.charge_along(&route.drive, capacity, start).last().copied().unwrap_or(start);
        lines.insert(
            3,
            format!(
                "battery   {:.1} % at the start, {:.1} % at the end",
                start.as_percent(),
                end.as_percent()
            ),
        );
    }
    lines.extend(
        geojson::streets(roads, route.from.point, &route.drive)
            .iter()
            .map(|(name, length)| format!("{:>7.0} m  {name}", length.as_metres())),
    );
    lines.join("\n")
}

pub(super) fn feature(
    roads: &Roads,
    route: &Route,
    model: EnergyModel,
    battery: Option<(MilliwattHours, Charge)>,
) -> serde_json::Value {
    geojson::route(roads, route.from.point, &route.drive, model, battery)
}

#[cfg(test)]
mod tests {
    use super::super::places::parse_position;
    use super::super::tests::BLOCK;
    use super::*;
    use expect_test::expect;
    use paceline_model::MilliwattHoursPerKm;

    const MODEL: EnergyModel = EnergyModel { consumption: MilliwattHoursPerKm(150_000), auxiliary_w: 0 };

    fn drive(from: &str, to: &str) -> anyhow::Result<(Roads, Route)> {
        let (roads, _) = Roads::import_node_link(BLOCK.as_bytes())?;
        let place = |text: &str| parse_position(text).map_err(anyhow::Error::msg);
        let route = route(&roads, place(from)?, place(to)?)?;
        Ok((roads, route))
    }

    #[test]
    fn a_route_says_what_it_takes_and_names_its_streets() {
        let (roads, route) = drive("-0.0001,0.005", "0.0101,0.005").unwrap();
        expect![[r#"
            time      3:42 min
            distance  2.22 km
            energy    318 Wh
            battery   50.0 % at the start, 18.1 % at the end
            snapped   11 m at the start, 11 m at the end
                556 m  South Street
               1112 m  East Street
                556 m  North Street"#]]
        .assert_eq(&sheet(&roads, &route, MODEL, Some(battery(1.0, 50.0).unwrap())));
    }

    #[test]
    fn a_route_backwards_along_a_one_way_street_names_it_twice() {
        let (roads, route) = drive("0,0.008", "0,0.002").unwrap();
        let streets = geojson::streets(&roads, route.from.point, &route.drive);
        let names: Vec<&str> = streets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["South Street", "East Street", "North Street", "(unnamed)", "South Street"]);
        let sum: u32 = streets.iter().map(|(_, length)| length.0).sum();
        assert_eq!(sum, route.drive.leg.distance.0);
    }

    #[test]
    fn a_geojson_route_is_longitude_first_and_knows_the_charge() {
        let (roads, route) = drive("0,0.002", "0,0.008").unwrap();
        let feature = feature(&roads, &route, MODEL, Some(battery(1.0, 100.0).unwrap()));
        assert_eq!(feature["geometry"]["coordinates"][1][0], 0.008);
        assert_eq!(feature["properties"]["streets"][0], "South Street");
        assert_eq!(feature["properties"]["charge_percent_at"][0], 100.0);
        assert_eq!(feature["properties"]["charge_percent"], feature["properties"]["charge_percent_at"][1]);
    }

    #[test]
    fn places_off_the_map_and_odd_batteries_are_refused_by_name() {
        let error = drive("5,5", "0,0").err().unwrap().to_string();
        assert_eq!(error, "the start 5.00000,5.00000 is not within 1000 m of a street");
        assert!(battery(0.0, 50.0).is_err());
        assert!(battery(50.0, 101.0).is_err());
    }
}
