//! A hint to the processor, for venues and populations of many agents. No result depends on it, and leaving it out
//! costs nothing but time.

/// Asks for the cache lines of `place`, without waiting for them: they will be in the cache when they are needed.
/// Changes nothing, ever. Does nothing where the processor is not an x86-64.
///
/// Of a value longer than two lines the first and the last are asked for.
#[inline(always)]
#[allow(unsafe_code)]
pub fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let first = std::ptr::from_ref(place).cast::<i8>();
        let last = first.wrapping_add(size_of::<T>().saturating_sub(1));
        // SAFETY: a prefetch reads nothing that the program could see and never faults, whatever the address;
        // these are even inside a live value.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(first);
            if size_of::<T>() > align_of::<T>() && align_of::<T>() < 64 || size_of::<T>() > 64 {
                _mm_prefetch::<_MM_HINT_T0>(last);
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
