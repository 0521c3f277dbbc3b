//! What the runtime asks of its platform, where that is WebAssembly alone: there is one thread, memory that nobody protects, and
//! no source of randomness.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::any::Any;
use std::cell::Cell;
use std::ptr;

use cranelift_codegen::timing::{Pass, Profiler, set_thread_profiler};

/// What a mapping is aligned to, and a multiple of, in bytes.
const PAGE_BYTES: usize = 4 << 10;

/// As of the system's errors, `ENOMEM`.
const NO_MEMORY: i32 = 12;

thread_local! {
    static SLOTS: [Cell<*mut u8>; 2] = const { [Cell::new(ptr::null_mut()), Cell::new(ptr::null_mut())] };
}

/// Counts no time: there is no clock.
struct Timeless;

impl Profiler for Timeless {
    fn start_pass(&self, _pass: Pass) -> Box<dyn Any> {
        Box::new(())
    }
}

/// Keeps the compiler from asking what time it is.
pub(crate) fn without_clock() {
    set_thread_profiler(Box::new(Timeless));
}

/// Wasmtime's state of the thread.
#[unsafe(no_mangle)]
extern "C" fn wasmtime_tls_get(slot: usize) -> *mut u8 {
    SLOTS.with(|slots| slots.get(slot).map_or(ptr::null_mut(), Cell::get))
}

#[unsafe(no_mangle)]
extern "C" fn wasmtime_tls_set(slot: usize, pointer: *mut u8) {
    SLOTS.with(|slots| {
        if let Some(slot) = slots.get(slot) {
            slot.set(pointer);
        }
    });
}

#[unsafe(no_mangle)]
extern "C" fn wasmtime_page_size() -> usize {
    PAGE_BYTES
}

fn mapping(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, PAGE_BYTES).ok().filter(|layout| layout.size() > 0)
}

/// Memory that is zero.
#[unsafe(no_mangle)]
extern "C" fn wasmtime_mmap_new(size: usize, _protection: u32, place: &mut *mut u8) -> i32 {
    // SAFETY: a layout of no size is left out.
    let made = mapping(size).map_or(ptr::null_mut(), |layout| unsafe { alloc_zeroed(layout) });
    *place = made;
    if made.is_null() { NO_MEMORY } else { 0 }
}

/// Makes what is mapped zero again.
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmtime_mmap_remap(pointer: *mut u8, size: usize, _protection: u32) -> i32 {
    // SAFETY: wasmtime gives a range within a mapping of its own, in which nothing is borrowed.
    unsafe { ptr::write_bytes(pointer, 0, size) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn wasmtime_munmap(pointer: *mut u8, size: usize) -> i32 {
    if let Some(layout) = mapping(size) {
        // SAFETY: wasmtime gives back what `wasmtime_mmap_new` gave, whole and once.
        unsafe { dealloc(pointer, layout) };
    }
    0
}

/// The interpreter checks each access itself.
#[unsafe(no_mangle)]
extern "C" fn wasmtime_mprotect(_pointer: *mut u8, _size: usize, _protection: u32) -> i32 {
    0
}

/// What a memory begins with. There is nothing to map, so it is copied; by the host, as where it is mapped: by code, it would cost
/// fuel.
struct Image(Vec<u8>);

#[unsafe(no_mangle)]
unsafe extern "C" fn wasmtime_memory_image_new(data: *const u8, length: usize, image: &mut *mut Image) -> i32 {
    // SAFETY: wasmtime gives the data of a module, which it keeps meanwhile.
    let bytes = unsafe { std::slice::from_raw_parts(data, length) };
    *image = Box::into_raw(Box::new(Image(bytes.to_vec())));
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn wasmtime_memory_image_map_at(image: *const Image, address: *mut u8, length: usize) -> i32 {
    // SAFETY: wasmtime gives an image of ours that it has not freed, and a range of that length within a mapping of its own.
    unsafe {
        let Image(bytes) = &*image;
        let copied = bytes.len().min(length);
        ptr::copy_nonoverlapping(bytes.as_ptr(), address, copied);
        ptr::write_bytes(address.add(copied), 0, length - copied);
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn wasmtime_memory_image_free(image: *mut Image) {
    // SAFETY: wasmtime frees what `wasmtime_memory_image_new` gave, once.
    drop(unsafe { Box::from_raw(image) });
}

/// For keys there is no randomness here, and so there are none to be made.
fn no_keys(_destination: &mut [u8]) -> Result<(), getrandom_of_keys::Error> {
    Err(getrandom_of_keys::Error::UNSUPPORTED)
}

getrandom_of_keys::register_custom_getrandom!(no_keys);

/// Seeds of hash maps, the same each time: no result depends on them, and who makes keys collide slows down a page of their own.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(destination: *mut u8, length: usize) -> Result<(), getrandom::Error> {
    // SAFETY: who calls gives a destination of that length to be written.
    unsafe { ptr::write_bytes(destination, 0x5a, length) };
    Ok(())
}
