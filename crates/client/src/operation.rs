//! What a client can do, each as a value: for [`Client::perform`](crate::Client::perform), or, without a store, for
//! [`Engine::stage`](crate::Engine::stage).

pub use crate::{
    contacts::{Accept, Forget, ReadContact, ReadContacts},
    devices::{MissingDevices, OwnDevices, RemoveDevice},
    groups::{
        ChangeGroup, CreateGroup, ForgetGroup, JoinGroup, MissingGroupDevices, ReadGroup, ReadGroups,
        SendToGroup,
    },
    inbox::{Acknowledge, Inbox},
    linking::{ApproveLink, BeginLinking, CancelLinking, LinkingState, ReceiveLink},
    lists::LearnList,
    maintenance::Maintain,
    marker::{CheckMark, CompareMark},
    prekeys::{PrekeysPublished, PublishPrekeys},
    receiving::{Receive, ReceiveMany},
    sending::{HandedOver, Outbox, Send, SendMany},
    short_strings::{
        BeginShortString, CancelShortString, DecideShortString, JoinShortString, ReadShortString,
    },
    starting::StartSession,
    trust::{
        cards::{AddCard, OwnCard, ScanCard},
        change::{AcceptChange, ReadChange, ReplaceContact},
        number::{SafetyNumberWith, VerifyByDigits, VerifyByNumber},
    },
};
