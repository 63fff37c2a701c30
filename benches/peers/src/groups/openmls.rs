//! OpenMLS with its portable provider and its store in memory, which it writes at each step.

use ::openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, KeyPackage, KeyPackageBundle, LeafNodeParameters,
    MlsGroup, MlsGroupCreateConfig, MlsMessageBodyIn, MlsMessageIn, ProcessedMessageContent, ProtocolMessage,
    RatchetTreeIn, SenderRatchetConfiguration, StagedWelcome, tls_codec::Deserialize,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

use crate::groups::mls::Library;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// Opens messages that come at most that many after later ones.
pub struct OpenMls {
    pub tolerance: u32,
}

impl Default for OpenMls {
    fn default() -> Self {
        Self { tolerance: SenderRatchetConfiguration::default().out_of_order_tolerance() }
    }
}

impl OpenMls {
    fn config(&self) -> MlsGroupCreateConfig {
        let ahead = SenderRatchetConfiguration::default().maximum_forward_distance().max(self.tolerance);
        let ratchet = SenderRatchetConfiguration::new(self.tolerance, ahead);
        MlsGroupCreateConfig::builder().ciphersuite(SUITE).sender_ratchet_configuration(ratchet).build()
    }
}

/// Somebody's keys and store.
struct Device {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
}

pub struct Member {
    device: Device,
    group: MlsGroup,
}

pub struct Newcomer {
    device: Device,
    package: KeyPackageBundle,
}

/// Welcome, and the tree beside it: so no commit has to carry one.
pub struct Invitation {
    welcome: Vec<u8>,
    tree: RatchetTreeIn,
}

fn device(n: usize) -> (Device, CredentialWithKey) {
    let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).expect("randomness");
    let credential = CredentialWithKey {
        credential: BasicCredential::new(format!("member {n:04}").into_bytes()).into(),
        signature_key: signer.to_public_vec().into(),
    };
    (Device { provider: OpenMlsRustCrypto::default(), signer }, credential)
}

/// None for what is refused.
fn process(member: &mut Member, message: &[u8]) -> Option<ProcessedMessageContent> {
    let message = MlsMessageIn::tls_deserialize_exact(message).expect("well-formed");
    let message: ProtocolMessage = message.try_into_protocol_message().expect("a message");
    let processed = member.group.process_message(&member.device.provider, message);
    Some(processed.ok()?.into_content())
}

impl Library for OpenMls {
    type Member = Member;
    type Newcomer = Newcomer;
    type Invitation = Invitation;

    fn found(&self) -> Member {
        let (device, credential) = device(0);
        let config = self.config();
        let group = MlsGroup::new(&device.provider, &device.signer, &config, credential).expect("a group");
        Member { device, group }
    }

    fn newcomer(&self, n: usize) -> Newcomer {
        let (device, credential) = device(n);
        let package = KeyPackage::builder().build(SUITE, &device.provider, &device.signer, credential);
        Newcomer { device, package: package.expect("a key package") }
    }

    fn add(&self, member: &mut Member, newcomers: &[Newcomer]) -> (Vec<u8>, Invitation) {
        let Member { device: Device { provider, signer }, group } = member;
        let packages: Vec<_> =
            newcomers.iter().map(|newcomer| newcomer.package.key_package().clone()).collect();
        let (commit, welcome, _) = group.add_members(provider, signer, &packages).expect("added");
        group.merge_pending_commit(provider).expect("merged");
        let welcome = welcome.to_bytes().expect("encoded");
        let tree = group.export_ratchet_tree().into();
        (commit.to_bytes().expect("encoded"), Invitation { welcome, tree })
    }

    fn join(&self, newcomer: Newcomer, invitation: &Invitation) -> Member {
        let Newcomer { device, .. } = newcomer;
        let Invitation { welcome, tree } = invitation;
        let welcome = MlsMessageIn::tls_deserialize_exact(welcome).expect("well-formed");
        let MlsMessageBodyIn::Welcome(welcome) = welcome.extract() else { unreachable!("a welcome") };
        let config = self.config();
        let staged = StagedWelcome::new_from_welcome(
            &device.provider,
            config.join_config(),
            welcome,
            Some(tree.clone()),
        );
        let group = staged.expect("welcome").into_group(&device.provider).expect("joined");
        Member { device, group }
    }

    fn commit(&self, member: &mut Member) -> Vec<u8> {
        let Member { device: Device { provider, signer }, group } = member;
        let made = group.self_update(provider, signer, LeafNodeParameters::default()).expect("a commit");
        let commit = made.into_commit().to_bytes().expect("encoded");
        group.merge_pending_commit(provider).expect("merged");
        commit
    }

    fn process(&self, member: &mut Member, commit: &[u8]) {
        let Some(ProcessedMessageContent::StagedCommitMessage(staged)) = process(member, commit) else {
            unreachable!("a commit")
        };
        member.group.merge_staged_commit(&member.device.provider, *staged).expect("merged");
    }

    fn seal(&self, member: &mut Member, content: &[u8]) -> Vec<u8> {
        let Member { device: Device { provider, signer }, group } = member;
        group.create_message(provider, signer, content).expect("sealed").to_bytes().expect("encoded")
    }

    fn open(&self, member: &mut Member, message: &[u8]) -> Option<Vec<u8>> {
        let ProcessedMessageContent::ApplicationMessage(message) = process(member, message)? else {
            unreachable!("of an application")
        };
        Some(message.into_bytes())
    }

    fn authenticator(&self, member: &Member) -> Vec<u8> {
        member.group.epoch_authenticator().as_slice().to_vec()
    }
}
