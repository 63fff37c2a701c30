//! Many messages of groups at once: their signatures are verified together, each key is read and written once.

use std::collections::BTreeMap;

use entrenous_group::{
    GroupId,
    sender_key::{BacklogKey, CommittedBacklog, Judged, KeyId, ReceivingKey, open_backlog},
};
use entrenous_wire::group_message::GroupMessage as Envelope;

use crate::{
    Address, GroupMessageStatus, Item,
    engine::{Name, Step, Stop},
    operation::Receive,
    record::Standing,
};

/// What messages that opened have told, by their places.
type Told = BTreeMap<usize, Vec<Item>>;

impl Step<'_> {
    /// Opens what can be opened and told at once of `envelopes`, all of which are messages of groups. The others, which
    /// wait for something or are refused, are received one by one.
    // spec: GROUP-155
    pub(crate) fn receive_backlog(&mut self, envelopes: &[Receive<'_>]) -> Result<Told, Stop> {
        let parsed: Vec<(usize, Envelope<'_>)> = (envelopes.iter().enumerate())
            .filter_map(|(at, received)| Some((at, Envelope::parse(received.bytes).ok()?)))
            .collect();
        self.want(parsed.iter().map(|(_, message)| Name::GroupKey(KeyId(*message.key_id()))))?;
        self.own()?;
        self.of_stranger = false;
        let mut keys: BTreeMap<KeyId, ReceivingKey> = BTreeMap::new();
        let mut of_group: BTreeMap<GroupId, Vec<(usize, Envelope<'_>)>> = BTreeMap::new();
        for (at, message) in parsed {
            let id = KeyId(*message.key_id());
            if !keys.contains_key(&id)
                && let Some(key) = self.receiving_key(&id)?
            {
                keys.insert(id, key);
            }
            if let Some(key) = keys.get(&id) {
                of_group.entry(key.group()).or_default().push((at, message));
            }
        }
        let mut told = Told::new();
        for (group, messages) in of_group {
            // what is wrong with one group is not to hold up the others
            if let Ok(opened) = self.attempt(|step| step.open_group_backlog(group, &mut keys, &messages))? {
                told.extend(opened);
            }
        }
        Ok(told)
    }

    fn open_group_backlog(
        &mut self,
        group: GroupId,
        keys: &mut BTreeMap<KeyId, ReceivingKey>,
        messages: &[(usize, Envelope<'_>)],
    ) -> Result<Told, Stop> {
        let Some(group) = self.group(group)?.filter(|group| group.record.standing == Standing::Joined) else {
            return Ok(Told::new());
        };
        let (places, messages): (Vec<usize>, Vec<Envelope<'_>>) = messages.iter().copied().unzip();
        let mut backlog = Vec::new();
        let own = keys.iter_mut().filter(|(_, key)| key.group() == group.id);
        for (id, key) in own {
            let needed = key.needed_for(&messages);
            self.want(needed.iter().map(|block| Name::GroupSkipped(*id, *block)))?;
            let records = needed.into_iter().map(|block| self.group_skipped(id, block));
            let records = records.filter_map(Result::transpose).collect::<Result<_, _>>()?;
            backlog.push(BacklogKey { key, records });
        }
        let mut rosters = group.rosters();
        let mut standing = vec![None; messages.len()];
        let opened = open_backlog(backlog, &messages, |at, verified| {
            let Judged::Accept { readable_by_removed, key_closed } = rosters.message(verified).judge() else {
                return false;
            };
            if let Some(standing) = standing.get_mut(at) {
                *standing = Some((readable_by_removed, key_closed));
            }
            true
        });
        let CommittedBacklog { messages, changes } = opened.commit();
        for (id, changes) in changes {
            let Some(key) = keys.get(&id) else { continue };
            self.tell_keys_lost(&key.sender().into(), changes.lost_keys)?;
            self.put_receiving_key(key, changes)?;
        }
        let mut told = Told::new();
        for ((at, message), standing) in places.into_iter().zip(messages).zip(standing) {
            if let (Ok(message), Some((readable_by_removed, from_removed))) = (message, standing) {
                self.check_inbox()?;
                let from = Address::from(message.verified.sender);
                let trust = self.group_trust(&from)?;
                let status = GroupMessageStatus { trust, readable_by_removed, from_removed };
                self.tell_group_frame(group.id, from, message.frame(), status)?;
                told.insert(at, self.told());
            }
        }
        Ok(told)
    }
}
