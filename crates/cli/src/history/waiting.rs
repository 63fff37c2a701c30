//! Messages that were written and not handed over yet: what becomes of them.

use entrenous::{AccountId, MessageId};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    Delivery, Entry, History, HistoryError,
    seal::Sealer,
    table::{COLUMNS, collect, set_state},
};

/// The states of what is still to be handed over: queued, being sent, waiting.
pub(super) const UNFINISHED: &str = "(4, 5, 8)";

impl History {
    /// These messages were handed over for a device of the contact; also one that was given up for another device.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn delivered(&mut self, messages: &[MessageId]) -> Result<(), HistoryError> {
        self.set_messages(
            messages,
            Delivery::Sent,
            "UPDATE entry SET state = ?2 WHERE message = ?1 AND state IN (7, 8)",
        )
    }

    /// These messages won't be handed over any more; one that was for any device stays sent.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn undelivered(&mut self, messages: &[MessageId]) -> Result<(), HistoryError> {
        self.set_messages(
            messages,
            Delivery::Failed,
            "UPDATE entry SET state = ?2 WHERE message = ?1 AND state = 8",
        )
    }

    fn set_messages(
        &mut self,
        messages: &[MessageId],
        delivery: Delivery,
        update: &str,
    ) -> Result<(), HistoryError> {
        if messages.is_empty() {
            return Ok(());
        }
        self.write(|transaction, _| {
            let mut statement = transaction.prepare_cached(update)?;
            for message in messages {
                statement.execute(params![message.as_bytes(), delivery as i64])?;
            }
            Ok(())
        })
    }

    /// Whether a message was not handed over yet.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn is_waiting(&self, message: &MessageId) -> Result<bool, HistoryError> {
        let query = "SELECT 1 FROM entry WHERE message = ?1 AND state = 8";
        Ok(self.connection.query_row(query, params![message.as_bytes()], |_| Ok(())).optional()?.is_some())
    }

    /// Whether there is a message with this id.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn has(&self, message: &MessageId) -> Result<bool, HistoryError> {
        let query = "SELECT 1 FROM entry WHERE message = ?1";
        Ok(self.connection.query_row(query, params![message.as_bytes()], |_| Ok(())).optional()?.is_some())
    }

    /// The messages to an account, or to a group that it may be in, that the client has and that were not handed over yet.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn waiting_for(&mut self, account: &AccountId) -> Result<Vec<MessageId>, HistoryError> {
        self.write(|transaction, sealer| {
            let query = format!("SELECT {COLUMNS} FROM entry WHERE state = 8 ORDER BY number LIMIT ?1");
            let rows = collect(transaction, sealer, &query, i64::MAX)?.into_iter();
            let may_be_to = |entry: &Entry| entry.account == Some(*account) || entry.group.is_some();
            Ok(rows.filter(|row| may_be_to(&row.entry)).filter_map(|row| row.message).collect())
        })
    }

    /// Nothing that waits will be sent any more.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn give_up_all(&mut self) -> Result<(), HistoryError> {
        self.write(|transaction, _| {
            let update = format!("UPDATE entry SET state = ?1 WHERE state IN {UNFINISHED}");
            transaction.execute(&update, params![Delivery::Failed as i64])?;
            Ok(())
        })
    }
}

/// Gives up what is to be sent to an account, and says how many messages that were.
pub(super) fn give_up(
    transaction: &Transaction<'_>,
    sealer: &Sealer,
    account: &AccountId,
) -> Result<usize, HistoryError> {
    let query = format!("SELECT {COLUMNS} FROM entry WHERE state IN {UNFINISHED} ORDER BY number LIMIT ?1");
    let mut given_up = 0;
    for row in collect(transaction, sealer, &query, i64::MAX)? {
        if row.entry.account == Some(*account) {
            set_state(transaction, row.number, Delivery::Failed)?;
            given_up += 1;
        }
    }
    Ok(given_up)
}
