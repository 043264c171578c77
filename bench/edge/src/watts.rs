//! Watts beside allocation as tasks arrive, and the picture of the trade-off.

use crate::allocation::{SEEDS, spread};
use crate::openb::{Trace, read};
use crate::policies::Policy;
use crate::power::watts;
use crate::protocol::{Mark, arrivals, run, watts_of};
use anyhow::Result;
use paceline_plan::edge::placement::{Cluster, Node, Task};
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

/// A socket of 32,000 thousandths draws 105 W more once anything runs there, so that this much is the least.
const WATTS_A_CPU_MILLI: f64 = 105.0 / 32_000.0;

/// The least that any placement can draw with all of `tasks` running, in watts: as many GPUs as their shares come to, those that wake for least first,
/// wherever tasks may go and whatever else they need, and CPU by the thread.
fn least_watts(trace: &Trace, tasks: &[Task]) -> f64 {
    let models = watts(&trace.models);
    let waking = |node: &Node| {
        let (idle, full) = models[usize::from(node.gpu_model.0)];
        vec![f64::from(full - idle); node.devices.len()]
    };
    let mut gpus: Vec<f64> = trace.nodes.iter().flat_map(waking).collect();
    gpus.sort_by(f64::total_cmp);
    let shares: u32 = tasks.iter().map(Task::gpu_milli).sum();
    let cpu_milli: f64 = tasks.iter().map(|task| f64::from(task.cpu_milli)).sum();
    let empty = Cluster::shuffled(trace.nodes.iter().cloned(), 1);
    watts_of(trace, &empty)
        + gpus[..(shares / 1000) as usize].iter().sum::<f64>()
        + cpu_milli * WATTS_A_CPU_MILLI
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
    println!("{}", least(&trace, &fgd));
    if let Some(path) = picture {
        std::fs::write(path, svg(&points))?;
    }
    Ok(())
}

/// The row of what no placement can undercut, as long as all that arrived runs whoever places it.
fn least(trace: &Trace, fgd: &[Mark]) -> String {
    let mean =
        |percent| spread((1..=SEEDS).map(|seed| least_watts(trace, &arrivals(trace, seed, percent)))).0;
    let (mut line, mut most) = (String::from("| no placement draws less than |"), f64::MIN);
    for percent in [20, 40, 60, 80] {
        let at = PERCENTS.iter().position(|known| *known == percent).expect("it is one of them");
        let watts = mean(percent);
        most = most.max(100.0 * (1.0 - watts / fgd[at].watts));
        let _ = write!(line, " {:.0} |", watts / 1000.0);
    }
    line + &format!(" – | – | – | {most:.1} % | – |")
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
