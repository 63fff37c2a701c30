//! What a client can do, each as a value: for [`Client::perform`](crate::Client::perform), or, without a store, for
//! [`Engine::stage`](crate::Engine::stage).

pub use crate::{
    inbox::{Acknowledge, Inbox},
    maintenance::Maintain,
    prekeys::{PrekeysPublished, PublishPrekeys},
    receiving::Receive,
    sending::{HandedOver, Outbox, Send},
    starting::StartSession,
    trust::SafetyNumberWith,
};
