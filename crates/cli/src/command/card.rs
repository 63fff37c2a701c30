//! What a contact has shown, as an argument: a card, or an account's id.

use entrenous::{AccountId, Card, Error};

use crate::{
    messenger::{Account, Trouble},
    name::account_id,
    terminal::Exit,
};

/// The account that a card or id is of. Who is known can be named by the digits that are shown of the id.
pub(super) fn whose(account: &mut Account, card: &str) -> Result<AccountId, Trouble> {
    if let Some(account) = account_id(card) {
        return Ok(account);
    }
    match of_card(card) {
        Ok(of) => Ok(of),
        Err(trouble) => account.with_digits(card)?.ok_or(trouble),
    }
}

/// The account of a card.
pub(super) fn of_card(card: &str) -> Result<AccountId, Trouble> {
    match Card::parse(card).map_err(Error::from) {
        Ok(card) => Ok(card.account_id()),
        Err(Error::Text(error)) => Err(Trouble::said(
            Exit::Usage,
            format!(
                "this is no card ({}): copy all of it, as `status --card` shows it over there, or give the \
                 account's id, 64 hexadecimal digits",
                error.problem
            ),
        )),
        Err(error) => Err(error.into()),
    }
}
