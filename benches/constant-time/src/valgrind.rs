//! Requests to memcheck, from the program that it watches: which bytes count as undefined.
//!
//! They are in the manual, "The Client Request mechanism": a sequence of instructions without effect, which valgrind
//! recognizes. The crates that wrap them need libclang to be built. Outside of valgrind nothing happens.

use core::{arch::asm, hint::black_box};

/// Memcheck's requests are numbered from here: its two letters.
const MEMCHECK: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;
const MAKE_UNDEFINED: usize = MEMCHECK + 1;
const MAKE_DEFINED: usize = MEMCHECK + 2;
const GET_VALIDITY: usize = MEMCHECK + 8;
const RUNNING_ON_VALGRIND: usize = 0x1001;

/// Whether valgrind runs this program.
pub fn is_running() -> bool {
    request(RUNNING_ON_VALGRIND, [0; 3]) != 0
}

/// Whether each of `bytes` has a bit that is undefined. Outside of valgrind none has.
pub fn are_undefined(bytes: &[u8]) -> bool {
    let mut validity = vec![0_u8; bytes.len()];
    request(GET_VALIDITY, [bytes.as_ptr().addr(), validity.as_mut_ptr().expose_provenance(), bytes.len()]);
    black_box(&mut validity).iter().all(|bits| *bits != 0)
}

/// From here on a branch or an address that depends on one of `bytes` is an error.
pub fn make_undefined(bytes: &mut [u8]) {
    request(MAKE_UNDEFINED, [bytes.as_mut_ptr().addr(), bytes.len(), 0]);
}

/// Takes that back for `value` as it is, without what it points to.
pub fn make_defined<T: ?Sized>(value: &T) {
    request(MAKE_DEFINED, [core::ptr::from_ref(value).addr(), size_of_val(value), 0]);
}

fn request(number: usize, [a, b, c]: [usize; 3]) -> usize {
    let request = [number, a, b, c, 0, 0];
    let mut answer = 0;
    // SAFETY: to a processor it is nothing: rdi is rotated by 128 bits in all, and rbx changed for itself. Valgrind reads
    // the six words of `request`, which live on, and writes rdx; and for GET_VALIDITY the vector whose address was exposed.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") request.as_ptr(),
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}
