//! `paceline bikes forecast`: how well rentals and returns of a history could have been foretold, week by week.

use paceline_model::Millis;
use paceline_model::Zone;
use paceline_plan::forecast::stations::Score;
use paceline_sim::bikes::{Backtest, BacktestOptions, Learning, Period, Week, backtest};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Judges the forecast of rentals and returns on a history of snapshots, beside the mean of each station's hour of the week.
///
/// The folder holds `stations.csv` (station_id, name, lat, lon, capacity) and a file `YYYY-MM.csv` or `YYYY-MM.csv.gz` for each month (time, station_id,
/// bikes, docks, open). Snapshots show the net flow between them: counts are lower bounds of what riders did.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline bikes forecast --history oslo --zone Europe/Oslo --train 2023-05-01..2023-06-01 --test 2023-06-01..2023-07-01
  paceline bikes forecast --history oslo --zone Europe/Oslo --train 2023-05-01..2023-06-01 --test 2023-06-01..2023-07-01 --ahead 180 --json")]
pub(crate) struct ForecastArgs {
    /// The folder of the history.
    #[arg(long, value_name = "DIR")]
    history: PathBuf,
    /// The city's time zone: hours of the week are its own.
    #[arg(long, value_name = "NAME")]
    zone: Zone,
    /// Days to learn from, the last one not included.
    #[arg(long, value_name = "FROM..TO")]
    train: Period,
    /// Days to judge, not before those.
    #[arg(long, value_name = "FROM..TO")]
    test: Period,
    /// Minutes before a count begins at which it is foretold.
    #[arg(long, default_value_t = 0, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(..=1_440))]
    ahead: u16,
    /// Ends learning with the training; otherwise each count is learnt from once it is over, by both alike.
    #[arg(long)]
    frozen: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Judges and prints.
pub(crate) fn run(args: ForecastArgs) -> anyhow::Result<()> {
    let options = BacktestOptions {
        zone: args.zone,
        train: args.train,
        test: args.test,
        ahead: Millis(u32::from(args.ahead) * 60_000),
        learning: if args.frozen { Learning::Ends } else { Learning::GoesOn },
    };
    let done = backtest(&args.history, &options)?;
    match args.json {
        true => println!("{}", as_json(&done, &options)),
        false => print!("{}", as_text(&done)),
    }
    Ok(())
}

fn as_text(done: &Backtest) -> String {
    let mut text = String::new();
    let Backtest { stations, snapshots, closed, seen, .. } = done;
    _ = writeln!(text, "{stations} stations, {snapshots} snapshots, {closed} of them of closed stations");
    _ = writeln!(text, "{seen} pairs of snapshots show riders (net flow: a lower bound)");
    for (reason, count) in &done.unseen {
        _ = writeln!(text, "{count} pairs show none: {reason}");
    }
    let groups =
        ["forecast", "seasonal mean", "the same as Poisson"].map(|name| format!("  {name:>20}")).concat();
    let columns = format!("  {:>8} {:>5} {:>5}", "score", "80 %", "95 %").repeat(3);
    _ = writeln!(text, "\n{:28}{groups}", "");
    _ = writeln!(text, "{:<10} {:>8} {:>8}{columns}", "week of", "counts", "riders");
    for week in &done.weeks {
        _ = writeln!(text, "{}", line(&week.day.to_string(), &scores(week)));
    }
    _ = writeln!(text, "{}", line("all", &done.all()));
    text
}

/// Score and coverage in percent of each.
fn line(name: &str, scores: &[Score; 3]) -> String {
    let [forecast, ..] = scores;
    let mut line = format!("{name:<10} {:>8} {:>8.0}", forecast.counts, forecast.riders);
    for score in scores {
        let [within_80, within_95] = score.coverage().map(|share| share * 1e2);
        _ = write!(line, "  {:>8.4} {within_80:>5.1} {within_95:>5.1}", score.mean_log());
    }
    line
}

fn scores(week: &Week) -> [Score; 3] {
    [week.forecast, week.seasonal, week.seasonal_poisson]
}

fn as_json(done: &Backtest, options: &BacktestOptions) -> Value {
    let score = |score: &Score| {
        let [within_80, within_95] = score.coverage();
        json!({
            "counts": score.counts,
            "riders": score.riders,
            "expected": score.expected,
            "mean_log_score": score.mean_log(),
            "coverage_80": within_80,
            "coverage_95": within_95,
        })
    };
    let all = |[forecast, seasonal, poisson]: [Score; 3]| json!({ "forecast": score(&forecast), "seasonal_mean": score(&seasonal), "seasonal_mean_poisson": score(&poisson) });
    let week = |week: &Week| json!({ "day": week.day.to_string(), "scores": all(scores(week)) });
    json!({
        "train": options.train.to_string(),
        "test": options.test.to_string(),
        "ahead_min": options.ahead.0 / 60_000,
        "learning_goes_on": options.learning == Learning::GoesOn,
        "stations": done.stations,
        "snapshots": done.snapshots,
        "closed": done.closed,
        "pairs_seen": done.seen,
        "pairs_unseen": done.unseen.iter().map(|(reason, count)| json!({ "reason": reason.to_string(), "count": count })).collect::<Vec<_>>(),
        "weeks": done.weeks.iter().map(week).collect::<Vec<_>>(),
        "all": all(done.all()),
    })
}
