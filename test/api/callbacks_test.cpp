// Every operation with tokens that are functions, and with what Asio wraps around them.

#include "support.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/prepend.hpp>

#include <atomic>

using namespace api;

namespace {

struct memory {
    std::atomic<std::int64_t> live{0};
    std::atomic<std::int64_t> allocations{0};
};

template <class T>
struct counting_allocator {
    using value_type = T;
    explicit counting_allocator(std::shared_ptr<memory> of) : counted(std::move(of)) {}
    template <class U>
    counting_allocator(const counting_allocator<U>& other) : counted(other.counted) {}
    T* allocate(std::size_t n) {
        ++counted->live;
        ++counted->allocations;
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) {
        --counted->live;
        std::allocator<T>().deallocate(p, n);
    }
    template <class U>
    friend bool operator==(const counting_allocator& a, const counting_allocator<U>& b) {
        return a.counted == b.counted;
    }
    std::shared_ptr<memory> counted;
};

}  // namespace

TEST_CASE("callback: every operation") {
    try_all([]<class Op>(stage& s) {
        answer<typename Op::value> a;
        Op::start(s, a.handler());
        return a.get();
    });
}

TEST_CASE("callback: every operation by or_throw with an exception_ptr and a value") {
    try_all([]<class Op>(stage& s) {
        answer<typename Op::value> a;
        Op::start(s, sluice::or_throw(a.throwing_handler()));
        return a.get();
    });
}

TEST_CASE("callback: every operation behind an any_completion_handler") {
    try_all([]<class Op>(stage& s) {
        answer<typename Op::value> a;
        asio::any_completion_handler<void(sluice::result<typename Op::value>)> erased(a.handler());
        Op::start(s, std::move(erased));
        return a.get();
    });
}

TEST_CASE("callback: every operation on a loop that has only execute") {
    try_all([]<class Op>(stage& s) {
        gui_loop loop;
        answer<typename Op::value> a;
        Op::start(s, asio::bind_executor(loop.get_executor(), a.handler()));
        REQUIRE(loop.run_until([&] { return a.is_there(); }));
        auto r = a.get();
        CHECK(a.where() == std::this_thread::get_id());
        return r;
    });
}

// The memory of the operation comes from the handler's allocator and is free before the handler is called; the slot is
// connected while the operation is under way and clear after it; run() waits for the strand.
TEST_CASE("callback: every operation with an allocator and a slot and a strand") {
    try_all([]<class Op>(stage& s) {
        asio::io_context context;
        asio::cancellation_signal signal;
        const auto counted = std::make_shared<memory>();
        std::int64_t live_in_handler = -1;
        answer<typename Op::value> a;
        auto handler = [&, inner = a.handler()](sluice::result<typename Op::value> r) mutable {
            live_in_handler = counted->live;
            inner(std::move(r));
        };
        Op::start(s, asio::bind_allocator(
                         counting_allocator<int>(counted),
                         asio::bind_cancellation_slot(
                             signal.slot(), asio::bind_executor(asio::make_strand(context), std::move(handler)))));
        context.run();
        REQUIRE(a.is_there());
        auto r = a.get();
        CHECK(a.where() == std::this_thread::get_id());
        CHECK(counted->allocations > 0);
        CHECK(live_in_handler == 0);
        CHECK(counted->live == 0);
        CHECK_FALSE(signal.slot().has_handler());
        return r;
    });
}

TEST_CASE("callback: every operation detached") {
    theatre house;
    for_each_operation([&]<class Op>() {
        INFO(Op::name);
        stage s = house.set<Op>();
        Op::start(s, asio::detached);
        stage empty = house.set_empty();
        Op::start(empty, asio::detached);
    });
    auto one = in_time(house.engine().connect(house.file().string()));
    one.async_query("insert into item values (4, 'pin', 1)", asio::detached);
    CHECK(in_time(one.query("select count(*) from item where id = 4"))[0].get<int>(0) == 1);
}

TEST_CASE("callback: an executor that takes a std::function is enough") {
    theatre house;
    auto s = house.set<operations::query>();
    gui_loop loop;
    answer<sluice::row_set> a;
    operations::query::start(s, asio::bind_executor(loop.get_plain_executor(), a.handler()));
    REQUIRE(loop.run_until([&] { return a.is_there(); }));
    check<operations::query>(a.get());
    CHECK(a.where() == std::this_thread::get_id());
}

TEST_CASE("callback: append and prepend and consign") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    std::promise<std::tuple<std::size_t, int>> appended;
    std::promise<std::tuple<std::size_t, int>> prepended;
    std::promise<std::size_t> consigned;
    const auto kept = std::make_shared<int>(1);
    db.async_query("select id from item", asio::append(
                                              [&](sluice::result<sluice::row_set> r, int i) {
                                                  appended.set_value({r->size(), i});
                                              },
                                              7));
    db.async_query("select id from item", asio::prepend(
                                              [&](int i, sluice::result<sluice::row_set> r) {
                                                  prepended.set_value({r->size(), i});
                                              },
                                              8));
    db.async_query("select id from item",
                   asio::consign([&](sluice::result<sluice::row_set> r) { consigned.set_value(r->size()); }, kept));
    CHECK(in_time(appended.get_future()) == std::tuple(std::size_t{3}, 7));
    CHECK(in_time(prepended.get_future()) == std::tuple(std::size_t{3}, 8));
    CHECK(in_time(consigned.get_future()) == 3);
}
