//! Watts beside allocation as tasks arrive, and the picture of the trade-off.

use crate::allocation::{SEEDS, spread};
use crate::openb::{Trace, read};
use crate::policies::Policy;
use crate::protocol::{Mark, arrivals, run};
use anyhow::Result;
use std::fmt::Write;
use std::path::Path;

/// Requested GPUs at which watts are read, in percent of all.
const PERCENTS: [u64; 12] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];

/// Weights of power in our mix, and in FGD's with points times ten (PWR + FGD of the source).
const POLICIES: [Policy; 11] = [
    Policy::Fgd,
    Policy::FgdPower(1),
    Policy::FgdPower(3),
    Policy::Ahead,
    Policy::AheadPower(1),
    Policy::AheadPower(3),
    Policy::AheadPower(10),
    Policy::AheadPower(20),
    Policy::AheadPower(25),
    Policy::AheadPower(30),
    Policy::AheadPower(100),
];

fn means(trace: &Trace, policy: Policy) -> Vec<Mark> {
    let runs: Vec<Vec<Mark>> = (1..=SEEDS)
        .map(|seed| {
            run(trace, seed, &arrivals(trace, seed, 120), policy.placing(trace, seed).as_mut(), &PERCENTS).0
        })
        .collect();
    let mean = |at: usize, of: fn(&Mark) -> f64| spread(runs.iter().map(|run| of(&run[at]))).0;
    let at = |at| Mark { allocated: mean(at, |mark| mark.allocated), watts: mean(at, |mark| mark.watts) };
    (0..PERCENTS.len()).map(at).collect()
}

/// Prints the table and writes the picture into `picture`.
pub(crate) fn print(dir: &Path, picture: Option<&Path>) -> Result<()> {
    let trace = read(dir, "default")?;
    let fgd = means(&trace, Policy::Fgd);
    println!("## Watts beside FGD, arrivals to 120 %, default list\n");
    println!(
        "Kilowatts at so many percent requested; the saving is the mean over 10 to 120 % of arrivals, and its most.\n"
    );
    println!(
        "| | @20 % | @40 % | @60 % | @80 % | @100 % | @120 % | saved, mean | most | allocated @120 % |\n| --- {}|",
        "| ---: ".repeat(9)
    );
    let mut points = Vec::new();
    for policy in POLICIES {
        let marks = means(&trace, policy);
        let saved: Vec<f64> =
            marks.iter().zip(&fgd).map(|(ours, fgd)| 100.0 * (1.0 - ours.watts / fgd.watts)).collect();
        let (mean, most) = (spread(saved.iter().copied()).0, saved.iter().copied().fold(f64::MIN, f64::max));
        let kilowatts: String = [1, 3, 5, 7, 9, 11].iter().fold(String::new(), |mut line, at| {
            let _ = write!(line, " {:.0} |", marks[*at].watts / 1000.0);
            line
        });
        let allocated = marks[11].allocated;
        println!("| {policy:?} |{kilowatts} {mean:.1} % | {most:.1} % | {allocated:.2} |");
        points.push((policy, mean, allocated));
    }
    if let Some(path) = picture {
        std::fs::write(path, svg(&points))?;
    }
    Ok(())
}

/// Allocation over watts saved, one dot for each policy.
fn svg(points: &[(Policy, f64, f64)]) -> String {
    let across = |saved: f64| 70.0 + saved.max(0.0) * 22.0;
    let down = |allocated: f64| 20.0 + (97.0 - allocated.max(90.0)) * 45.0;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 390\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"700\" height=\"390\" fill=\"#fff\"/>\n",
    );
    for tick in 0..=7 {
        let (saved, allocated) = (f64::from(tick) * 4.0, 90.0 + f64::from(tick));
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"355\" text-anchor=\"middle\">{saved} %</text>",
            across(saved)
        );
        let _ = writeln!(
            svg,
            "<text x=\"60\" y=\"{:.0}\" text-anchor=\"end\">{allocated} %</text>",
            down(allocated) + 4.0
        );
        let _ = writeln!(svg, "<path d=\"M70 {0:.0}H690\" stroke=\"#ddd\"/>", down(allocated));
    }
    for (policy, saved, allocated) in points {
        let colour = if matches!(policy, Policy::Fgd | Policy::FgdPower(_)) { "#c33" } else { "#27c" };
        let (x, y) = (across(*saved), down(*allocated));
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"4\" fill=\"{colour}\"/><text x=\"{:.0}\" y=\"{:.0}\">{policy:?}</text>",
            x + 6.0,
            y - 6.0
        );
    }
    svg + "<text x=\"380\" y=\"378\" text-anchor=\"middle\">watts saved against FGD, mean over arrivals to 120 %</text>\n\
           <text x=\"14\" y=\"190\" transform=\"rotate(-90 14 190)\" text-anchor=\"middle\">GPUs allocated at 120 % requested</text>\n</svg>\n"
}
