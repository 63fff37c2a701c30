//! The library itself: its version, and its sizes for languages that don't read headers.

use core::ffi::{CStr, c_char};

use crate::types::{
    ENTRENOUS_ACCOUNT_LEN, ENTRENOUS_GROUP_LEN, ENTRENOUS_MESSAGE_ID_LEN, ENTRENOUS_TOKEN_LEN,
};

/// Most bytes of a message's content: 16 MiB less 34.
pub const ENTRENOUS_MAX_CONTENT: usize = 16_777_182;

const _: () = assert!(ENTRENOUS_MAX_CONTENT == entrenous::MAX_CONTENT);

/// The version of the library that runs, such as "0.1.0"; `ENTRENOUS_VERSION` is that of the header. Never NULL, and never to
/// be freed.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    match CStr::from_bytes_with_nul(VERSION.as_bytes()) {
        Ok(version) => version.as_ptr(),
        Err(_) => c"".as_ptr(),
    }
}

/// The same as a number, to be compared: major × 1,000,000 + minor × 1,000 + patch, as `ENTRENOUS_VERSION_NUMBER` is of the
/// header.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_version_number() -> u32 {
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

const fn number(decimals: &str) -> u32 {
    match u32::from_str_radix(decimals, 10) {
        Ok(number) => number,
        Err(_) => unreachable!(),
    }
}

/// 1 if a program that was compiled with the header of this number, its `ENTRENOUS_VERSION_NUMBER`, may use the library that runs,
/// else 0: it may use one that is of the same major version (before 1.0: of the same minor version too), and not older.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_is_compatible(header_version_number: u32) -> u32 {
    is_compatible(entrenous_version_number(), header_version_number).into()
}

fn is_compatible(library: u32, header: u32) -> bool {
    let abi = if library < 1_000_000 { 1_000 } else { 1_000_000 };
    library / abi == header / abi && header <= library
}

/// `ENTRENOUS_ACCOUNT_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_account_len() -> usize {
    ENTRENOUS_ACCOUNT_LEN
}

/// `ENTRENOUS_GROUP_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_group_len() -> usize {
    ENTRENOUS_GROUP_LEN
}

/// `ENTRENOUS_MESSAGE_ID_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_message_id_len() -> usize {
    ENTRENOUS_MESSAGE_ID_LEN
}

/// `ENTRENOUS_TOKEN_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_token_len() -> usize {
    ENTRENOUS_TOKEN_LEN
}

/// `ENTRENOUS_STORE_KEY_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_store_key_len() -> usize {
    crate::store::ENTRENOUS_STORE_KEY_LEN
}

/// `ENTRENOUS_DIGITS_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_digits_len() -> usize {
    crate::trust::ENTRENOUS_DIGITS_LEN
}

/// `ENTRENOUS_RENDEZVOUS_LEN` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_rendezvous_len() -> usize {
    crate::linking::ENTRENOUS_RENDEZVOUS_LEN
}

/// `ENTRENOUS_MAX_CONTENT` of the library that runs.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_max_content() -> usize {
    ENTRENOUS_MAX_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_takes_programs_of_its_version_that_are_no_newer() {
        assert_eq!(entrenous_is_compatible(entrenous_version_number()), 1);
        assert!(is_compatible(1_003, 1_001) && !is_compatible(1_001, 1_003));
        assert!(!is_compatible(2_000, 1_003) && !is_compatible(1_000_000, 1_003));
        assert!(is_compatible(1_002_000, 1_001_005) && !is_compatible(2_000_000, 1_001_005));
        assert_eq!(number("12"), 12);
    }
}
