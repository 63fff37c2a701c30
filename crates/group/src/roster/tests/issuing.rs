//! What an honest member refuses to sign.

use alloc::vec::Vec;

use entrenous_wire::roster_entry::Role;

use super::people::{NOW, Person, Scripted, change, group, invite};
use crate::roster::{Author, EntryError, IssueError, NewChange, Roster};

fn refused(roster: &Roster, author: Author<'_>, change: &NewChange<'_>) -> IssueError {
    roster.issue(change, author, NOW).unwrap_err()
}

fn set(target: &Person, role: Role) -> NewChange<'static> {
    NewChange::Set { target: target.id(), role }
}

// spec: GROUP-51
#[test]
fn what_would_have_no_effect_is_not_signed() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    assert_eq!(refused(&roster, bob.author(), &NewChange::Leave), IssueError::NotAMember);
    assert_eq!(refused(&roster, alice.author(), &set(&bob, Role::Member)), IssueError::NotPinned);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    assert_eq!(refused(&roster, bob.author(), &NewChange::Rekey), IssueError::NotAdmin);
    change(&mut roster, alice.author(), &set(&bob, Role::Admin));
    assert_eq!(refused(&roster, bob.author(), &set(&alice, Role::None)), IssueError::Outranked);
    assert_eq!(refused(&roster, bob.author(), &set(&alice, Role::Member)), IssueError::Outranked);
    assert!(matches!(refused(&roster, bob.author(), &set(&bob, Role::None)), IssueError::Malformed(_)));
    change(&mut roster, alice.author(), &set(&bob, Role::Member));
    assert_eq!(refused(&roster, alice.author(), &NewChange::Leave), IssueError::LastAdmin);
    change(&mut roster, bob.author(), &NewChange::Leave);
    change(&mut roster, alice.author(), &NewChange::Leave);
    assert_eq!(roster.state().members().count(), 0);
    assert_eq!(refused(&roster, carol.author(), &NewChange::Leave), IssueError::NotAMember);
    let stranger = Roster::create(&alice.list, &bob.devices[0], NOW, &mut Scripted(1, 0));
    assert_eq!(stranger.unwrap_err(), IssueError::NotPinned);
}

#[test]
fn a_new_device_introduces_itself_by_its_list() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    let new = alice.author_on(2);
    assert_eq!(refused(&roster, new, &NewChange::Rekey), IssueError::NotPinned);
    let list = alice.list_after(&alice.list, &[2]);
    change(&mut roster, new, &NewChange::Devices { list: &list, proof: None });
    change(&mut roster, new, &NewChange::Rekey);
    let dropped = EntryError::DeviceDropped;
    assert_eq!(refused(&roster, alice.author(), &NewChange::Rekey), IssueError::Refused(dropped));
}

// spec: GROUP-33
#[test]
fn no_group_gets_too_many_devices() {
    let alice = Person::with_devices(1, 16);
    let mut roster = group(&alice);
    let people: Vec<Person> = (0..64).map(|n| Person::with_devices(100 + n, 16)).collect();
    for person in &people[..63] {
        invite(&mut roster, alice.author(), person, Role::Member);
    }
    assert_eq!((roster.state().device_count(), roster.state().too_large()), (1024, false));
    change(&mut roster, alice.author(), &NewChange::Devices { list: &people[63].list, proof: None });
    let one_more = set(&people[63], Role::Member);
    assert_eq!(refused(&roster, alice.author(), &one_more), IssueError::TooManyDevices);
}
