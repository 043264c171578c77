//! The inner loop of customisation: rows of arcs lowered by other rows, both ways at once.
//!
//! Nearly all of the work of a large customisation is done on ports that have the same higher neighbours, so that arcs
//! which are compared lie side by side. Few comparisons find something better, so a chunk of arcs is first only asked whether
//! any does, by keys alone; this is what the vector unit is for. The answer is the same on every machine.

use super::weight::{Efforts, Keys, Run, RunMut};

/// Arcs that are asked together.
const CHUNK: usize = 8;

/// Work that is worth compiling for the vector unit at hand. All that it calls should be `inline(always)`.
pub(super) trait Work {
    fn run(self);
}

/// Does the work with the widest vectors that the processor has.
pub(super) fn on_widest(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        #[expect(unsafe_code, reason = "the processor has what the functions are compiled for")]
        // SAFETY: asked in the line before each call.
        unsafe {
            if has!("avx512f") && has!("avx512vl") {
                return by_512(work);
            }
            if has!("avx2") {
                return by_256(work);
            }
        }
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
fn by_512(work: impl Work) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn by_256(work: impl Work) {
    work.run();
}

/// Lowers each arc of `best` by the arc of `via` at its place with `add` before it. Both are equally long.
#[inline(always)]
pub(super) fn lower_all(best: RunMut<'_>, via: Run<'_>, add: Keys, add_efforts: Efforts) {
    let (best_keys, last_best_keys) = best.keys.as_chunks_mut::<CHUNK>();
    let (best_efforts, last_best_efforts) = best.efforts.as_chunks_mut::<CHUNK>();
    let (via_keys, last_via_keys) = via.keys.as_chunks::<CHUNK>();
    let (via_efforts, last_via_efforts) = via.efforts.as_chunks::<CHUNK>();
    for (((best, efforts), via), via_efforts) in
        best_keys.iter_mut().zip(best_efforts).zip(via_keys).zip(via_efforts)
    {
        let mut any = false;
        for arc in 0..CHUNK {
            for way in 0..2 {
                any |= via[arc][way] + add[way] <= best[arc][way];
            }
        }
        if any {
            for arc in 0..CHUNK {
                lower(&mut best[arc], &mut efforts[arc], via[arc], via_efforts[arc], add, add_efforts);
            }
        }
    }
    let last = last_best_keys.iter_mut().zip(last_best_efforts).zip(last_via_keys).zip(last_via_efforts);
    for (((best, efforts), &via), &via_efforts) in last {
        lower(best, efforts, via, via_efforts, add, add_efforts);
    }
}

/// [`super::weight::Weight::lower`] both ways, without branches.
#[inline(always)]
pub(super) fn lower(
    best: &mut Keys,
    efforts: &mut Efforts,
    via: Keys,
    via_efforts: Efforts,
    add: Keys,
    add_efforts: Efforts,
) {
    for way in 0..2 {
        let (key, effort) = (via[way] + add[way], via_efforts[way].wrapping_add(add_efforts[way]));
        let better = (key < best[way]) | ((key == best[way]) & (effort < efforts[way]));
        // Masks, because branches here are a toss of a coin.
        let mask = i64::from(better).wrapping_neg();
        best[way] ^= (best[way] ^ key) & mask;
        efforts[way] ^= (efforts[way] ^ effort) & mask as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::weight::Weight;
    use super::*;

    struct Row<'a>(&'a mut [Keys], &'a mut [Efforts], &'a [Keys], &'a [Efforts]);

    impl Work for Row<'_> {
        #[inline(always)]
        fn run(self) {
            let via = Run { keys: self.2, efforts: self.3 };
            lower_all(RunMut { keys: self.0, efforts: self.1 }, via, [3, Weight::NONE.key], [1, 2]);
        }
    }

    /// Vectors of this machine and none, on rows of all lengths, with many ties: what [`Weight::lower`] says.
    #[test]
    fn whole_rows_are_lowered_as_single_weights_are() {
        let mut state = 11u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for length in (0..40).chain([200]) {
            let mut row = |keys: u64, low: i64| -> (Vec<Keys>, Vec<Efforts>) {
                let keys = (0..length).map(|_| [next(keys) as i64 + low, next(keys) as i64 + low]).collect();
                (keys, (0..length).map(|_| [next(4) as u32, next(4) as u32]).collect())
            };
            let (best, via) = (row(8, 3), row(8, 0));
            let (mut wide, mut plain) = (best.clone(), best.clone());
            on_widest(Row(&mut wide.0, &mut wide.1, &via.0, &via.1));
            Row(&mut plain.0, &mut plain.1, &via.0, &via.1).run();
            assert_eq!(wide, plain);
            for arc in 0..length {
                let at = |(keys, efforts): &(Vec<Keys>, Vec<Efforts>), way: usize| Weight {
                    key: keys[arc][way],
                    effort: efforts[arc][way],
                };
                let mut wanted = at(&best, 0);
                wanted.lower(at(&via, 0).plus(Weight { key: 3, effort: 1 }));
                assert_eq!(at(&wide, 0), wanted, "{length} arcs");
                assert_eq!(at(&wide, 1), at(&best, 1), "nothing is better than no way");
            }
        }
    }
}
