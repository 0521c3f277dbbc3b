//! The guest's global allocator: a bump through a static arena.
//!
//! A call is short and its instance is thrown away after it, so nothing is worth freeing but what was allocated
//! last. Growing memory costs more than all else in a small call; it begins only past the arena.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

const ARENA_BYTES: usize = 256 << 10;
/// How much memory is asked for at once past the arena, at the least.
#[cfg(target_arch = "wasm32")]
const GROWTH_BYTES: usize = 1 << 20;
#[cfg(target_arch = "wasm32")]
const PAGE_BYTES: usize = 64 << 10;

/// The allocator that [`plugin!`](crate::plugin!) installs in a component.
pub struct Arena {
    arena: UnsafeCell<[u8; ARENA_BYTES]>,
    /// The next free address and the end of what may be used; both 0 before the first allocation.
    free: UnsafeCell<(usize, usize)>,
}

#[allow(unsafe_code)]
// SAFETY: a component of this target has one thread.
unsafe impl Sync for Arena {}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Arena {
    /// An empty arena.
    #[must_use]
    #[expect(clippy::large_stack_arrays, reason = "it is the initial value of a static")]
    pub const fn new() -> Self {
        Self { arena: UnsafeCell::new([0; ARENA_BYTES]), free: UnsafeCell::new((0, 0)) }
    }

    /// The bounds of a new piece of memory with at least this many bytes.
    #[cfg(target_arch = "wasm32")]
    fn grow(bytes: usize) -> Option<(usize, usize)> {
        let pages = bytes.max(GROWTH_BYTES).checked_add(PAGE_BYTES - 1)? / PAGE_BYTES;
        let before = core::arch::wasm32::memory_grow(0, pages);
        (before != usize::MAX).then(|| (before * PAGE_BYTES, (before + pages) * PAGE_BYTES))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn grow(_: usize) -> Option<(usize, usize)> {
        None
    }
}

#[allow(unsafe_code)]
// SAFETY: blocks are cut from memory that nothing else uses, aligned as asked, and never overlap: `free` only moves
// forward, but for the last block, which may be given back or resized. One thread calls at a time.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread; no reference to the cell outlives this call.
        let free = unsafe { &mut *self.free.get() };
        if free.1 == 0 {
            let start = self.arena.get() as usize;
            *free = (start, start + ARENA_BYTES);
        }
        let align = layout.align();
        let fits = |(start, end): (usize, usize)| {
            let block = start.checked_add(align - 1)? & !(align - 1);
            let next = block.checked_add(layout.size())?;
            (next <= end).then_some((block, next))
        };
        let found = fits(*free).or_else(|| {
            let (start, end) = Self::grow(layout.size().checked_add(align)?)?;
            // Memory that follows on what is left of the last piece is joined to it.
            *free = if start == free.1 { (free.0, end) } else { (start, end) };
            fits(*free)
        });
        let Some((block, next)) = found else { return core::ptr::null_mut() };
        free.0 = next;
        block as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        let free = unsafe { &mut *self.free.get() };
        if block as usize + layout.size() == free.0 {
            free.0 = block as usize;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        let free = unsafe { &mut *self.free.get() };
        let address = block as usize;
        if address + layout.size() == free.0 && address.checked_add(size).is_some_and(|end| end <= free.1) {
            free.0 = address + size;
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller's layout with another size; both blocks are of at least the bytes copied.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(block, new, layout.size());
            }
            new
        }
    }
}
