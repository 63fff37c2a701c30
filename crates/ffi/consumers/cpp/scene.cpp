// The scene in C++11: an account, a session, a message each way, a group, a comparison, and a restart from disk.
//
// It is played with `scene`, an example of the test kit, which is the other side: what the network would carry goes
// over standard input and output as lines. Its argument is the path of the store's file, which it makes.
#include "entrenous.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

using entrenous::Account;
using entrenous::Bytes;
using entrenous::Client;
using entrenous::Store;
using entrenous::id_of;

namespace {

// Ends the program unless it is so.
void expect(bool so, const std::string &what) {
    if (!so) throw std::runtime_error("not so: " + what);
}

std::string hex(Bytes bytes) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::vector<uint8_t> unhex(const std::string &text) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < text.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

void say(const std::string &line) { std::cout << line << std::endl; }

// Reads a line, which says a word and something about it.
struct Line {
    std::string word, rest;

    Line() {
        std::string line;
        expect(bool(std::getline(std::cin, line)), "there is another line");
        const size_t space = std::min(line.find(' '), line.size());
        word = line.substr(0, space);
        rest = line.substr(std::min(space + 1, line.size()));
    }
};

// Reads a line that has to begin with a word, and gives what stands behind it.
std::string hear(const std::string &word) {
    const Line line;
    expect(line.word == word, "it is the " + word);
    return line.rest;
}

// Reads an account and a device.
entrenous_address address_of(const std::string &text) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::vector<uint8_t> id = unhex(text.substr(0, space));
    Account account;
    expect(id.size() == account.size(), "it is an account");
    std::copy(id.begin(), id.end(), account.begin());
    return entrenous::make_address(account, static_cast<uint32_t>(std::stoul(text.substr(space))));
}

// Gives the transport all that is in the outbox.
void give(const Client &client) {
    for (const entrenous_envelope &envelope : client.outbox()) {
        say("envelope " + hex(envelope.bytes));
        client.handed_over(envelope.number);
    }
    say("end");
}

bool is_refused(const Client &client, const entrenous_address &from, Bytes envelope) {
    try {
        client.receive(from, envelope);
        return false;
    } catch (const entrenous::Error &error) {
        return error.fault() == ENTRENOUS_FAULT_OTHER;
    }
}

// Receives what the transport has, and looks for a message: `kind` says of which kind.
bool take(const Client &client, const entrenous_address &from, entrenous_event kind, const std::string &text) {
    bool found = false;
    for (Line line; line.word != "end"; line = Line()) {
        const std::vector<uint8_t> envelope = unhex(line.rest);
        if (line.word == "tampered") {
            expect(is_refused(client, from, envelope), "the tampered envelope is refused");
            continue;
        }
        for (const entrenous_item &item : client.receive(from, envelope)) {
            found = found || (item.event == kind && Bytes(item.content) == text);
            // an application stores what it was told, and then:
            if (item.has_number) client.acknowledge(item.number);
        }
    }
    return found;
}

void play(const std::string &path) {
    expect(entrenous_is_compatible(ENTRENOUS_VERSION_NUMBER) == 1, "the library is one for this header");

    // The key belongs into the platform's key store.
    const entrenous::StoreKey key = Store::key_generate();
    entrenous_address peer;
    {
        // An account. The recovery code belongs onto paper.
        const entrenous::Created created = Client::create(Store::sqlite(path), key);
        const Client &client = created.client;
        const entrenous_address me = client.address();
        say("account " + hex(id_of(me.account)) + " " + std::to_string(me.device));

        // What the directory gets.
        const entrenous::Upload upload = client.publish_prekeys();
        say("bundle " + hex(upload[0]));
        client.prekeys_published(upload.info().number);

        // A session, and a message each way.
        peer = address_of(hear("account"));
        const Account contact = id_of(peer.account);
        client.start_session(contact, unhex(hear("bundle")));
        client.send(contact, "hello from C++");
        give(client);
        expect(take(client, peer, ENTRENOUS_EVENT_MESSAGE, "hello back"), "there is an answer");

        // The two people compare.
        const entrenous::Comparison comparison = client.safety_number(contact);
        say("number " + comparison.digits());
        const bool same = hear("number") == comparison.digits();
        expect(client.verify_by_number(comparison, same) == ENTRENOUS_COMPARED_SAME, "the numbers are the same");

        // A group.
        const entrenous::Group group = client.create_group("\xc3\xa9quipe");
        client.set_member(group, contact, ENTRENOUS_ROLE_MEMBER);
        give(client);
        take(client, peer, ENTRENOUS_EVENT_UNKNOWN, "");
        client.send_to_group(group, "to all of us");
        give(client);
        expect(take(client, peer, ENTRENOUS_EVENT_GROUP_MESSAGE, "and to you"), "there is an answer in the group");
    }

    // A restart: everything is on the disk.
    const Client client = Client::open(Store::sqlite(path), key);
    client.send(id_of(peer.account), "still here");
    give(client);
    expect(take(client, peer, ENTRENOUS_EVENT_MESSAGE, "welcome back"), "there is an answer after the restart");
    say("done");
}

} // namespace

int main(int argc, char **argv) {
    try {
        expect(argc == 2, "there is one argument");
        play(argv[1]);
        return 0;
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
