//! Comparing a short string with somebody, over a call or face to face: seven emoji, or twelve digits.

use core::ffi::c_char;

use entrenous::{Address, Error, ShortString, ShortStringState, ShownString, operation::DecideShortString};

use crate::{
    call::{Caller, flag},
    client::{entrenous_client, with},
    handle::{self, Object},
    list::List,
    result::entrenous_result,
    types::{entrenous_address, entrenous_compared},
};

/// How far a comparison of short strings has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_short_string_state {
    /// The other side asks: `entrenous_client_join_short_string` when the user agrees.
    Asked = 1,
    /// It is the other side's turn.
    Waiting = 2,
    /// The users compare.
    Ready = 3,
}

/// A comparison of short strings, as it stands.
#[derive(Debug)]
pub struct entrenous_short_string {
    about: List<entrenous_short_string_info>,
    shown: Option<ShownString>,
}

impl Object for entrenous_short_string {}

/// What is to be shown of a comparison.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_short_string_info {
    /// How far it has come. Only what is `READY` has something to compare.
    pub state: entrenous_short_string_state,
    /// With whom.
    pub peer: entrenous_address,
    /// What both screens show if nobody stands between.
    pub string: entrenous_shown_string,
}

/// Seven emoji or twelve digits, of which an application shows either.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_shown_string {
    /// Three groups, each below 10,000 and shown with four digits.
    pub decimals: [u32; 3],
    /// Seven code points.
    pub emoji: [u32; 7],
    /// Their English names in lower case, to be read aloud or translated, each with a NUL at its end.
    pub names: [[c_char; 16]; 7],
}

impl entrenous_shown_string {
    const NONE: Self = Self { decimals: [0; 3], emoji: [0; 7], names: [[0; 16]; 7] };

    pub(crate) fn of(string: &ShortString) -> Self {
        Self {
            decimals: string.decimals().map(u32::from),
            emoji: string.emoji().map(|emoji| emoji.picture.into()),
            names: string.emoji().map(|emoji| name(emoji.name)),
        }
    }
}

/// A name in ASCII, which has room with its NUL.
fn name(text: &str) -> [c_char; 16] {
    let mut name = [0; 16];
    name.iter_mut()
        .take(15)
        .zip(text.bytes())
        .for_each(|(place, byte)| *place = byte.cast_signed() as c_char);
    name
}

/// Asks the device `with`, which its user has at hand, to compare. A comparison that was going on ends.
///
/// Errors: `NO_SESSION`; `MISUSE` for an own device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_begin_short_string(
    client: *const entrenous_client,
    with: *const entrenous_address,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let address = caller.address(with)?;
        self::with(client, |client| client.begin_short_string(&address))
    })
}

/// The user agrees to compare what the device `with` has asked for. A comparison that was going on ends.
///
/// Errors: `NOT_COMPARING`, `NO_SESSION`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_join_short_string(
    client: *const entrenous_client,
    with: *const entrenous_address,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let address = caller.address(with)?;
        self::with(client, |client| client.join_short_string(&address))
    })
}

/// Gives how far the comparison with an account has come; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_short_string(
    client: *const entrenous_client,
    account: *const u8,
    short_string: *mut *mut entrenous_short_string,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(short_string)?;
        let account = caller.account(account)?;
        let state = with(client, |client| client.short_string(&account))?;
        out.set(handle::give_some(state.map(entrenous_short_string::of))?);
        Ok(())
    })
}

impl entrenous_short_string {
    fn of(state: ShortStringState) -> Self {
        use entrenous_short_string_state as State;
        let (state, with, shown): (State, Address, Option<ShownString>) = match state {
            ShortStringState::Asked { with } => (State::Asked, with, None),
            ShortStringState::Waiting { with } => (State::Waiting, with, None),
            ShortStringState::Ready(shown) => (State::Ready, shown.with(), Some(shown)),
        };
        let string = shown
            .as_ref()
            .map_or(entrenous_shown_string::NONE, |shown| entrenous_shown_string::of(shown.string()));
        let about = entrenous_short_string_info { state, peer: with.into(), string };
        Self { about: List::new([about], ()), shown }
    }
}

/// Gives what is to be shown, which is good until the handle is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_short_string_read(
    short_string: *const entrenous_short_string,
    info: *mut *const entrenous_short_string_info,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(info)?;
        out.set(handle::get(short_string)?.about.at(0)?);
        Ok(())
    })
}

/// The user has compared what was shown with the other side's: `same` is 1 or 0.
///
/// Errors: `NOT_COMPARING` when there is nothing to compare yet, or it is not this any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_decide_short_string(
    client: *const entrenous_client,
    short_string: *const entrenous_short_string,
    same: u32,
    compared: *mut entrenous_compared,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(compared)?;
        let (same, short_string) = (flag(same)?, handle::get(short_string)?);
        let compared = with(client, |client| match &short_string.shown {
            Some(shown) => client.perform(&DecideShortString { shown, same }),
            None => Err(Error::NotComparing),
        })?;
        out.set(compared.into());
        Ok(())
    })
}

/// The user doesn't want to compare (any more).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_cancel_short_string(
    client: *const entrenous_client,
    account: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let account = caller.account(account)?;
        with(client, |client| client.cancel_short_string(&account))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_room() {
        assert!("butterfly".len() < 16);
        assert_eq!(name("ab")[..3], [b'a'.cast_signed() as c_char, b'b'.cast_signed() as c_char, 0]);
        assert_eq!(name("sixteen letters!")[15], 0);
    }
}
