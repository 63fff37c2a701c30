//! mls-rs, with either of its providers. It keeps former epochs until it is told to store itself.

use ::mls_rs::{
    CipherSuite, CipherSuiteProvider, Client, CryptoProvider, ExtensionList, Group, MlsMessage,
    client_builder::{BaseConfig, WithCryptoProvider, WithIdentityProvider, WithMlsRules},
    group::ReceivedMessage,
    identity::{
        SigningIdentity,
        basic::{BasicCredential, BasicIdentityProvider},
    },
    mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions},
};

use crate::groups::mls::Library;

const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

type Config<P> = WithMlsRules<
    DefaultMlsRules,
    WithCryptoProvider<P, WithIdentityProvider<BasicIdentityProvider, BaseConfig>>,
>;

/// mls-rs with the provider `P`.
pub struct MlsRs<P>(pub P);

pub struct Newcomer<P: CryptoProvider + Clone> {
    client: Client<Config<P>>,
    package: MlsMessage,
}

impl<P: CryptoProvider + Clone> MlsRs<P> {
    fn client(&self, n: usize) -> Client<Config<P>> {
        let suite = self.0.cipher_suite_provider(SUITE).expect("the suite");
        let (secret, public) = suite.signature_key_generate().expect("randomness");
        let credential = BasicCredential::new(format!("member {n:04}").into_bytes()).into_credential();
        let rules = DefaultMlsRules::new()
            .with_commit_options(CommitOptions::new().with_path_required(true))
            // as OpenMLS and we have it: who changes the group is nobody else's business
            .with_encryption_options(EncryptionOptions::new(true, Default::default()));
        Client::builder()
            .identity_provider(BasicIdentityProvider)
            .crypto_provider(self.0.clone())
            .mls_rules(rules)
            .signing_identity(SigningIdentity::new(credential, public), secret, SUITE)
            .build()
    }
}

/// None for what is refused.
fn process<P: CryptoProvider + Clone>(
    member: &mut Group<Config<P>>,
    message: &[u8],
) -> Option<ReceivedMessage> {
    let message = MlsMessage::from_bytes(message).expect("well-formed");
    member.process_incoming_message(message).ok()
}

impl<P: CryptoProvider + Clone> Library for MlsRs<P> {
    type Member = Group<Config<P>>;
    type Newcomer = Newcomer<P>;
    type Invitation = MlsMessage;

    fn found(&self) -> Self::Member {
        let group = self.client(0).create_group(ExtensionList::default(), ExtensionList::default(), None);
        group.expect("a group")
    }

    fn newcomer(&self, n: usize) -> Newcomer<P> {
        let client = self.client(n);
        let none = ExtensionList::default;
        let package = client.generate_key_package_message(none(), none(), None).expect("a key package");
        Newcomer { client, package }
    }

    fn add(&self, member: &mut Self::Member, newcomers: &[Newcomer<P>]) -> (Vec<u8>, MlsMessage) {
        let mut builder = member.commit_builder();
        for newcomer in newcomers {
            builder = builder.add_member(newcomer.package.clone()).expect("a key package");
        }
        let mut made = builder.build().expect("added");
        member.apply_pending_commit().expect("applied");
        let commit = made.commit_message.to_bytes().expect("encoded");
        (commit, made.welcome_messages.pop().expect("a welcome"))
    }

    fn join(&self, newcomer: Newcomer<P>, invitation: &MlsMessage) -> Self::Member {
        newcomer.client.join_group(None, invitation, None).expect("joined").0
    }

    fn commit(&self, member: &mut Self::Member) -> Vec<u8> {
        let made = member.commit(Vec::new()).expect("a commit");
        let commit = made.commit_message.to_bytes().expect("encoded");
        member.apply_pending_commit().expect("applied");
        commit
    }

    fn process(&self, member: &mut Self::Member, commit: &[u8]) {
        let Some(ReceivedMessage::Commit(_)) = process(member, commit) else { unreachable!("a commit") };
    }

    fn seal(&self, member: &mut Self::Member, content: &[u8]) -> Vec<u8> {
        let message = member.encrypt_application_message(content, Vec::new()).expect("sealed");
        message.to_bytes().expect("encoded")
    }

    fn open(&self, member: &mut Self::Member, message: &[u8]) -> Option<Vec<u8>> {
        let ReceivedMessage::ApplicationMessage(message) = process(member, message)? else {
            unreachable!("of an application")
        };
        Some(message.data().to_vec())
    }

    fn authenticator(&self, member: &Self::Member) -> Vec<u8> {
        member.epoch_authenticator().expect("an epoch").to_vec()
    }

    fn settle(&self, member: &mut Self::Member) {
        member.write_to_storage().expect("stored");
    }
}
