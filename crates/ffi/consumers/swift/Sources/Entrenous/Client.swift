import CEntrenous

/// A device of an account. Threads may share one.
public final class Client: Handle {
    /// Creates an account on an empty store, with this as its first device. The user writes the recovery code down.
    public static func create(store: Store, key: StoreKey) throws -> (client: Client, recovery: String) {
        var recovery: OpaquePointer?
        let client = try newHandle { entrenous_client_create(store.pointer, key.bytes, nil, $0, &recovery) }
        return (Client(client), try takeText(recovery!))
    }

    /// Opens the client that a store has.
    public static func open(store: Store, key: StoreKey) throws -> Client {
        Client(try newHandle { entrenous_client_open(store.pointer, key.bytes, nil, $0) })
    }

    /// The own address: messages for this client go there.
    public func address() throws -> Address {
        var address = entrenous_address()
        try check(entrenous_client_address(pointer, &address))
        return Address(address)
    }
}

/// What goes to a directory and comes from it.
extension Client {
    /// Gives what the directory does not have yet; nil when it has everything.
    ///
    /// `left`: how many one-time bundles it has of this device; nil if it doesn't say.
    public func publishPrekeys(left: UInt32?) throws -> Upload? {
        // ENTRENOUS_LEFT_UNKNOWN, which is no literal and so not there
        let left = left ?? .max
        guard let upload = try handleIfAny({ entrenous_client_publish_prekeys(pointer, left, $0) }) else { return nil }
        defer { freeHandle(upload) }
        var info: UnsafePointer<entrenous_upload_info>?
        try check(entrenous_upload_read(upload, &info))
        let known = info!.pointee
        return Upload(
            number: known.number,
            replaces: known.replaces,
            bundles: try copyList(upload, entrenous_upload_at, copied),
            lastResort: copied(known.last_resort)
        )
    }

    /// The directory has an upload.
    public func prekeysPublished(number: UInt64) throws {
        try check(entrenous_client_prekeys_published(pointer, number))
    }

    /// Starts a session with a device of `account`, from a bundle that a directory gave.
    @discardableResult
    public func startSession(account: AccountId, bundle: [UInt8]) throws -> Address {
        var with = entrenous_address()
        try check(entrenous_client_start_session(pointer, account.bytes, bundle, bundle.count, 0, 0, &with))
        return Address(with)
    }
}

/// Messages, in and out.
extension Client {
    /// Sends a message to every device of an account, and to the own other ones. It is in the outbox then.
    @discardableResult
    public func send(account: AccountId, content: [UInt8]) throws -> MessageId {
        try MessageId(writtenBy: { entrenous_client_send(pointer, account.bytes, content, content.count, nil, $0, nil) })
    }

    /// Opens an envelope. What it tells is in the inbox then, but for what is ephemeral.
    public func receive(from: Address, envelope: [UInt8]) throws -> [Item] {
        var hint = from.inC
        let items = try newHandle { entrenous_client_receive(pointer, &hint, envelope, envelope.count, $0) }
        return try takeList(items, entrenous_items_at, Item.init)
    }

    /// Gives what is not acknowledged yet, from the number `from` on, at most 256 at once.
    public func inbox(from: UInt64 = 0) throws -> [Item] {
        let items = try newHandle { entrenous_client_inbox(pointer, from, $0) }
        return try takeList(items, entrenous_items_at, Item.init)
    }

    /// The application has stored these items: they leave the inbox.
    public func acknowledge(_ numbers: [UInt64]) throws {
        try check(entrenous_client_acknowledge(pointer, numbers, numbers.count))
    }

    /// Gives what the transport has not taken yet, from the number `from` on, at most 256 at once.
    public func outbox(from: UInt64 = 0) throws -> [Envelope] {
        let envelopes = try newHandle { entrenous_client_outbox(pointer, from, $0) }
        return try takeList(envelopes, entrenous_envelopes_at, Envelope.init)
    }

    /// The transport has taken these envelopes: they leave the outbox.
    public func handedOver(_ numbers: [UInt64]) throws {
        try check(entrenous_client_handed_over(pointer, numbers, numbers.count))
    }
}

/// Groups.
extension Client {
    /// Begins a group, with the own account as its one member and first admin.
    public func createGroup(title: String) throws -> GroupId {
        try GroupId(writtenBy: { entrenous_client_create_group(pointer, title, title.utf8.count, $0) })
    }

    /// Lets an account into a group, or gives a member another role.
    public func setMember(group: GroupId, account: AccountId, role: Role) throws {
        try check(entrenous_client_set_member(pointer, group.bytes, account.bytes, role.rawValue))
    }

    /// Sends a message to the devices of all members of a group. It is in the outbox then.
    @discardableResult
    public func sendToGroup(group: GroupId, content: [UInt8]) throws -> MessageId {
        try MessageId(writtenBy: {
            entrenous_client_send_to_group(pointer, group.bytes, content, content.count, nil, $0, nil)
        })
    }
}

/// People.
extension Client {
    /// Gives contacts, ascending by account, at most 256 after `after`.
    ///
    /// `strangers`: those who have written and nothing more, or the others.
    public func contacts(strangers: Bool = false, after: AccountId? = nil) throws -> [Contact] {
        let contacts = try newHandle { entrenous_client_contacts(pointer, strangers ? 1 : 0, after?.bytes, $0) }
        return try takeList(contacts, entrenous_contacts_at, Contact.init)
    }

    /// Gives the number that two people compare over another channel.
    public func safetyNumber(account: AccountId) throws -> Comparison {
        Comparison(try newHandle { entrenous_client_safety_number(pointer, account.bytes, $0) })
    }

    /// The user has compared the number that was shown with the other side's.
    public func verifyByNumber(_ comparison: Comparison, same: Bool) throws -> Compared {
        var compared: UInt32 = 0
        try check(entrenous_client_verify_by_number(pointer, comparison.pointer, same ? 1 : 0, &compared))
        return Compared(rawValue: compared) ?? .outdated
    }

    /// Gives the own card's text, to be shown as a QR code or sent. Nothing in it is secret.
    public func ownCard() throws -> String {
        try takeText(newHandle { entrenous_client_own_card(pointer, $0) })
    }

    /// Takes in a card that came as a text: the account becomes a contact, and nothing is verified.
    public func addCard(_ card: String) throws -> Card {
        var seen = entrenous_card()
        try check(entrenous_client_add_card(pointer, card, card.utf8.count, &seen))
        return Card(seen)
    }
}
