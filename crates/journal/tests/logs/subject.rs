//! What the rules ask of a store.

use paceline_journal::{DurableLog, Log, LogAddress, Opened, Options, Seq};

/// How a lost answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// What was asked was done.
    Answer,
    /// It never came.
    Question,
    /// It comes when its asker has long given up: [`Subject::deliver`].
    Late,
}

/// What is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Record(Seq),
    Snapshot(Seq),
}

/// A store with logs, and what can be done to them behind their backs.
pub(crate) trait Subject {
    fn name(&self) -> &'static str;

    /// A log that has not begun.
    fn fresh(&self) -> LogAddress;

    /// The machine that keeps the log loses its power and starts again; whoever has it open is gone.
    fn cut_power(&self, log: &LogAddress);

    /// Whether a second writer is refused while a first is there. If not, it takes the log over.
    fn refuses_a_second(&self) -> bool;

    /// Changes something of this part, in the `n`th way of as many as there are; `false`: there is none such.
    fn damage(&self, log: &LogAddress, part: Part, n: usize) -> bool;

    /// There is no room from now on, or there is again; `false`: room cannot be taken.
    fn set_full(&self, full: bool) -> bool;

    /// What is asked next over the connections that there are gets lost like this; `false`: nothing can.
    fn lose_next(&self, lost: Lost) -> bool;

    /// Lets what was late come.
    fn deliver(&self);

    /// Nothing more goes wrong.
    fn all_is_well(&self) {
        self.set_full(false);
    }
}

/// Opens a log as a server would, but in small segments.
pub(crate) fn open(address: &LogAddress) -> Opened<Box<dyn Log>> {
    address.open(options()).unwrap()
}

pub(crate) fn options() -> Options {
    Options { segment_bytes: 400, ..Options::default() }
}

pub(crate) fn durable(address: &LogAddress) -> DurableLog<u64> {
    DurableLog::new(open(address).journal, 0)
}

/// What record `n` says.
pub(crate) fn payload(n: u64) -> Vec<u8> {
    vec![n as u8; (n % 37) as usize]
}

/// Appends records up to `last` and commits them.
pub(crate) fn append_to(log: &mut dyn Log, last: u64) {
    for n in log.last().0 + 1..=last {
        assert_eq!(log.append(7, &payload(n)).unwrap(), Seq(n));
    }
    assert_eq!(log.commit().unwrap(), Seq(last));
}

/// The last record of a log, all of whose records after `after` are read back and are what they should be.
pub(crate) fn read_after(address: &LogAddress, after: u64) -> u64 {
    let mut last = after;
    for record in address.replay(Some(Seq(after))).unwrap() {
        let record = record.unwrap();
        last += 1;
        assert_eq!(record.seq, Seq(last), "numbers are dense");
        record
            .payload
            .read(|format, bytes| assert_eq!((format, bytes), (7, &*payload(last)), "record {last}"));
    }
    last
}
