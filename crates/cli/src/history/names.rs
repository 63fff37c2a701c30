//! What the user calls accounts: one name for an account, one account for a name.

use entrenous::AccountId;
use rusqlite::{Connection, params};

use super::{
    History, HistoryError,
    seal::{Sealer, Table, random},
    waiting::give_up,
};
use crate::name::ContactName;

/// A name and its account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// What the user calls it.
    pub name: ContactName,
    /// The account.
    pub account: AccountId,
}

impl History {
    /// All names, in their order.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn names(&self) -> Result<Vec<Named>, HistoryError> {
        let mut names: Vec<Named> =
            rows(&self.connection, &self.sealer)?.into_iter().map(|(_, named)| named).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Gives `account` its name, in the place of an earlier one. `instead_of` is the account that may lose it.
    ///
    /// # Errors
    /// [`HistoryError::NameTaken`] when the name is one of any other account.
    pub fn give_name(&mut self, named: &Named, instead_of: Option<AccountId>) -> Result<(), HistoryError> {
        self.write(|transaction, sealer| {
            for (key, known) in rows(transaction, sealer)? {
                if known.name == named.name && known.account != named.account {
                    match instead_of == Some(known.account) {
                        true => {}
                        false => return Err(HistoryError::NameTaken),
                    }
                }
                if known.name == named.name || known.account == named.account {
                    transaction.execute("DELETE FROM name WHERE key = ?1", params![key])?;
                }
            }
            let key = random::<16>()?;
            let content = [named.account.as_bytes().as_slice(), named.name.as_str().as_bytes()].concat();
            let sealed = sealer.seal(Table::Names, &key, &content)?;
            transaction.execute("INSERT INTO name (key, sealed) VALUES (?1, ?2)", params![key, sealed])?;
            Ok(())
        })
    }

    /// Forgets what an account is called, and gives up what is to be sent to it; says how many messages that were.
    /// The entries stay.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn forget(&mut self, account: &AccountId) -> Result<usize, HistoryError> {
        self.write(|transaction, sealer| {
            for (key, known) in rows(transaction, sealer)? {
                if known.account == *account {
                    transaction.execute("DELETE FROM name WHERE key = ?1", params![key])?;
                }
            }
            give_up(transaction, sealer, account)
        })
    }
}

fn rows(connection: &Connection, sealer: &Sealer) -> Result<Vec<([u8; 16], Named)>, HistoryError> {
    let mut statement = connection.prepare_cached("SELECT key, sealed FROM name")?;
    let mut found = statement.query([])?;
    let mut names = Vec::new();
    while let Some(row) = found.next()? {
        let (key, sealed): ([u8; 16], Vec<u8>) = (row.get(0)?, row.get(1)?);
        let content = sealer.open(Table::Names, &key, &sealed)?;
        let (account, name) = content.split_first_chunk::<32>().ok_or(HistoryError::Damaged)?;
        let name = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
        let account = AccountId::from_bytes(*account);
        names.push((key, Named { name: name.ok_or(HistoryError::Damaged)?, account }));
    }
    Ok(names)
}
