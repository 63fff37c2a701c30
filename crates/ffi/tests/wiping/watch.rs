//! An allocator that looks at what is given back.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    ptr,
};
use std::alloc::System;

/// Bytes of a secret that are looked for, at its start and at its end.
const WINDOW: usize = 16;

type Window = [u8; WINDOW];

/// What is looked for, ordered, and which first bytes there are among it.
struct Wanted {
    windows: Vec<Window>,
    starts: [bool; 1 << 16],
}

impl Wanted {
    fn of(secrets: &[Vec<u8>]) -> Self {
        let ends = |secret: &Vec<u8>| [secret.first_chunk().copied(), secret.last_chunk().copied()];
        let mut windows: Vec<Window> = secrets.iter().flat_map(ends).flatten().collect();
        windows.sort_unstable();
        let mut starts = [false; 1 << 16];
        for window in &windows {
            starts[start(window)] = true;
        }
        Self { windows, starts }
    }

    fn has(&self, window: &Window) -> bool {
        self.starts[start(window)] && self.windows.binary_search(window).is_ok()
    }
}

fn start(&[first, second, ..]: &Window) -> usize {
    usize::from(u16::from_le_bytes([first, second]))
}

thread_local! {
    /// What is looked for in what this thread gives back.
    static WANTED: Cell<Option<&'static Wanted>> = const { Cell::new(None) };
    /// The blocks that had something of it.
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

struct Watching;

// SAFETY: it hands everything on to the system's allocator
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's; zeroed, so that what others have left there is taken for nobody's
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        look(block, layout.size());
        // SAFETY: the caller's
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

fn look(block: *const u8, size: usize) {
    let Ok(Some(wanted)) = WANTED.try_with(Cell::get) else { return };
    for at in 0..(size + 1).saturating_sub(WINDOW) {
        // SAFETY: within the block, which is still the caller's
        let window = unsafe { block.add(at) };
        // SAFETY: the same; what was never written there is read as it is
        let window: Window = unsafe { ptr::read_volatile(window.cast()) };
        if wanted.has(&window) {
            WANTED.set(None);
            eprintln!(
                "FOUND {window:02x?} at {at} of {size}: {}",
                std::backtrace::Backtrace::force_capture()
            );
            WANTED.set(Some(wanted));
            FOUND.set(FOUND.get() + 1);
            break;
        }
    }
}

/// The blocks with something of `secrets` in them that `work` gives back.
pub(crate) fn leaks(secrets: &[Vec<u8>], work: impl FnOnce()) -> usize {
    let wanted = Wanted::of(secrets);
    assert!(!wanted.windows.is_empty(), "nothing to look for");
    FOUND.set(0);
    // for as long as the test program runs: what is looked for must not be given back while it is
    WANTED.set(Some(Box::leak(Box::new(wanted))));
    work();
    WANTED.set(None);
    FOUND.get()
}
