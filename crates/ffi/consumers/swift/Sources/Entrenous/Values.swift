import CEntrenous

/// A device of an account; its id is 0 where the account is meant.
public struct Address: Hashable {
    public let account: AccountId
    public let device: UInt32

    public init(account: AccountId, device: UInt32) {
        self.account = account
        self.device = device
    }

    init(_ c: entrenous_address) {
        account = AccountId(of: c.account)
        device = c.device
    }

    var inC: entrenous_address {
        var c = entrenous_address()
        withUnsafeMutableBytes(of: &c.account) { $0.copyBytes(from: account.bytes) }
        c.device = device
        return c
    }
}

/// Whether an account is who the user takes it for.
public struct Trust {
    public let state: TrustState
    /// What was compared, if it is verified.
    public let proof: Proof
    /// When, in milliseconds since 1970, if it is verified.
    public let verifiedMs: UInt64
    /// The account that was there before, if it has changed.
    public let replaces: AccountId

    init(_ c: entrenous_trust) {
        state = TrustState(rawValue: c.state) ?? TrustState.none
        proof = Proof(rawValue: c.proof) ?? Proof.none
        verifiedMs = c.verified_ms
        replaces = AccountId(of: c.replaces)
    }
}

/// An account that is known.
public struct Contact {
    public let account: AccountId
    public let trust: Trust

    init(_ c: entrenous_contact) {
        account = AccountId(of: c.account)
        trust = Trust(c.trust)
    }
}

/// What a card has shown.
public struct Card {
    public let account: AccountId
    public let list: CardList
    /// Whether the account is verified by it.
    public let verified: Bool

    init(_ c: entrenous_card) {
        account = AccountId(of: c.account)
        // what is not known here is not to be taken for good
        list = CardList(rawValue: c.list) ?? .contradicts
        verified = c.verified
    }
}

/// What a directory gets.
public struct Upload {
    /// To be named when the directory has it.
    public let number: UInt64
    /// Whether the directory drops the one-time bundles that it has of this device.
    public let replaces: Bool
    /// Each to be handed out once.
    public let bundles: [[UInt8]]
    /// For when those have run out.
    public let lastResort: [UInt8]
}

/// An envelope for the transport.
public struct Envelope {
    public enum Destination {
        case device(Address)
        /// The mailbox of a linking.
        case rendezvous([UInt8])
    }

    /// By which it is handed over; nil for what is ephemeral.
    public let number: UInt64?
    /// Of the application's message in it.
    public let id: MessageId?
    public let to: Destination
    public let bytes: [UInt8]

    init(_ c: entrenous_envelope) {
        number = c.has_number ? c.number : nil
        id = c.has_id ? MessageId(of: c.id) : nil
        to = c.to_rendezvous
            ? .rendezvous(withUnsafeBytes(of: c.rendezvous) { Array($0) })
            : .device(Address(c.to))
        bytes = copied(c.bytes)
    }
}

/// Something that an application should know of: what a conversation shows of `entrenous_item`. Which parts have a meaning
/// depends on the event.
public struct Item {
    /// By which it is acknowledged; nil for what is told once and not in the inbox.
    public let number: UInt64?
    public let event: Event
    public let who: Address
    public let other: Address
    public let conversation: AccountId
    public let group: GroupId
    public let id: MessageId
    public let sentMs: UInt64
    public let expiresMs: UInt64
    public let content: [UInt8]
    /// A group's title.
    public let title: String?
    public let trust: Trust

    init(_ c: entrenous_item) {
        number = c.has_number ? c.number : nil
        event = Event(rawValue: c.event) ?? .unknown
        who = Address(c.who)
        other = Address(c.other)
        conversation = AccountId(of: c.conversation)
        group = GroupId(of: c.group)
        id = MessageId(of: c.id)
        sentMs = c.sent_ms
        expiresMs = c.expires_ms
        content = copied(c.content)
        title = c.title.map { String(cString: $0) }
        trust = Trust(c.trust)
    }
}
