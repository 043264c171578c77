//! Sorting by counting: how many have each key tells where those with it begin, and each is dealt out to the next place
//! of its key. Those with one key stay in the order in which they come.

/// Turns how many have each key into where they begin.
pub(super) fn begin(counts: &mut [u32]) {
    let mut start = 0;
    for count in counts {
        start += std::mem::replace(count, start);
    }
}

/// Deals `item` out to the next place of its key.
pub(super) fn put<T>(item: T, key: usize, next: &mut [u32], to: &mut [T]) {
    let at = &mut next[key];
    to[*at as usize] = item;
    *at += 1;
}
