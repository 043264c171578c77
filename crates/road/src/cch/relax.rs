//! The inner loop of customisation: rows of arcs lowered by other rows, both directions at once.
//!
//! Nearly all of the work of a large customisation is done on ports that have the same higher neighbours, so that arcs
//! which are compared lie side by side, for the vector unit to take several at once. Few comparisons find something better, so
//! efforts are read only where keys do not decide. The answer is the same on every machine.

use super::weight::{Efforts, Keys, Run, RunMut};

/// What the vector unit at hand can do.
pub(super) trait Vectors {
    /// Lowers each arc of `best` by the arc of `via` at its place with `add` before it. Both are equally long.
    fn lower_all(best: RunMut<'_>, via: Run<'_>, add: Keys, add_efforts: Efforts);
}

/// Work that is worth compiling for the vector unit at hand. All that it calls should be `inline(always)`.
pub(super) trait Work {
    fn run<V: Vectors>(self);
}

/// Does the work with the widest vectors that the processor has.
pub(super) fn on_widest(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        #[expect(unsafe_code, reason = "the processor has what the functions are compiled for")]
        // SAFETY: checked in the line before each call.
        unsafe {
            if has!("avx512f") && has!("avx512vl") {
                return by_512(work);
            }
            if has!("avx2") {
                return by_256(work);
            }
        }
    }
    work.run::<Plain>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
fn by_512(work: impl Work) {
    work.run::<Eight>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn by_256(work: impl Work) {
    work.run::<Plain>();
}

/// What the compiler makes of it.
struct Plain;

impl Vectors for Plain {
    #[inline(always)]
    fn lower_all(best: RunMut<'_>, via: Run<'_>, add: Keys, add_efforts: Efforts) {
        let arcs = best.keys.iter_mut().zip(best.efforts).zip(via.keys).zip(via.efforts);
        for (((keys, efforts), &via), &via_efforts) in arcs {
            // Seldom true, so this is foreseen, and the rest of the arc is not touched.
            if (via[0] + add[0] <= keys[0]) | (via[1] + add[1] <= keys[1]) {
                lower(keys, efforts, via, via_efforts, add, add_efforts);
            }
        }
    }
}

/// AVX-512: eight keys at once, which are four arcs. Only [`by_512`] may name it.
#[cfg(target_arch = "x86_64")]
struct Eight;

#[cfg(target_arch = "x86_64")]
impl Vectors for Eight {
    #[inline(always)]
    fn lower_all(best: RunMut<'_>, via: Run<'_>, add: Keys, add_efforts: Efforts) {
        #[expect(unsafe_code, reason = "the processor has what the function is compiled for")]
        // SAFETY: `by_512` is the only one to name this type, and runs only where the processor has AVX-512.
        unsafe {
            lower_by_eight(best, via, add, add_efforts);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
fn lower_by_eight(best: RunMut<'_>, via: Run<'_>, add: Keys, add_efforts: Efforts) {
    use std::arch::x86_64::{
        _mm256_add_epi32, _mm256_loadu_epi32, _mm256_mask_cmplt_epu32_mask, _mm256_mask_storeu_epi32,
        _mm256_set1_epi64x, _mm512_add_epi64, _mm512_cmpeq_epi64_mask, _mm512_cmplt_epi64_mask,
        _mm512_loadu_epi64, _mm512_mask_storeu_epi64, _mm512_set4_epi64,
    };
    let (keys, last_keys) = best.keys.as_chunks_mut::<4>();
    let (efforts, last_efforts) = best.efforts.as_chunks_mut::<4>();
    let (via_keys, last_via_keys) = via.keys.as_chunks::<4>();
    let (via_efforts, last_via_efforts) = via.efforts.as_chunks::<4>();
    let all_add = _mm512_set4_epi64(add[1], add[0], add[1], add[0]);
    let all_add_efforts =
        _mm256_set1_epi64x((u64::from(add_efforts[1]) << 32 | u64::from(add_efforts[0])) as i64);
    for (((keys, efforts), via), via_efforts) in keys.iter_mut().zip(efforts).zip(via_keys).zip(via_efforts) {
        #[expect(unsafe_code, reason = "vectors are loaded and stored through pointers")]
        // SAFETY: each pointer is to a chunk of four pairs: eight keys of 64 bits, or eight efforts of 32.
        unsafe {
            let sum = _mm512_add_epi64(_mm512_loadu_epi64(via.as_ptr().cast()), all_add);
            let old = _mm512_loadu_epi64(keys.as_ptr().cast());
            let (less, equal) = (_mm512_cmplt_epi64_mask(sum, old), _mm512_cmpeq_epi64_mask(sum, old));
            if less | equal != 0 {
                let sum_efforts =
                    _mm256_add_epi32(_mm256_loadu_epi32(via_efforts.as_ptr().cast()), all_add_efforts);
                let old_efforts = _mm256_loadu_epi32(efforts.as_ptr().cast());
                let better = less | _mm256_mask_cmplt_epu32_mask(equal, sum_efforts, old_efforts);
                _mm512_mask_storeu_epi64(keys.as_mut_ptr().cast(), better, sum);
                _mm256_mask_storeu_epi32(efforts.as_mut_ptr().cast(), better, sum_efforts);
            }
        }
    }
    let last = last_keys.iter_mut().zip(last_efforts).zip(last_via_keys).zip(last_via_efforts);
    for (((keys, efforts), &via), &via_efforts) in last {
        lower(keys, efforts, via, via_efforts, add, add_efforts);
    }
}

/// [`super::weight::Weight::lower`] in both directions, without branches.
#[inline(always)]
pub(super) fn lower(
    best: &mut Keys,
    efforts: &mut Efforts,
    via: Keys,
    via_efforts: Efforts,
    add: Keys,
    add_efforts: Efforts,
) {
    for direction in 0..2 {
        let key = via[direction] + add[direction];
        let effort = via_efforts[direction].wrapping_add(add_efforts[direction]);
        let better = (key < best[direction]) | ((key == best[direction]) & (effort < efforts[direction]));
        // Masks, because branches here are a toss of a coin.
        let mask = i64::from(better).wrapping_neg();
        best[direction] ^= (best[direction] ^ key) & mask;
        efforts[direction] ^= (efforts[direction] ^ effort) & mask as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::weight::Weight;
    use super::*;

    struct ArcRows<'a>(&'a mut [Keys], &'a mut [Efforts], &'a [Keys], &'a [Efforts]);

    impl Work for ArcRows<'_> {
        #[inline(always)]
        fn run<V: Vectors>(self) {
            let via = Run { keys: self.2, efforts: self.3 };
            V::lower_all(RunMut { keys: self.0, efforts: self.1 }, via, [3, Weight::NONE.key], [1, 2]);
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
            on_widest(ArcRows(&mut wide.0, &mut wide.1, &via.0, &via.1));
            ArcRows(&mut plain.0, &mut plain.1, &via.0, &via.1).run::<Plain>();
            assert_eq!(wide, plain);
            for arc in 0..length {
                let at = |(keys, efforts): &(Vec<Keys>, Vec<Efforts>), direction: usize| Weight {
                    key: keys[arc][direction],
                    effort: efforts[arc][direction],
                };
                let mut wanted = at(&best, 0);
                wanted.lower(at(&via, 0).plus(Weight { key: 3, effort: 1 }));
                assert_eq!(at(&wide, 0), wanted, "{length} arcs");
                assert_eq!(at(&wide, 1), at(&best, 1), "nothing is better than no path");
            }
        }
    }
}
