//! What a client can do, each as a value: for [`Client::perform`](crate::Client::perform), or, without a store, for
//! [`Engine::stage`](crate::Engine::stage).

pub use crate::{
    devices::{MissingDevices, OwnDevices, RemoveDevice},
    inbox::{Acknowledge, Inbox},
    linking::{ApproveLink, BeginLinking, CancelLinking, LinkingState, ReceiveLink},
    maintenance::Maintain,
    prekeys::{PrekeysPublished, PublishPrekeys},
    receiving::{Receive, ReceiveMany},
    sending::{HandedOver, Outbox, Send, SendMany},
    starting::StartSession,
    trust::SafetyNumberWith,
};
