// The enums of the header, with its numbers: Swift sees those of C as structs, and their values as other integers than what
// the functions take and give.

/// Who can do something about a result.
public enum Fault: UInt32 {
    case none = 0, passing, user, other, application, store, library
}

/// How an account is known.
public enum TrustState: UInt32 {
    case none = 0, firstUse, verified, changed, own
}

/// What two people have compared.
public enum Proof: UInt32 {
    case none = 0, safetyNumber, card, shortString
}

/// What came of a comparison.
public enum Compared: UInt32 {
    case same = 1, different, outdated
}

/// What a member of a group may do.
public enum Role: UInt32 {
    case none = 0, member, admin
}

/// What a card says of the device list that is known here.
public enum CardList: UInt32 {
    case noneKnown = 1, same, cardIsLater, cardIsEarlier, contradicts
}

/// What an item is about, as the header says of `entrenous_event`.
public enum Event: UInt32 {
    case unknown = 0
    case message = 1, ephemeral, groupMessage, expired
    case sessionStarted = 10, sessionReset, newSessionNeeded, unsupported, malformedFrame, cloneSuspected
    case postQuantumEpoch, postQuantumStalled, keysLost, notSent
    case deviceAdded = 30, deviceRemoved, ownDeviceAdded, ownDeviceRemoved, removedFromAccount, contactsReceived
    case deviceListForked, deviceListStale
    case identityChanged = 40, trustLost, listWithheld, cardContradicts, comparisonFailed, trustDecided
    case shortStringAsked = 50, shortStringReady, shortStringEnded, manyShortStrings
    case groupInvited = 60, groupJoined, groupLeft, groupChanged, groupEquivocation
    case storeRestored = 70, damaged, envelopeDamaged
}
