//! What a store makes of files that are not as it left them.

use crate::store::{Store, payload};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

pub const RECORDS: u64 = 1024;
pub const PLACES: usize = 200;

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Prints one row.
pub fn run<S: Store>(at: &Path) -> Result<()> {
    std::panic::set_hook(Box::new(|_| {}));
    let image = image::<S>(at)?;
    let equal = if image == self::image::<S>(at)? { "yes" } else { "no" };
    let cut = reopen::<S>(at, &cut(&image))?;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for place in places(&image) {
        *seen.entry(reopen::<S>(at, &changed(&image, &place))?.kind()).or_default() += 1;
    }
    let seen: Vec<String> = seen.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    println!("| {} | {equal} | {} | {} |", S::NAME, cut.words(), seen.join(", "));
    Ok(())
}

/// How reopening went.
enum Outcome {
    Refused(String),
    Panicked,
    Whole,
    Prefix(usize),
    Wrong,
}

impl Outcome {
    fn kind(&self) -> String {
        match self {
            Outcome::Refused(_) => "refused".into(),
            Outcome::Panicked => "panicked".into(),
            Outcome::Whole => "not noticed, all records there".into(),
            Outcome::Prefix(_) => "**opened with records silently missing at the end**".into(),
            Outcome::Wrong => "**opened with wrong or missing records inside**".into(),
        }
    }
    fn words(&self) -> String {
        match self {
            Outcome::Refused(error) => format!("refused: {error}"),
            Outcome::Prefix(count) => format!("opened with the first {count} records"),
            other => other.kind(),
        }
    }
}

/// The files of a store with the records in it, copied while it is open.
fn image<S: Store>(at: &Path) -> Result<Files> {
    let dir = tempfile::tempdir_in(at)?;
    let mut store = S::open(dir.path())?;
    for first in (0..RECORDS).step_by(16) {
        store.append(first, 16)?;
    }
    files(dir.path())
}

fn reopen<S: Store>(at: &Path, image: &Files) -> Result<Outcome> {
    let dir = tempfile::tempdir_in(at)?;
    for (name, bytes) in image {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(dir.path()))?;
        fs::write(path, bytes)?;
    }
    let read = || -> Result<Vec<Vec<u8>>> {
        let mut records = Vec::new();
        S::open(dir.path())?.read(&mut |record| records.push(record.to_vec()))?;
        Ok(records)
    };
    Ok(match catch_unwind(AssertUnwindSafe(read)) {
        Err(_) => Outcome::Panicked,
        Ok(Err(error)) => {
            Outcome::Refused(error.to_string().replace(&dir.path().display().to_string(), "DIR"))
        }
        Ok(Ok(records)) => judge(&records),
    })
}

fn judge(records: &[Vec<u8>]) -> Outcome {
    let right = records.iter().zip(0..RECORDS).take_while(|(record, seq)| **record == payload(*seq)).count();
    match right {
        _ if right < records.len() => Outcome::Wrong,
        _ if right as u64 == RECORDS => Outcome::Whole,
        _ => Outcome::Prefix(right),
    }
}

/// The largest file is the log; preallocated zeros at its end are not part of what was written.
fn log(image: &Files) -> (&PathBuf, usize) {
    let written = |bytes: &Vec<u8>| bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let (name, bytes) = image.iter().max_by_key(|(_, bytes)| written(bytes)).expect("a store has files");
    (name, written(bytes))
}

fn cut(image: &Files) -> Files {
    let (name, written) = log(image);
    let mut out = image.clone();
    out.get_mut(name).expect("just found").truncate(written - 40);
    out
}

/// Evenly spaced bytes of the log that are not zero, so that preallocated space is not counted as strength.
fn places(image: &Files) -> Vec<(PathBuf, usize)> {
    let (name, _) = log(image);
    let used: Vec<usize> = (0..image[name].len()).filter(|&at| image[name][at] != 0).collect();
    (0..PLACES).map(|row| (name.clone(), used[row * used.len() / PLACES])).collect()
}

fn changed(image: &Files, (name, at): &(PathBuf, usize)) -> Files {
    let mut out = image.clone();
    out.get_mut(name).expect("just found")[*at] ^= 0x10;
    out
}

/// Every file below `dir`, by its path from there.
pub fn files(dir: &Path) -> Result<Files> {
    let mut out = Files::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                out.insert(path.strip_prefix(dir)?.to_path_buf(), fs::read(&path)?);
            }
        }
    }
    Ok(out)
}
