//! Counting sort in its two halves: a prefix sum over how many items have each key tells where those with it begin, then
//! each item is scattered to the next place of its key. Stable: items of one key stay in the order in which they come.

/// Turns how many items have each key into where those with it begin.
pub(super) fn prefix_sum(counts: &mut [u32]) {
    let mut start = 0;
    for count in counts {
        start += std::mem::replace(count, start);
    }
}

/// Moves `item` to the next place of its key.
pub(super) fn scatter<T>(item: T, key: usize, next: &mut [u32], to: &mut [T]) {
    let at = &mut next[key];
    to[*at as usize] = item;
    *at += 1;
}
