//! The rules between a message or a key and the rosters, all cases.

use super::*;

// spec: GROUP-160, GROUP-161, GROUP-162, GROUP-163, GROUP-164
#[test]
fn every_standing_has_its_judgement() {
    for case in 0..64_u8 {
        let bit = |at: u8| case >> at & 1 == 1;
        let standing = MessageStanding {
            rosters_known: bit(0),
            sender_in_named: bit(1),
            sender_in_present: bit(2),
            key_closed: bit(3),
            loss_before_named: bit(4),
            loss_after_named: bit(5),
        };
        let judged = standing.judge();
        let allowed = bit(1) && (bit(2) || bit(3)) && !bit(4);
        match judged {
            Judged::Park => assert!(!bit(0)),
            Judged::Accept { readable_by_removed, key_closed } => {
                assert!(bit(0) && allowed);
                assert_eq!((readable_by_removed, key_closed), (bit(5), bit(3)));
            }
            Judged::Reject(rejection) => {
                assert!(bit(0) && !allowed);
                let holds = match rejection {
                    Rejection::NotInRoster => !bit(1),
                    Rejection::KeyNotRenewed => bit(4),
                    Rejection::LostAccess => !bit(2) && !bit(3),
                };
                assert!(holds);
            }
        }
    }
}

// spec: GROUP-165
#[test]
fn a_key_from_before_its_senders_removal_is_refused() {
    let judge = |roster_known, sender_in_roster, sender_stayed| {
        KeyStanding { roster_known, sender_in_roster, sender_stayed }.judge()
    };
    assert_eq!(judge(false, true, true), KeyJudged::Park);
    assert_eq!(judge(true, false, true), KeyJudged::Reject(Rejection::NotInRoster));
    assert_eq!(judge(true, true, false), KeyJudged::Reject(Rejection::LostAccess));
    assert_eq!(judge(true, true, true), KeyJudged::Accept);
}
