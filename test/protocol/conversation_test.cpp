#include <sluice/protocol/conversation.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::protocol {

namespace {

using state = conversation::state;

std::string name(const verdict& v) {
    if (v.what == permission::go) return "go";
    if (v.what == permission::already) return "already";
    return std::string(to_string(v.code));
}

template <class Request>
std::string ask(const conversation& c, const Request& r) {
    const verdict v = c.ask(r);
    CHECK((v.what == permission::refused) == (v.code != errc::ok));
    CHECK((v.what == permission::refused) == !std::string(v.why).empty());
    return name(v);
}

// A conversation in each state that there is, after one stream (id 1) that has ended; 2 is the one that was last open.
conversation idle() {
    conversation c;
    c.connected();
    c.stream_opened();
    c.stream_finished();
    c.stream_opened();
    c.stream_finished();
    return c;
}
conversation in_transaction() {
    conversation c = idle();
    c.transaction_opened();
    return c;
}
conversation streaming() {
    conversation c;
    c.connected();
    c.stream_opened();
    c.stream_finished();
    c.stream_opened();
    return c;
}
conversation streaming_in_transaction() {
    conversation c = streaming();
    c.transaction_opened();
    return c;
}
conversation disconnected() {
    conversation c = streaming_in_transaction();
    c.disconnected();
    return c;
}
conversation broken() {
    conversation c = streaming_in_transaction();
    c.broke();
    return c;
}

struct row {
    std::string what;
    conversation talk;
    std::string connect, disconnect, execute, start, begin, commit, rollback;
    std::string fetch_open, close_open;  // of stream 2
    std::string prepare, clear;
};

std::vector<row> table() {
    return {
        {"disconnected", disconnected(), "go", "already", "closed", "closed", "closed", "closed", "closed", "closed",
         "already", "closed", "already"},
        {"idle", idle(), "invalid_argument", "go", "go", "go", "go", "invalid_argument", "invalid_argument", "closed",
         "already", "go", "go"},
        {"in transaction", in_transaction(), "invalid_argument", "go", "go", "go", "transaction_active", "go", "go",
         "closed", "already", "go", "go"},
        {"streaming", streaming(), "invalid_argument", "go", "session_busy", "session_busy", "session_busy",
         "session_busy", "session_busy", "go", "go", "session_busy", "go"},
        {"streaming in transaction", streaming_in_transaction(), "invalid_argument", "go", "session_busy",
         "session_busy", "session_busy", "session_busy", "session_busy", "go", "go", "session_busy", "go"},
        {"broken", broken(), "invalid_argument", "go", "connection_lost", "connection_lost", "connection_lost",
         "connection_lost", "connection_lost", "closed", "already", "connection_lost", "already"},
    };
}

// The same rules in the plainest words: what the walk compares with.
struct model {
    bool connected = false;
    bool lost = false;
    bool transaction = false;
    std::uint64_t open = 0;
    std::uint64_t started = 0;

    [[nodiscard]] std::string other() const {
        if (!connected) return "closed";
        if (lost) return "connection_lost";
        return open != 0 ? "session_busy" : "go";
    }
    [[nodiscard]] std::string in_or_out(bool wanted, const std::string& no) const {
        return other() == "go" && transaction != wanted ? no : other();
    }
    [[nodiscard]] std::string by_id(std::uint64_t id, const std::string& ended) const {
        if (id == 0 || id > started) return "stale_handle";
        return id == open ? "go" : ended;
    }
};

int differences(const conversation& c, const model& m) {
    int count = 0;
    const auto compare = [&count](const std::string& is, const std::string& should) {
        count += is == should ? 0 : 1;
    };
    compare(name(c.ask(connect(""))), m.connected ? "invalid_argument" : "go");
    compare(name(c.ask(disconnect())), m.connected ? "go" : "already");
    compare(name(c.ask(execute(""))), m.other());
    compare(name(c.ask(stream_start(""))), m.other());
    compare(name(c.ask(catalog(tables()))), m.other());
    compare(name(c.ask(capabilities())), m.other());
    compare(name(c.ask(prepare(""))), m.other());
    const std::string of_statements = m.connected && !m.lost ? "go" : "already";
    compare(name(c.ask(close_statement(statement_id(1)))), of_statements);
    compare(name(c.ask(clear_statements())), of_statements);
    compare(name(c.ask(begin())), m.in_or_out(false, "transaction_active"));
    compare(name(c.ask(commit())), m.in_or_out(true, "invalid_argument"));
    compare(name(c.ask(rollback())), m.in_or_out(true, "invalid_argument"));
    for (std::uint64_t id = 0; id <= m.started + 2; ++id) {
        compare(name(c.ask(stream_fetch(stream_id(id)))), m.by_id(id, "closed"));
        compare(name(c.ask(stream_close(stream_id(id)))), m.by_id(id, "already"));
    }
    count += c.in_transaction() == m.transaction ? 0 : 1;
    count += c.open_stream().value() == m.open ? 0 : 1;
    return count;
}

void step(conversation& c, model& m, std::uint64_t dice) {
    switch (dice % 8) {
        case 0:
            if (m.connected) break;
            c.connected();
            m.connected = true;
            break;
        case 1:
        case 2:
            if (m.other() != "go") break;
            m.open = ++m.started;
            CHECK(c.stream_opened().value() == m.open);
            break;
        case 3:
        case 4:
            c.stream_finished();
            m.open = 0;
            break;
        case 5:
            if (m.other() != "go") break;
            if (m.transaction)
                c.transaction_finished();
            else
                c.transaction_opened();
            m.transaction = !m.transaction;
            break;
        case 6:
            if (!m.connected || dice % 3 != 0) break;
            c.broke();
            m.lost = true;
            m.open = 0;
            m.transaction = false;
            break;
        default:
            if (dice % 3 != 0) break;
            c.disconnected();
            m.connected = m.lost = m.transaction = false;
            m.open = 0;
    }
}

}  // namespace

TEST_CASE("every request in every state gets the answer of the table") {
    for (const row& r : table()) {
        INFO(r.what);
        CHECK(ask(r.talk, connect("")) == r.connect);
        CHECK(ask(r.talk, disconnect()) == r.disconnect);
        CHECK(ask(r.talk, execute("")) == r.execute);
        CHECK(ask(r.talk, stream_start("")) == r.start);
        CHECK(ask(r.talk, prepare("")) == r.prepare);
        CHECK(ask(r.talk, close_statement(statement_id(1))) == r.clear);
        CHECK(ask(r.talk, clear_statements()) == r.clear);
        CHECK(ask(r.talk, begin()) == r.begin);
        CHECK(ask(r.talk, commit()) == r.commit);
        CHECK(ask(r.talk, rollback()) == r.rollback);
        CHECK(ask(r.talk, stream_fetch(stream_id(2))) == r.fetch_open);
        CHECK(ask(r.talk, stream_close(stream_id(2))) == r.close_open);
        CHECK(ask(r.talk, stream_fetch(stream_id(1))) == "closed");
        CHECK(ask(r.talk, stream_close(stream_id(1))) == "already");
        for (const std::uint64_t never : {0u, 3u, 99u}) {
            CHECK(ask(r.talk, stream_fetch(stream_id(never))) == "stale_handle");
            CHECK(ask(r.talk, stream_close(stream_id(never))) == "stale_handle");
        }
    }
}

TEST_CASE("a new conversation is disconnected and knows no stream") {
    const conversation c;
    CHECK(c.now() == state::disconnected);
    CHECK_FALSE(c.in_transaction());
    CHECK_FALSE(c.open_stream());
    CHECK(ask(c, stream_fetch(stream_id(1))) == "stale_handle");
}

TEST_CASE("each state is what was last reported") {
    CHECK(idle().now() == state::idle);
    CHECK(streaming().now() == state::streaming);
    CHECK(streaming().open_stream() == stream_id(2));
    CHECK_FALSE(idle().open_stream());
    CHECK(disconnected().now() == state::disconnected);
    CHECK(broken().now() == state::broken);
    CHECK(streaming_in_transaction().in_transaction());
    CHECK_FALSE(broken().in_transaction());
    CHECK_FALSE(disconnected().in_transaction());
}

TEST_CASE("ids of streams go on after a reconnect") {
    conversation c = disconnected();
    c.connected();
    CHECK(c.stream_opened() == stream_id(3));
    CHECK(ask(c, stream_fetch(stream_id(2))) == "closed");
}

TEST_CASE("asking changes nothing") {
    const conversation c = streaming();
    for (int i = 0; i < 3; ++i) {
        CHECK(ask(c, stream_fetch(stream_id(2))) == "go");
        CHECK(ask(c, stream_close(stream_id(2))) == "go");
        CHECK(ask(c, disconnect()) == "go");
    }
    CHECK(c.now() == state::streaming);
}

TEST_CASE("a random walk never leaves the rules") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        std::mt19937_64 random(seed);
        conversation c;
        model m;
        int wrong = differences(c, m);
        for (int i = 0; i < 300 && m.started < 30; ++i) {
            step(c, m, random());
            wrong += differences(c, m);
        }
        INFO("seed " << seed);
        CHECK(wrong == 0);
    }
}

}  // namespace sluice::protocol
