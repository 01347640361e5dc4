//! Memory for a million agents: a hint to the processor, and arrays that may be too large.

use thiserror::Error;

/// An array for which there is no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no memory for {what}: {bytes} bytes asked for")]
pub struct NoMemory {
    /// What was to lie there.
    pub what: &'static str,
    /// How much was asked for at once.
    pub bytes: u64,
}

/// An empty array with room for `count` of `what`.
///
/// # Errors
/// The system refuses. One that promises more than it has ends the process later, when the room is used.
pub fn room<T>(what: &'static str, count: usize) -> Result<Vec<T>, NoMemory> {
    let mut array = Vec::new();
    let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
    array.try_reserve_exact(count).map_err(|_| NoMemory { what, bytes })?;
    advise_huge(&array);
    Ok(array)
}

/// Arrays from this size on are asked to lie in huge pages: some of those then lie wholly inside.
#[cfg(target_os = "linux")]
const HUGE: usize = 4 << 20;

/// Asks Linux for huge pages for the room of a large array, before it is used: in a crowd every look-up is in another
/// page, and the processor knows the places of few thousand. A wish that may go unheard, and changes nothing else.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn advise_huge<T>(array: &Vec<T>) {
    use rustix::mm::{Advice, madvise};
    let room = array.capacity() * size_of::<T>();
    if room < HUGE {
        return;
    }
    let page = rustix::param::page_size();
    let start = array.as_ptr().cast::<u8>();
    let skip = start.addr().next_multiple_of(page) - start.addr();
    let len = (room - skip) / page * page;
    let first = start.wrapping_add(skip).cast_mut().cast();
    // SAFETY: the pages lie wholly inside the array's own room. The advice changes neither what they hold nor what may
    // be done with them, and stays harmless for whoever gets them next.
    let _ = unsafe { madvise(first, len, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn advise_huge<T>(_: &Vec<T>) {}

/// An array of `count` times `value`.
///
/// # Errors
/// Those of [`room`].
pub fn filled<T: Clone>(what: &'static str, count: usize, value: T) -> Result<Vec<T>, NoMemory> {
    let mut array = room(what, count)?;
    array.resize(count, value);
    Ok(array)
}

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
