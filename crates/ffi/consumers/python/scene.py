"""The scene in Python: an account, a session, a message each way, a group, a comparison, and a restart from disk.

It is the scene of ../c/scene.c, and played with the same peer. Its argument is the path of the store's file, which it
makes.
"""

import sys

from entrenous import Address, Compared, Error, Event, Fault, Library, Role


def expect(condition, what):
    """Unlike `assert` it holds with -O as well."""
    if not condition:
        sys.exit(f"not so: {what}")


def say(*words):
    print(*words, flush=True)


def hear():
    """A line: its first word, and what stands behind that."""
    line = sys.stdin.readline()
    expect(line, "there is more to hear")
    word, _, rest = line.strip().partition(" ")
    return word, rest


def hear_of(word):
    heard, rest = hear()
    expect(heard == word, f"it says {word}")
    return rest


def give(client):
    """Gives the transport all that is in the outbox."""
    for envelope in client.outbox():
        say("envelope", envelope.bytes.hex())
        client.handed_over(envelope.number)
    say("end")


def take(client, peer):
    """Receives what the transport has, and gives what that tells: of each item the event and the content."""
    heard = []
    while True:
        word, rest = hear()
        if word == "end":
            return heard
        envelope = bytes.fromhex(rest)
        if word == "tampered":
            try:
                client.receive(peer, envelope)
                expect(False, "what was tampered with is refused")
            except Error as error:
                expect(error.fault == Fault.OTHER, "whoever has tampered is at fault")
            continue
        for item in client.receive(peer, envelope):
            heard.append((item.event, item.content))
            # An application stores what it was told, and then:
            if item.has_number:
                client.acknowledge(item.number)


def before_restart(client):
    me = client.address()
    say("account", me.account.hex(), me.device)

    # What the directory gets.
    upload = client.publish_prekeys()
    say("bundle", upload.bundles[0].hex())
    client.prekeys_published(upload.number)

    # A session, and a message each way.
    account, device = hear_of("account").split()
    peer = Address(bytes.fromhex(account), int(device))
    client.start_session(peer.account, bytes.fromhex(hear_of("bundle")))
    client.send(peer.account, b"hello from Python")
    give(client)
    expect((Event.MESSAGE, b"hello back") in take(client, peer), "the peer says hello back")

    # The two people compare.
    with client.safety_number(peer.account) as comparison:
        say("number", comparison.digits())
        compared = client.verify_by_number(comparison, hear_of("number") == comparison.digits())
    expect(compared is Compared.SAME, "the numbers are the same")

    # A group.
    group = client.create_group("équipe")
    client.set_member(group, peer.account, Role.MEMBER)
    give(client)
    take(client, peer)
    client.send_to_group(group, b"to all of us")
    give(client)
    expect((Event.GROUP_MESSAGE, b"and to you") in take(client, peer), "the peer answers in the group")
    return peer


def after_restart(client, peer):
    client.send(peer.account, b"still here")
    give(client)
    expect((Event.MESSAGE, b"welcome back") in take(client, peer), "the peer says welcome back")


def main(path):
    library = Library()

    # An account. The key belongs into the platform's key store, the recovery code onto paper.
    key = library.store_key_generate()
    with library.store_sqlite(path) as store, store.client_create(key).client as client:
        peer = before_restart(client)

    # Everything is on the disk.
    with library.store_sqlite(path) as store, store.client_open(key) as client:
        after_restart(client, peer)
    say("done")


if __name__ == "__main__":
    main(sys.argv[1])
