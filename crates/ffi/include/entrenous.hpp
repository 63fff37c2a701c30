// The C++11 face of entrenous.h: handles that free themselves, exceptions for results, ranges for indices.
//
// What a function does, and which errors it has, stands in entrenous.h: here it is a method, named without
// `entrenous_` and the word for its class. Structs and enums are those of entrenous.h, and what needs no handle
// (`entrenous_is_compatible`, `entrenous_result_text`) is used as it is.
//
// Methods are const as their functions' handles are, although what is behind a handle changes: threads may share
// an object, and the library lets them in one at a time. Nobody else may be at it when it is moved or destroyed.
//
// What is given by reference, as `Bytes` or as `Text` lives as long as the object that it was read from.
//
// No exception may cross the library, which is in a language that knows none: the functions that it is given here
// catch whatever an application's object throws.
#ifndef ENTRENOUS_HPP
#define ENTRENOUS_HPP

#include "entrenous.h"

#include <array>
#include <cstring>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace entrenous {

// ---- Errors ----

// A call that has not gone well.
class Error : public std::runtime_error {
public:
    explicit Error(entrenous_result code) : std::runtime_error(entrenous_result_text(code)), code_(code) {}

    entrenous_result code() const noexcept { return code_; }
    // Who can do something about it.
    entrenous_fault fault() const noexcept { return entrenous_result_fault(code_); }
    // Of `receive`: whether the transport may drop the envelope.
    bool is_final() const noexcept { return entrenous_result_is_final(code_) != 0; }

private:
    entrenous_result code_;
};

// Throws what is not OK.
inline void check(entrenous_result result) {
    if (result != ENTRENOUS_RESULT_OK) throw Error(result);
}

// ---- Bytes, texts and ids ----

// Bytes that are somebody else's.
struct Bytes : entrenous_bytes {
    Bytes() noexcept : Bytes(nullptr, 0) {}
    Bytes(const uint8_t *first, size_t count) noexcept : entrenous_bytes{first, count} {}
    Bytes(const entrenous_bytes &bytes) noexcept : entrenous_bytes(bytes) {}
    Bytes(const char *text) noexcept : Bytes(reinterpret_cast<const uint8_t *>(text), std::strlen(text)) {}
    Bytes(const std::string &text) noexcept : Bytes(reinterpret_cast<const uint8_t *>(text.data()), text.size()) {}
    Bytes(const std::vector<uint8_t> &bytes) noexcept : Bytes(bytes.data(), bytes.size()) {}
    template <size_t N> Bytes(const std::array<uint8_t, N> &bytes) noexcept : Bytes(bytes.data(), N) {}

    const uint8_t *begin() const noexcept { return data; }
    const uint8_t *end() const noexcept { return data + len; }
    // Copies, which nobody wipes.
    std::string str() const { return std::string(begin(), end()); }
    std::vector<uint8_t> vector() const { return std::vector<uint8_t>(begin(), end()); }

    friend bool operator==(const Bytes &a, const Bytes &b) noexcept {
        return a.len == b.len && (a.len == 0 || std::memcmp(a.data, b.data, a.len) == 0);
    }
    friend bool operator!=(const Bytes &a, const Bytes &b) noexcept { return !(a == b); }
};

// A text that is somebody else's, in UTF-8; with a length it needs no NUL.
struct Text {
    Text(const char *first, size_t count) noexcept : data(first), len(count) {}
    Text(const char *text) noexcept : Text(text, std::strlen(text)) {}
    Text(const std::string &text) noexcept : Text(text.data(), text.size()) {}

    const char *data;
    size_t len;
};

using Account = std::array<uint8_t, ENTRENOUS_ACCOUNT_LEN>;
using Group = std::array<uint8_t, ENTRENOUS_GROUP_LEN>;
using MessageId = std::array<uint8_t, ENTRENOUS_MESSAGE_ID_LEN>;
using Token = std::array<uint8_t, ENTRENOUS_TOKEN_LEN>;
using Rendezvous = std::array<uint8_t, ENTRENOUS_RENDEZVOUS_LEN>;
using Mark = std::array<uint8_t, ENTRENOUS_MARK_LEN>;
using RecordKey = std::array<uint8_t, ENTRENOUS_RECORD_KEY_LEN>;
// Nobody wipes it: that is up to who keeps it.
using StoreKey = std::array<uint8_t, ENTRENOUS_STORE_KEY_LEN>;

// An id out of a struct of entrenous.h, such as `id_of(item.who.account)`.
template <size_t N> std::array<uint8_t, N> id_of(const uint8_t (&bytes)[N]) noexcept {
    std::array<uint8_t, N> id;
    std::memcpy(id.data(), bytes, N);
    return id;
}

inline entrenous_address make_address(const Account &account, uint32_t device) noexcept {
    entrenous_address address;
    std::memcpy(address.account, account.data(), account.size());
    address.device = device;
    return address;
}

// ---- Handles ----

namespace detail {

// Calls a function whose last argument is the place of a handle, of a value, or of a fixed number of bytes.
template <class H, class Function, class... Arguments> H handle(Function function, Arguments... arguments) {
    typename H::Raw *out = nullptr;
    check(function(arguments..., &out));
    return H(out);
}

template <class V, class Function, class... Arguments> V value(Function function, Arguments... arguments) {
    V out = V();
    check(function(arguments..., &out));
    return out;
}

template <class A, class Function, class... Arguments> A array(Function function, Arguments... arguments) {
    A out;
    check(function(arguments..., out.data()));
    return out;
}

// For an argument that may be missing.
template <class A> const uint8_t *data(const A *array) noexcept { return array ? array->data() : nullptr; }

} // namespace detail

// Owns a handle, or none: when it was moved from, or where there is nothing to give. It is tested like a pointer.
template <class T> class Handle {
public:
    using Raw = T;

    Handle() noexcept = default;
    explicit Handle(T *raw) noexcept : handle_(raw) {}

    // For functions of entrenous.h.
    T *raw() const noexcept { return handle_.get(); }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

protected:
    // The same as in `detail`, for functions whose first argument is this handle; the last one gives nothing.
    template <class H, class Function, class... Arguments> H handle(Function function, Arguments... arguments) const {
        return detail::handle<H>(function, raw(), arguments...);
    }
    template <class V, class Function, class... Arguments> V value(Function function, Arguments... arguments) const {
        return detail::value<V>(function, raw(), arguments...);
    }
    template <class A, class Function, class... Arguments> A array(Function function, Arguments... arguments) const {
        return detail::array<A>(function, raw(), arguments...);
    }
    template <class Function, class... Arguments> void call(Function function, Arguments... arguments) const {
        check(function(raw(), arguments...));
    }

private:
    struct Free {
        // there is nobody to tell of a failure, and only what is no handle any more fails
        void operator()(T *raw) const noexcept { entrenous_free(raw); }
    };

    std::unique_ptr<T, Free> handle_;
};

// Bytes or a text, wiped when it is destroyed.
struct Buffer : Handle<entrenous_buffer> {
    using Handle::Handle;

    Bytes bytes() const & {
        Bytes out;
        call(entrenous_buffer_read, &out.data, &out.len);
        return out;
    }
    // not of a temporary, which would be gone: here and below
    Bytes bytes() const && = delete;
    Text text() const & { return Text(reinterpret_cast<const char *>(bytes().data), bytes().len); }
    Text text() const && = delete;
    // A copy, which nobody wipes.
    std::string str() const { return bytes().str(); }
};

// A list, which owns its elements.
template <class T, class Element, entrenous_result (*At)(const T *, size_t, const Element **)>
struct List : Handle<T> {
    using Handle<T>::Handle;

    class iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = Element;
        using difference_type = std::ptrdiff_t;
        using pointer = const Element *;
        using reference = const Element &;

        iterator() noexcept : list_(nullptr), index_(0) {}
        iterator(const T *list, size_t index) noexcept : list_(list), index_(index) {}

        reference operator*() const { return *operator->(); }
        pointer operator->() const { return detail::value<pointer>(At, list_, index_); }
        iterator &operator++() noexcept {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept { return iterator(list_, index_++); }

        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.index_ == b.index_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

    private:
        const T *list_;
        size_t index_;
    };

    size_t size() const { return detail::value<size_t>(entrenous_count, this->raw()); }
    const Element &operator[](size_t index) const & { return *iterator(this->raw(), index); }
    const Element &operator[](size_t index) const && = delete;
    iterator begin() const { return iterator(this->raw(), 0); }
    iterator end() const { return iterator(this->raw(), size()); }
};

using Items = List<entrenous_items, entrenous_item, entrenous_items_at>;
using Envelopes = List<entrenous_envelopes, entrenous_envelope, entrenous_envelopes_at>;
using Addresses = List<entrenous_addresses, entrenous_address, entrenous_addresses_at>;
using Contacts = List<entrenous_contacts, entrenous_contact, entrenous_contacts_at>;
using Devices = List<entrenous_devices, entrenous_device, entrenous_devices_at>;
using Groups = List<entrenous_groups, entrenous_group, entrenous_groups_at>;

// A handle or list with something to be known of the whole.
template <class Base, class Info, entrenous_result (*Read)(const typename Base::Raw *, const Info **)>
struct Informed : Base {
    using Base::Base;

    const Info &info() const & { return *detail::value<const Info *>(Read, this->raw()); }
    const Info &info() const && = delete;
};

// An account, and a list of its devices.
using ContactStatus =
    Informed<List<entrenous_contact_status, entrenous_contact_device, entrenous_contact_status_device_at>,
             entrenous_contact_info, entrenous_contact_status_read>;

// A list of bundles, and what else a directory gets.
using Upload = Informed<List<entrenous_upload, entrenous_bytes, entrenous_upload_at>, entrenous_upload_info,
                        entrenous_upload_read>;

// A comparison of short strings, as it stands.
using ShortString = Informed<Handle<entrenous_short_string>, entrenous_short_string_info, entrenous_short_string_read>;

// A group, and a list of its members.
struct GroupStatus : Informed<List<entrenous_group_status, entrenous_member, entrenous_group_status_member_at>,
                              entrenous_group_info, entrenous_group_status_read> {
    using Informed::Informed;

    Addresses unacknowledged() const { return handle<Addresses>(entrenous_group_status_unacknowledged); }
};

// A safety number, to be shown.
struct Comparison : Handle<entrenous_comparison> {
    using Handle::Handle;

    std::string digits() const {
        const auto digits = array<std::array<char, ENTRENOUS_DIGITS_LEN>>(entrenous_comparison_digits);
        return std::string(digits.begin(), digits.end() - 1); // without the NUL
    }
};

// ---- What an application may bring ----

// Where `CustomStore::load` puts records.
class Records {
public:
    explicit Records(entrenous_records *raw) noexcept : raw_(raw) {}

    void set(size_t index, uint64_t generation, Bytes record) const {
        check(entrenous_records_set(raw_, index, generation, record.data, record.len));
    }

private:
    entrenous_records *raw_;
};

// What these have to keep to stands at the callbacks of the same name; to throw is to answer `FAILED`. They are
// deleted when nothing uses them any more, by whichever thread that is.
struct CustomStore {
    virtual ~CustomStore() = default;
    virtual entrenous_answer load(const std::vector<RecordKey> &keys, const Records &records) = 0;
    virtual entrenous_answer commit(const std::vector<entrenous_change> &changes) = 0;
};

struct CustomEnvironment {
    virtual ~CustomEnvironment() = default;
    // Whether it could.
    virtual bool random(uint8_t *out, size_t len) = 0;
    virtual uint64_t now_ms() = 0;
};

struct CustomMarker {
    virtual ~CustomMarker() = default;
    virtual entrenous_answer read(Mark &mark, bool &found) = 0;
    virtual entrenous_answer write(const Mark &mark) = 0;
};

namespace detail {

// Calls an object of the application's. What it throws ends here.
template <class Custom, class Result = int32_t, Result Failed = ENTRENOUS_ANSWER_FAILED, class Call>
Result answer(void *context, Call call) noexcept {
    try {
        return call(*static_cast<Custom *>(context));
    } catch (...) {
        return Failed;
    }
}

// Gives the library an object and a table of its functions.
template <class H, class Custom, class Table, class New> H custom(std::unique_ptr<Custom> own, Table table, New make) {
    table.size = sizeof table;
    table.context = own.get();
    table.release = [](void *context) noexcept { delete static_cast<Custom *>(context); };
    H made = handle<H>(make, &table);
    own.release();
    return made;
}

} // namespace detail

// A source of randomness and time; without a handle it is the operating system.
struct Environment : Handle<entrenous_environment> {
    using Handle::Handle;

    static Environment custom(std::unique_ptr<CustomEnvironment> object) {
        entrenous_environment_callbacks table = entrenous_environment_callbacks();
        table.random = [](void *context, uint8_t *out, size_t len) noexcept {
            return detail::answer<CustomEnvironment>(context, [=](CustomEnvironment &own) {
                return own.random(out, len) ? ENTRENOUS_ANSWER_OK : ENTRENOUS_ANSWER_FAILED;
            });
        };
        table.now_ms = [](void *context) noexcept {
            // 0 is 1970: what depends on the time is refused
            return detail::answer<CustomEnvironment, uint64_t, 0>(
                context, [](CustomEnvironment &own) { return own.now_ms(); });
        };
        return detail::custom<Environment>(std::move(object), table, entrenous_environment_new);
    }
};

// A store; what uses it may outlive this handle of it.
struct Store : Handle<entrenous_store> {
    using Handle::Handle;

    static StoreKey key_generate() { return detail::array<StoreKey>(entrenous_store_key_generate); }
    static Store memory() { return detail::handle<Store>(entrenous_store_memory); }
    static Store sqlite(Text path, uint32_t busy_ms = 5000, uint64_t max_bytes = 0) {
        return detail::handle<Store>(entrenous_store_sqlite, path.data, path.len, busy_ms, max_bytes);
    }
    static Store custom(std::unique_ptr<CustomStore> object) {
        entrenous_store_callbacks table = entrenous_store_callbacks();
        table.load = [](void *context, const uint8_t *keys, size_t count, entrenous_records *records) noexcept {
            return detail::answer<CustomStore>(context, [=](CustomStore &own) {
                std::vector<RecordKey> all(count);
                for (size_t i = 0; i < count; i++) std::memcpy(all[i].data(), keys + i * sizeof all[i], sizeof all[i]);
                return own.load(all, Records(records));
            });
        };
        table.commit = [](void *context, const entrenous_change *changes, size_t count) noexcept {
            return detail::answer<CustomStore>(context, [=](CustomStore &own) {
                return own.commit(std::vector<entrenous_change>(changes, changes + count));
            });
        };
        return detail::custom<Store>(std::move(object), table, entrenous_store_new);
    }

    void checkpoint() const { call(entrenous_store_checkpoint); }
    void compact() const { call(entrenous_store_compact); }
    void check() const { call(entrenous_store_check); }

    bool is_locked() const { return value<bool>(entrenous_store_is_locked); }
    StoreKey lock(Text passphrase, const entrenous_cost *cost = nullptr) const {
        return array<StoreKey>(entrenous_store_lock, passphrase.data, passphrase.len, cost);
    }
    StoreKey unlock(Text passphrase) const {
        return array<StoreKey>(entrenous_store_unlock, passphrase.data, passphrase.len);
    }
    void change_lock(Text before, Text after, const entrenous_cost *cost = nullptr) const {
        call(entrenous_store_change_lock, before.data, before.len, after.data, after.len, cost);
    }
};

// A place for one mark that neither a backup nor a copy of the store contains.
struct Marker : Handle<entrenous_marker> {
    using Handle::Handle;

    static Marker in_folder(Text folder, Text database) {
        return detail::handle<Marker>(entrenous_marker_in_folder, folder.data, folder.len, database.data, database.len);
    }
    static Marker custom(std::unique_ptr<CustomMarker> object) {
        entrenous_marker_callbacks table = entrenous_marker_callbacks();
        table.read = [](void *context, uint8_t *mark, bool *found) noexcept {
            return detail::answer<CustomMarker>(context, [=](CustomMarker &own) {
                Mark last = Mark();
                const entrenous_answer answer = own.read(last, *found);
                std::memcpy(mark, last.data(), sizeof last);
                return answer;
            });
        };
        table.write = [](void *context, const uint8_t *mark) noexcept {
            return detail::answer<CustomMarker>(context, [=](CustomMarker &own) {
                Mark next;
                std::memcpy(next.data(), mark, sizeof next);
                return own.write(next);
            });
        };
        return detail::custom<Marker>(std::move(object), table, entrenous_marker_new);
    }
};

// ---- The client ----

inline entrenous_policy policy_default() {
    entrenous_policy policy = entrenous_policy();
    policy.size = sizeof policy;
    check(entrenous_policy_default(&policy));
    return policy;
}

struct Maintained {
    bool to_publish, more;
    entrenous_result failed;
};

struct StartOptions {
    bool replace = false, accept_stale = false;
};

struct SendOptions {
    uint32_t ttl_seconds = 0;
    const Token *token = nullptr;

    entrenous_send_options raw() const noexcept {
        return {sizeof(entrenous_send_options), ttl_seconds, detail::data(token)};
    }
};

struct Sent {
    MessageId id;
    Addresses unreached;
};

struct Received {
    std::vector<entrenous_result> results; // of each envelope its own
    Items items;
};

struct IdentityChange {
    // None where there is nothing to accept.
    Handle<entrenous_identity_change> change;
    Account replaces;
};

struct LinkOffer {
    Buffer code;
    Rendezvous rendezvous;
    uint64_t expires_ms;
};

struct Linking {
    entrenous_link_state state;
    // For `OFFERED`; `link_rendezvous` tells its mailbox.
    Buffer code;
    // For `REQUESTED`.
    entrenous_link_request request;
};

struct Created;

// A device of an account.
struct Client : Handle<entrenous_client> {
    using Handle::Handle;

    static Created create(const Store &store, const StoreKey &key, const Environment &environment = Environment());
    static Client open(const Store &store, const StoreKey &key, const Environment &environment = Environment()) {
        return detail::handle<Client>(entrenous_client_open, store.raw(), key.data(), environment.raw());
    }
    static Client recover(const Store &store, const StoreKey &key, Text code, Bytes newest,
                          const std::vector<uint32_t> &lost, const Environment &environment = Environment()) {
        return detail::handle<Client>(entrenous_client_recover, store.raw(), key.data(), environment.raw(),
                                      code.data, code.len, newest.data, newest.len, lost.data(), lost.size());
    }
    Buffer recovery_file(Text passphrase, const entrenous_cost *cost = nullptr) const {
        return handle<Buffer>(entrenous_client_recovery_file, passphrase.data, passphrase.len, cost);
    }

    entrenous_address address() const { return value<entrenous_address>(entrenous_client_address); }
    void set_policy(const entrenous_policy &policy) const { call(entrenous_client_set_policy, &policy); }
    void compare_marker(const Marker &marker) const { call(entrenous_client_compare_marker, marker.raw()); }
    void check_marker(const Marker &marker) const { call(entrenous_client_check_marker, marker.raw()); }
    Maintained maintain() const {
        Maintained done = Maintained();
        call(entrenous_client_maintain, &done.to_publish, &done.more, &done.failed);
        return done;
    }

    // The directory
    Upload publish_prekeys(uint32_t left = ENTRENOUS_LEFT_UNKNOWN) const {
        return handle<Upload>(entrenous_client_publish_prekeys, left);
    }
    void prekeys_published(uint64_t number) const { call(entrenous_client_prekeys_published, number); }
    entrenous_address start_session(const Account &account, Bytes bundle, StartOptions how = StartOptions()) const {
        return value<entrenous_address>(entrenous_client_start_session, account.data(), bundle.data, bundle.len,
                                        how.replace, how.accept_stale);
    }
    entrenous_address first_contact(Bytes bundle) const {
        return value<entrenous_address>(entrenous_client_first_contact, bundle.data, bundle.len);
    }
    Addresses missing_devices(const Account &account) const {
        return handle<Addresses>(entrenous_client_missing_devices, account.data());
    }
    bool learn_list(const Account &account, Bytes list) const {
        return value<bool>(entrenous_client_learn_list, account.data(), list.data, list.len);
    }

    // Messages
    Sent send(const Account &account, Bytes content, const SendOptions &options = SendOptions()) const {
        return sent(entrenous_client_send, account, content, options);
    }
    std::vector<MessageId> send_many(const Account &account, const std::vector<Bytes> &contents,
                                     const SendOptions &options = SendOptions()) const {
        static_assert(sizeof(MessageId) == ENTRENOUS_MESSAGE_ID_LEN, "ids lie one after the other");
        const entrenous_send_options how = options.raw();
        const std::vector<entrenous_bytes> all(contents.begin(), contents.end());
        std::vector<MessageId> ids(all.size());
        uint8_t *const places = reinterpret_cast<uint8_t *>(ids.data());
        call(entrenous_client_send_many, account.data(), all.data(), all.size(), &how, places);
        return ids;
    }
    Envelopes send_ephemeral(const Account &account, Bytes content) const {
        return handle<Envelopes>(entrenous_client_send_ephemeral, account.data(), content.data, content.len);
    }
    Sent send_to_group(const Group &group, Bytes content, const SendOptions &options = SendOptions()) const {
        return sent(entrenous_client_send_to_group, group, content, options);
    }
    Envelopes outbox(uint64_t from = 0) const { return handle<Envelopes>(entrenous_client_outbox, from); }
    void handed_over(uint64_t number) const { call(entrenous_client_handed_over, &number, size_t(1)); }
    void handed_over(const std::vector<uint64_t> &numbers) const {
        call(entrenous_client_handed_over, numbers.data(), numbers.size());
    }

    Items receive(const entrenous_address &from, Bytes envelope) const {
        return handle<Items>(entrenous_client_receive, &from, envelope.data, envelope.len);
    }
    Received receive_many(const std::vector<entrenous_incoming> &envelopes) const {
        std::vector<entrenous_result> results(envelopes.size());
        entrenous_items *items = nullptr;
        call(entrenous_client_receive_many, envelopes.data(), envelopes.size(), results.data(), &items);
        return Received{std::move(results), Items(items)};
    }
    Items inbox(uint64_t from = 0) const { return handle<Items>(entrenous_client_inbox, from); }
    void acknowledge(uint64_t number) const { call(entrenous_client_acknowledge, &number, size_t(1)); }
    void acknowledge(const std::vector<uint64_t> &numbers) const {
        call(entrenous_client_acknowledge, numbers.data(), numbers.size());
    }

    // Contacts
    Contacts contacts(bool strangers = false, const Account *after = nullptr) const {
        return handle<Contacts>(entrenous_client_contacts, strangers, detail::data(after));
    }
    ContactStatus contact(const Account &account) const {
        return handle<ContactStatus>(entrenous_client_contact, account.data());
    }
    void accept(const Account &account) const { call(entrenous_client_accept, account.data()); }
    void forget(const Account &account) const { call(entrenous_client_forget, account.data()); }
    void replace_contact(const Account &before, const Account &after) const {
        call(entrenous_client_replace_contact, before.data(), after.data());
    }

    // Trust
    Comparison safety_number(const Account &account) const {
        return handle<Comparison>(entrenous_client_safety_number, account.data());
    }
    entrenous_compared verify_by_number(const Comparison &comparison, bool same) const {
        return value<entrenous_compared>(entrenous_client_verify_by_number, comparison.raw(), same);
    }
    entrenous_compared verify_by_digits(const Account &account, Text digits) const {
        return value<entrenous_compared>(entrenous_client_verify_by_digits, account.data(), digits.data, digits.len);
    }
    IdentityChange identity_change(const Account &account) const {
        Account replaces = Account();
        entrenous_identity_change *change = nullptr;
        call(entrenous_client_identity_change, account.data(), &change, replaces.data());
        return IdentityChange{Handle<entrenous_identity_change>(change), replaces};
    }
    void accept_change(const IdentityChange &seen) const { call(entrenous_client_accept_change, seen.change.raw()); }
    Buffer own_card() const { return handle<Buffer>(entrenous_client_own_card); }
    entrenous_card add_card(Text card) const {
        return value<entrenous_card>(entrenous_client_add_card, card.data, card.len);
    }
    entrenous_card scan_card(const Account &expected, Text card) const {
        return value<entrenous_card>(entrenous_client_scan_card, expected.data(), card.data, card.len);
    }
    entrenous_card scan_new_card(Text card) const {
        return value<entrenous_card>(entrenous_client_scan_new_card, card.data, card.len);
    }

    void begin_short_string(const entrenous_address &with) const { call(entrenous_client_begin_short_string, &with); }
    void join_short_string(const entrenous_address &with) const { call(entrenous_client_join_short_string, &with); }
    ShortString short_string(const Account &account) const {
        return handle<ShortString>(entrenous_client_short_string, account.data());
    }
    entrenous_compared decide_short_string(const ShortString &short_string, bool same) const {
        return value<entrenous_compared>(entrenous_client_decide_short_string, short_string.raw(), same);
    }
    void cancel_short_string(const Account &with) const { call(entrenous_client_cancel_short_string, with.data()); }

    // Groups
    Group create_group(Text title) const { return array<Group>(entrenous_client_create_group, title.data, title.len); }
    void set_member(const Group &group, const Account &account, entrenous_role role) const {
        call(entrenous_client_set_member, group.data(), account.data(), role);
    }
    void remove_member(const Group &group, const Account &account, bool undo = false) const {
        call(entrenous_client_remove_member, group.data(), account.data(), undo);
    }
    void rename_group(const Group &group, Text title) const {
        call(entrenous_client_rename_group, group.data(), title.data, title.len);
    }
    void renew_group_keys(const Group &group) const { call(entrenous_client_renew_group_keys, group.data()); }
    void leave_group(const Group &group) const { call(entrenous_client_leave_group, group.data()); }
    void join_group(const Group &group) const { call(entrenous_client_join_group, group.data()); }
    void forget_group(const Group &group) const { call(entrenous_client_forget_group, group.data()); }
    Addresses missing_group_devices(const Group &group) const {
        return handle<Addresses>(entrenous_client_missing_group_devices, group.data());
    }
    Groups groups() const { return handle<Groups>(entrenous_client_groups); }
    GroupStatus group(const Group &group) const { return handle<GroupStatus>(entrenous_client_group, group.data()); }

    // The own devices
    Devices devices() const { return handle<Devices>(entrenous_client_devices); }
    void remove_device(uint32_t device) const { call(entrenous_client_remove_device, device); }
    LinkOffer begin_linking() const {
        entrenous_buffer *code = nullptr;
        Rendezvous rendezvous;
        uint64_t expires_ms = 0;
        call(entrenous_client_begin_linking, &code, rendezvous.data(), &expires_ms);
        return LinkOffer{Buffer(code), rendezvous, expires_ms};
    }
    entrenous_link_request receive_link(Bytes bytes) const {
        return value<entrenous_link_request>(entrenous_client_receive_link, bytes.data, bytes.len);
    }
    void approve_link(uint32_t device) const { call(entrenous_client_approve_link, device); }
    Linking linking() const {
        entrenous_link_state state = ENTRENOUS_LINK_STATE_NONE;
        entrenous_buffer *code = nullptr;
        entrenous_link_request request = entrenous_link_request();
        call(entrenous_client_linking, &state, &code, &request);
        return Linking{state, Buffer(code), request};
    }
    void cancel_linking() const { call(entrenous_client_cancel_linking); }

private:
    template <class Function, class Id>
    Sent sent(Function function, const Id &to, Bytes content, const SendOptions &options) const {
        const entrenous_send_options how = options.raw();
        MessageId id;
        entrenous_addresses *unreached = nullptr;
        call(function, to.data(), content.data, content.len, &how, id.data(), &unreached);
        return Sent{id, Addresses(unreached)};
    }
};

struct Created {
    Client client;
    // The recovery code's text, which is given out here and nowhere else.
    Buffer recovery;
};

inline Created Client::create(const Store &store, const StoreKey &key, const Environment &environment) {
    entrenous_client *client = nullptr;
    entrenous_buffer *recovery = nullptr;
    entrenous::check(entrenous_client_create(store.raw(), key.data(), environment.raw(), &client, &recovery));
    return Created{Client(client), Buffer(recovery)};
}

// ---- Recovery ----

struct ListSeen {
    uint32_t epoch;
    Addresses devices;
};

inline ListSeen recovery_look(Text code, Bytes list) {
    uint32_t epoch = 0;
    entrenous_addresses *devices = nullptr;
    check(entrenous_recovery_look(code.data, code.len, list.data, list.len, &epoch, &devices));
    return ListSeen{epoch, Addresses(devices)};
}

inline Buffer recovery_file_open(Bytes file, Text passphrase) {
    return detail::handle<Buffer>(entrenous_recovery_file_open, file.data, file.len, passphrase.data, passphrase.len);
}

// ---- Linking ----

inline Rendezvous link_rendezvous(Text code) {
    return detail::array<Rendezvous>(entrenous_link_rendezvous, code.data, code.len);
}

// A device that is being linked.
struct Joining : Handle<entrenous_joining> {
    using Handle::Handle;

    static Joining begin(const Store &store, const StoreKey &key, Text code,
                         const Environment &environment = Environment()) {
        return detail::handle<Joining>(entrenous_joining_begin, store.raw(), key.data(), environment.raw(),
                                       code.data, code.len);
    }
    static Joining resume(const Store &store, const StoreKey &key, const Environment &environment = Environment()) {
        return detail::handle<Joining>(entrenous_joining_resume, store.raw(), key.data(), environment.raw());
    }

    Rendezvous rendezvous() const { return array<Rendezvous>(entrenous_joining_rendezvous); }
    // None when the primary has answered.
    Buffer request() const { return handle<Buffer>(entrenous_joining_request); }
    entrenous_shown_string shown_string() const {
        return value<entrenous_shown_string>(entrenous_joining_shown_string);
    }
    void receive_reveal(Bytes bytes) const { call(entrenous_joining_receive_reveal, bytes.data, bytes.len); }
    Client finish(Bytes bytes) const { return handle<Client>(entrenous_joining_finish, bytes.data, bytes.len); }
    void abandon() const { call(entrenous_joining_abandon); }
};

} // namespace entrenous

#endif // ENTRENOUS_HPP
