// The scene in Swift: an account, a session, a message each way, a group, a comparison, and a restart from disk.
//
// It is played with `scene`, an example of the test kit, which is the other side: what the network would carry goes over
// standard input and output as lines. Its argument is the path of the store's file, which it makes. An error that nobody
// catches ends the program.

import Entrenous
import Foundation

let file = CommandLine.arguments[1]
// it belongs into the platform's key store
let key = try StoreKey.generate()

let peer = try play(file, key)
try playAfterRestart(file, key, peer)
say("done")

func play(_ file: String, _ key: StoreKey) throws -> Address {
    // An account. A user would write down its recovery code, which comes along with the client.
    let store = try Store.sqlite(path: file)
    let client = try Client.create(store: store, key: key).client
    let me = try client.address()
    say("account \(hex(me.account.bytes)) \(me.device)")

    // What the directory gets.
    let upload = try client.publishPrekeys(left: nil)!
    say("bundle \(hex(upload.bundles[0]))")
    try client.prekeysPublished(number: upload.number)

    // A session, and a message each way.
    let address = hear("account").split(separator: " ")
    let peer = Address(account: AccountId(unhex(address[0]))!, device: UInt32(address[1])!)
    try client.startSession(account: peer.account, bundle: unhex(hear("bundle")))
    try client.send(account: peer.account, content: Array("hello from Swift".utf8))
    try give(client)
    try expect(take(client, from: peer, event: .message, text: "hello back"), "its answer didn't come")

    // The two people compare.
    let comparison = try client.safetyNumber(account: peer.account)
    let digits = try comparison.digits()
    say("number \(digits)")
    let compared = try client.verifyByNumber(comparison, same: hear("number") == digits)
    expect(compared == .same, "the numbers differ")

    // A group.
    let group = try client.createGroup(title: "équipe")
    try client.setMember(group: group, account: peer.account, role: .member)
    try give(client)
    _ = try take(client, from: peer, event: .unknown, text: "")
    try client.sendToGroup(group: group, content: Array("to all of us".utf8))
    try give(client)
    let answered = try take(client, from: peer, event: .groupMessage, text: "and to you")
    expect(answered, "its answer to the group didn't come")
    return peer
}

/// Everything is on the disk: the client and its store are freed.
func playAfterRestart(_ file: String, _ key: StoreKey, _ peer: Address) throws {
    let store = try Store.sqlite(path: file)
    let client = try Client.open(store: store, key: key)
    try client.send(account: peer.account, content: Array("still here".utf8))
    try give(client)
    try expect(take(client, from: peer, event: .message, text: "welcome back"), "its welcome didn't come")
}

/// Gives the transport all that is in the outbox.
func give(_ client: Client) throws {
    for envelope in try client.outbox() {
        say("envelope \(hex(envelope.bytes))")
        try client.handedOver([envelope.number!])
    }
    say("end")
}

/// Receives what the transport has, and looks for a message: `event` says of which kind.
func take(_ client: Client, from: Address, event: Event, text: String) throws -> Bool {
    var found = false
    while true {
        let line = hearLine().split(separator: " ")
        if line[0] == "end" { return found }
        let envelope = unhex(line[1])
        if line[0] == "tampered" {
            expect(isRefused(client, from, envelope), "what was changed is not refused")
            continue
        }
        for item in try client.receive(from: from, envelope: envelope) {
            found = found || (item.event == event && item.content == Array(text.utf8))
            // an application stores what it was told, and then:
            if let number = item.number { try client.acknowledge([number]) }
        }
    }
}

func isRefused(_ client: Client, _ from: Address, _ envelope: [UInt8]) -> Bool {
    do {
        _ = try client.receive(from: from, envelope: envelope)
        return false
    } catch {
        return (error as? EntrenousError)?.fault == .other
    }
}

func expect(_ condition: Bool, _ otherwise: String) {
    if !condition { fatalError(otherwise) }
}

/// Not with `print`, which keeps lines back in a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

func hearLine() -> String {
    guard let line = readLine() else { fatalError("the other side says no more") }
    return line
}

/// Reads a line that begins with `word`, and gives the rest.
func hear(_ word: String) -> String {
    let line = hearLine()
    expect(line.hasPrefix(word + " "), "\(word) didn't come")
    return String(line.dropFirst(word.count + 1))
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
}

func unhex<Text: StringProtocol>(_ text: Text) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
