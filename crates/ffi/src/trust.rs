//! Whether an account is who the user takes it for: numbers, cards, and accounts that change.

use core::ffi::c_char;

use entrenous::{
    CardList, CardSeen, Comparison, IdentityChange,
    operation::{AcceptChange, ReadChange, VerifyByNumber},
};

use crate::{
    buffer::entrenous_buffer,
    call::{Caller, bad_text, flag},
    client::{Inner, entrenous_client, with},
    handle::{self, Object},
    result::entrenous_result,
    types::{ENTRENOUS_ACCOUNT_LEN, entrenous_compared},
};

/// Bytes of a safety number's 60 digits in groups of five, with a space between two and a NUL at the end.
pub const ENTRENOUS_DIGITS_LEN: usize = 72;

/// The safety number of two accounts, to be shown. It names both, so that what the user says of it can't be taken for
/// another one.
#[derive(Debug)]
pub struct entrenous_comparison(Comparison);

impl Object for entrenous_comparison {}

/// Gives the number that two people compare over another channel.
///
/// Errors: `NO_SESSION` when no device list of the account is known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_safety_number(
    client: *const entrenous_client,
    account: *const u8,
    comparison: *mut *mut entrenous_comparison,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(comparison)?;
        let account = caller.account(account)?;
        let comparison = with(client, |client| client.safety_number(&account))?;
        out.set(handle::give(entrenous_comparison(comparison))?);
        Ok(())
    })
}

/// Gives the digits to show, `ENTRENOUS_DIGITS_LEN` bytes, as text with a NUL at its end: the same on both sides if nobody
/// stands between.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_comparison_digits(
    comparison: *const entrenous_comparison,
    digits: *mut c_char,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_DIGITS_LEN>(digits.cast())?;
        let text = handle::get(comparison)?.0.to_string();
        let mut digits = [0; ENTRENOUS_DIGITS_LEN];
        digits.iter_mut().zip(text.bytes()).for_each(|(place, digit)| *place = digit);
        out.set(digits);
        Ok(())
    })
}

/// The user has compared the number that was shown with the other side's: `same` is 1 or 0.
///
/// Errors: `NO_SESSION` when the account was forgotten since; `MISUSE` for a comparison of another client's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_verify_by_number(
    client: *const entrenous_client,
    comparison: *const entrenous_comparison,
    same: u32,
    compared: *mut entrenous_compared,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(compared)?;
        let (same, comparison) = (flag(same)?, handle::get(comparison)?);
        let operation = VerifyByNumber { comparison: &comparison.0, same };
        out.set(with(client, |client| client.perform(&operation))?.into());
        Ok(())
    })
}

/// The user has typed the 60 digits that the other side shows; spaces and hyphens don't matter.
///
/// Errors: `BAD_TEXT` for anything but 60 digits; `NO_SESSION` when no device list of the account is known; `MISUSE` for the own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_verify_by_digits(
    client: *const entrenous_client,
    account: *const u8,
    digits: *const c_char,
    digits_len: usize,
    compared: *mut entrenous_compared,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(compared)?;
        let account = caller.account(account)?;
        let digits = caller.text(digits, digits_len)?;
        let compared = with(client, |client| client.verify_by_digits(&account, digits));
        out.set(compared.map_err(bad_text)?.into());
        Ok(())
    })
}

/// The application says that the name under which the user knows `old_account` now belongs to `new_account`. Nothing is sent to
/// that until the user has accepted it or compared.
///
/// Errors: `NO_SESSION` when `old_account` is not known; `MISUSE` for one account twice, or the own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_replace_contact(
    client: *const entrenous_client,
    old_account: *const u8,
    new_account: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (old, new) = (caller.account(old_account)?, caller.account(new_account)?);
        with(client, |client| client.replace_contact(&old, &new))
    })
}

/// A change that the user has to accept, to be shown.
#[derive(Debug)]
pub struct entrenous_identity_change(IdentityChange);

impl Object for entrenous_identity_change {}

/// Gives what the user would accept of an account; NULL when there is nothing to accept.
///
/// `replaces`: the account that the user knew, `ENTRENOUS_ACCOUNT_LEN` bytes; the same one if what was decided about it is
/// lost. It is not written if there is nothing to accept; may be NULL.
///
/// Errors: `NO_SESSION` when the account is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_identity_change(
    client: *const entrenous_client,
    account: *const u8,
    change: *mut *mut entrenous_identity_change,
    replaces: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(change)?;
        let replaces = caller.out_or_null(replaces.cast::<[u8; ENTRENOUS_ACCOUNT_LEN]>())?;
        if let Some(replaces) = &replaces {
            out.apart_from(replaces)?;
        }
        let account = caller.account(account)?;
        let change = with(client, |client| client.perform(&ReadChange { account }))?;
        let before = change.as_ref().map(|change| *change.replaces().as_bytes());
        out.set(handle::give_some(change.map(entrenous_identity_change))?);
        if let (Some(place), Some(before)) = (replaces, before) {
            place.set(before);
        }
        Ok(())
    })
}

/// The user has seen the change and accepts it. What waited for the account goes out.
///
/// Errors: `IDENTITY_CHANGED` when it is not this change any more; `MISUSE` for a change of another client's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_accept_change(
    client: *const entrenous_client,
    change: *const entrenous_identity_change,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let change = handle::get(change)?;
        with(client, |client| client.perform(&AcceptChange { change: &change.0 }))
    })
}

/// Gives the own card's text, to be shown as a QR code or sent. Nothing in it is secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_own_card(
    client: *const entrenous_client,
    card: *mut *mut entrenous_buffer,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(card)?;
        let card = with(client, Inner::own_card)?;
        out.set(handle::give(entrenous_buffer::of(card.to_string().as_bytes()))?);
        Ok(())
    })
}

/// What a card says of the device list that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_card_list {
    /// No list of the account is known yet.
    NoneKnown = 1,
    /// It is the same.
    Same = 2,
    /// The card's is later: the one here is old, or the later one is withheld.
    CardIsLater = 3,
    /// The one here is later.
    CardIsEarlier = 4,
    /// They exclude each other: somebody else has the account's key, or the card is not genuine.
    Contradicts = 5,
}

/// What a card has shown.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_card {
    /// Whose it is.
    pub account: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// What it says of the device list that is known here.
    pub list: entrenous_card_list,
    /// Whether the account is verified by it.
    pub verified: bool,
}

impl From<CardSeen> for entrenous_card {
    fn from(seen: CardSeen) -> Self {
        let CardSeen { account, list, verified } = seen;
        let list = match list {
            CardList::NoneKnown => entrenous_card_list::NoneKnown,
            CardList::Same => entrenous_card_list::Same,
            CardList::CardIsLater => entrenous_card_list::CardIsLater,
            CardList::CardIsEarlier => entrenous_card_list::CardIsEarlier,
            CardList::Contradicts => entrenous_card_list::Contradicts,
        };
        Self { account: *account.as_bytes(), list, verified }
    }
}

/// Takes in a card that came as a text: the account becomes a contact, and nothing is verified.
///
/// Errors: `BAD_TEXT`; `MISUSE` for the own card.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_add_card(
    client: *const entrenous_client,
    card: *const c_char,
    card_len: usize,
    seen: *mut entrenous_card,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(seen)?;
        let card = caller.text(card, card_len)?;
        out.set(with(client, |client| client.add_card(card))?.into());
        Ok(())
    })
}

/// Takes in a card that was scanned from the screen of the person who is there, whom the user takes for the account `expected`:
/// this verifies.
///
/// Errors: `BAD_TEXT`; `IDENTITY_MISMATCH` when it is not of `expected`: whom the user knows under that name is somebody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_scan_card(
    client: *const entrenous_client,
    expected: *const u8,
    card: *const c_char,
    card_len: usize,
    seen: *mut entrenous_card,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(seen)?;
        let expected = caller.account(expected)?;
        let card = caller.text(card, card_len)?;
        out.set(with(client, |client| client.scan_card(card, Some(&expected)))?.into());
        Ok(())
    })
}

/// The same for a person whom the user doesn't know under any name yet.
///
/// Errors: `BAD_TEXT`; `MISUSE` for the own card.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_scan_new_card(
    client: *const entrenous_client,
    card: *const c_char,
    card_len: usize,
    seen: *mut entrenous_card,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(seen)?;
        let card = caller.text(card, card_len)?;
        out.set(with(client, |client| client.scan_card(card, None))?.into());
        Ok(())
    })
}
