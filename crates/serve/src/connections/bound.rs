//! How many connections there may be: in all, below the limit of file descriptors, so that the journal always has some; and from
//! one address, so that nobody takes them all.

use crate::error::ServeError;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Descriptors that connections never take: standard streams, listeners, the runtime's own, files that are read again, and
/// connections that are being turned away, and operators'.
const RESERVED: u64 = 44;
/// Those of each region: its directory, its lock, the segment that is written, a new one, a snapshot, and as many again while these change.
const RESERVED_REGION: u64 = 10;
/// Fewest connections that are worth listening for.
const FEWEST: u64 = 8;

/// How many connections there may be.
#[derive(Debug)]
pub(crate) struct Bound {
    most: usize,
    most_of_one: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// Why a connection is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// There are as many as there may be.
    All(usize),
    /// There are as many from this address.
    OneAddress(usize),
}

impl Bound {
    pub(crate) fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, open: Mutex::default() })
    }

    /// At most `most`, and fewer where the process has not the descriptors; the limit is raised as far as it may be.
    ///
    /// Errors: too few for any.
    pub(crate) fn within_descriptors(
        most: usize,
        most_of_one: usize,
        regions: usize,
    ) -> Result<Arc<Self>, ServeError> {
        let needed = RESERVED + RESERVED_REGION * regions as u64;
        let limit = descriptors();
        let left = limit.map_or(u64::MAX, |limit| limit.saturating_sub(needed));
        if left < FEWEST {
            let limit = limit.unwrap_or_default();
            return Err(ServeError::Descriptors { limit, least: needed + FEWEST });
        }
        let fits = usize::try_from(left).unwrap_or(usize::MAX).min(most);
        if fits < most {
            tracing::info!(
                connections = fits,
                wanted = most,
                limit,
                "the limit of descriptors bounds connections"
            );
        }
        Ok(Self::new(fits, most_of_one))
    }

    /// A place for a connection from `from`, for as long as it is held. Errors: there is none.
    pub(crate) fn admit(self: &Arc<Self>, from: IpAddr) -> Result<Place, Crowded> {
        let from = site(from);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.most {
            return Err(Crowded::All(self.most));
        }
        let of_one = open.by_address.entry(from).or_default();
        if *of_one >= self.most_of_one {
            return Err(Crowded::OneAddress(self.most_of_one));
        }
        *of_one += 1;
        open.all += 1;
        Ok(Place { bound: self.clone(), from })
    }
}

/// Held by a connection.
#[derive(Debug)]
pub(crate) struct Place {
    bound: Arc<Bound>,
    from: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.bound.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(of_one) = open.by_address.get_mut(&self.from) {
            *of_one -= 1;
            if *of_one == 0 {
                open.by_address.remove(&self.from);
            }
        }
    }
}

/// What counts as one address: of IPv6 the network of a site, of which one machine may have all addresses. Source: RFC 6177.
fn site(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
        address => address,
    }
}

/// The limit of open files, raised to what this process may have; `None`: there is none.
fn descriptors() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    if raised.is_ok() { maximum } else { current }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn there_are_so_many_in_all_and_so_many_from_one_address_and_those_that_go_make_room() {
        let bound = Bound::new(3, 2);
        let (a, b) = (address("192.0.2.1"), address("192.0.2.2"));
        let first = bound.admit(a).expect("there is room");
        let _second = bound.admit(a).expect("there is room");
        assert_eq!(bound.admit(address("::ffff:192.0.2.1")).err(), Some(Crowded::OneAddress(2)));
        let _third = bound.admit(b).expect("there is room");
        assert_eq!(bound.admit(b).err(), Some(Crowded::All(3)));
        drop(first);
        assert!(bound.admit(b).is_ok());
        assert_eq!(
            bound.open.lock().expect("no panic").by_address.len(),
            2,
            "nothing is kept of who has left"
        );
    }

    #[test]
    fn a_site_that_has_all_addresses_of_a_network_is_one() {
        let bound = Bound::new(9, 1);
        let _one = bound.admit(address("2001:db8::1")).expect("there is room");
        assert!(bound.admit(address("2001:db8::ffff")).is_err());
        assert!(bound.admit(address("2001:db8:0:1::1")).is_ok());
    }
}
