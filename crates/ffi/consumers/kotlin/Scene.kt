/*
 * The scene in Kotlin, on the binding for Java: an account, a session, a message each way, a group, a comparison, and a
 * restart from disk.
 *
 * It is played with `scene`, an example of the test kit, which is the other side: what the network would carry goes over
 * standard input and output as lines. Its argument is the path of the store's file, which it makes.
 */

import java.util.HexFormat
import org.entrenous.AccountId
import org.entrenous.Address
import org.entrenous.Client
import org.entrenous.Compared
import org.entrenous.EntrenousException
import org.entrenous.Event
import org.entrenous.Fault
import org.entrenous.Role
import org.entrenous.Store
import org.entrenous.Upload

private val hex = HexFormat.of()

fun main(arguments: Array<String>) {
    val file = arguments[0]
    // it belongs into the platform's key store
    val key = Store.keyGenerate()

    val peer = Store.sqlite(file, 5_000, 0).use { store ->
        // An account. A user would write down its recovery code, which comes along with the client.
        Client.create(store, key).client.use { client ->
            val me = client.address()
            say("account ${hex.formatHex(me.account.bytes())} ${me.device.toUInt()}")

            // What the directory gets.
            val upload = client.publishPrekeys(Upload.LEFT_UNKNOWN)
            say("bundle ${hex.formatHex(upload.bundles.first())}")
            client.prekeysPublished(upload.number)

            // A session, and a message each way.
            val (account, device) = hear("account").split(" ")
            val peer = Address(AccountId(hex.parseHex(account)), device.toUInt().toInt())
            client.startSession(peer.account, hex.parseHex(hear("bundle")))
            client.send(peer.account, "hello from Kotlin".toByteArray())
            give(client)
            check(take(client, peer, Event.MESSAGE, "hello back")) { "its answer didn't come" }

            // The two people compare.
            client.safetyNumber(peer.account).use { comparison ->
                say("number ${comparison.digits()}")
                val same = hear("number") == comparison.digits()
                check(client.verifyByNumber(comparison, same) == Compared.SAME) { "the numbers differ" }
            }

            // A group.
            val group = client.createGroup("équipe")
            client.setMember(group, peer.account, Role.MEMBER)
            give(client)
            take(client, peer, Event.UNKNOWN, "")
            client.sendToGroup(group, "to all of us".toByteArray())
            give(client)
            check(take(client, peer, Event.GROUP_MESSAGE, "and to you")) { "its answer to the group didn't come" }
            peer
        }
    }

    // A restart: everything is on the disk.
    Store.sqlite(file, 5_000, 0).use { store ->
        Client.open(store, key).use { client ->
            client.send(peer.account, "still here".toByteArray())
            give(client)
            check(take(client, peer, Event.MESSAGE, "welcome back")) { "its welcome didn't come" }
        }
    }
    say("done")
}

/** Gives the transport all that is in the outbox. */
private fun give(client: Client) {
    for (envelope in client.outbox(0)) {
        say("envelope ${hex.formatHex(envelope.bytes)}")
        client.handedOver(envelope.number)
    }
    say("end")
}

/** Receives what the transport has, and looks for a message: [event] says of which kind. */
private fun take(client: Client, from: Address, event: Event, text: String): Boolean {
    var found = false
    while (true) {
        val line = readln()
        if (line == "end") return found
        val (word, digits) = line.split(" ")
        val envelope = hex.parseHex(digits)
        if (word == "tampered") {
            check(isRefused(client, from, envelope)) { "what was changed is not refused" }
            continue
        }
        for (item in client.receive(from, envelope)) {
            found = found || (item.event == event && item.content.contentEquals(text.toByteArray()))
            // an application stores what it was told, and then:
            item.number?.let { client.acknowledge(it) }
        }
    }
}

private fun isRefused(client: Client, from: Address, envelope: ByteArray): Boolean =
    try {
        client.receive(from, envelope)
        false
    } catch (refused: EntrenousException) {
        refused.fault() == Fault.OTHER
    }

private fun say(line: String) {
    println(line)
    System.out.flush()
}

/** Reads a line that begins with [word], and gives the rest. */
private fun hear(word: String): String {
    val line = readln()
    check(line.startsWith("$word ")) { "$word didn't come" }
    return line.removePrefix("$word ")
}
