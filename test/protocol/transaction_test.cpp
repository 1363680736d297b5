// The conversation of a session that has a transaction with a handle, and the options of one.
#include <sluice/protocol/conversation.hpp>
#include <sluice/protocol/transaction_options.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using namespace sluice::protocol;
using namespace std::chrono_literals;

namespace {

constexpr transaction_id none;
constexpr transaction_id first(1);
constexpr transaction_id second(2);

conversation connected() {
    conversation talk;
    talk.connected();
    return talk;
}

bool goes(const verdict& v) {
    return v.what == permission::go;
}

}  // namespace

TEST_CASE("conversation: an open transaction with a handle keeps the others out") {
    auto talk = connected();
    CHECK(goes(talk.ask_within(none)));
    talk.transaction_opened(first);
    CHECK(goes(talk.ask_within(first)));
    CHECK(talk.ask_within(none).code == errc::transaction_active);
    CHECK(talk.ask_within(second).code == errc::stale_handle);
    CHECK(talk.ask(begin()).code == errc::transaction_active);
    talk.transaction_finished();
    CHECK(talk.ask_within(first).code == errc::stale_handle);
    CHECK(goes(talk.ask_within(none)));
}

TEST_CASE("conversation: one without a handle is as it was") {
    auto talk = connected();
    talk.transaction_opened();
    CHECK(goes(talk.ask_within(none)));
    CHECK(talk.ask_within(first).code == errc::stale_handle);
    CHECK(talk.transaction() == none);
    CHECK(goes(talk.ask(savepoint("s"))));
}

TEST_CASE("conversation: savepoints belong to a transaction") {
    auto talk = connected();
    CHECK(talk.ask(savepoint("s")).code == errc::invalid_argument);
    CHECK(talk.ask(rollback_to("s")).code == errc::invalid_argument);
    CHECK(talk.ask(release("s")).code == errc::invalid_argument);
    talk.transaction_opened(first);
    CHECK(goes(talk.ask(savepoint("s"))));
    (void)talk.stream_opened();
    CHECK(talk.ask(release("s")).code == errc::session_busy);
}

TEST_CASE("conversation: one that was lost is told so and nobody else is kept out") {
    auto talk = connected();
    talk.transaction_opened(first);
    talk.broke();
    CHECK(talk.was_lost(first));
    CHECK(talk.ask_within(first).code == errc::connection_lost);
    CHECK(goes(talk.ask_within(none)));  // ask() says that the connection is lost

    auto next = connected();
    next.transaction_lost_as(first);
    CHECK(next.ask_within(first).code == errc::connection_lost);
    CHECK(goes(next.ask_within(none)));
    CHECK(goes(next.ask(execute("select 1"))));
    next.transaction_opened(second);
    CHECK(next.ask_within(first).code == errc::connection_lost);
    CHECK(next.ask_within(none).code == errc::transaction_active);
    next.transaction_lost_as(none);
    CHECK(next.was_lost(first));
}

TEST_CASE("transaction options: what is out of range is told in one error") {
    CHECK_FALSE(transaction_options().problems().has_value());
    CHECK(transaction_options().is_plain());
    CHECK_FALSE(transaction_options().read_only(true).is_plain());
    CHECK_FALSE(transaction_options().lock_timeout(1ms).problems().has_value());
    CHECK_FALSE(transaction_options().lock_timeout(24h).problems().has_value());
    for (const auto wait : {0ms, -1ms, std::chrono::milliseconds(24h) + 1ms})
        CHECK(transaction_options().lock_timeout(wait).problems()->code() == errc::invalid_argument);
    CHECK(transaction_options().isolation(static_cast<isolation>(9)).problems().has_value());
    CHECK(to_string(isolation::repeatable_read) == "repeatable_read");
}
