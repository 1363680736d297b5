#include "control.hpp"

#include "threads.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace sluice::runtime {

namespace {

using namespace std::chrono_literals;

constexpr clock::rep no_time = clock::time_point::max().time_since_epoch().count();

// A source with one deadline at a time, that remembers when it was told.
class alarm_clock final : public deadline_source {
public:
    ~alarm_clock() {
        if (when_gone) when_gone();
    }
    [[nodiscard]] clock::time_point next_deadline() const noexcept override {
        if (when_asked) when_asked();
        return clock::time_point(clock::duration(at_.load()));
    }
    void expire(clock::time_point) noexcept override {
        const auto at = at_.exchange(no_time);
        if (at == no_time) return;
        late_.store((clock::now() - clock::time_point(clock::duration(at))).count());
        rung_.fetch_add(1);
        rung_.notify_all();
    }
    void set(control& c, clock::time_point at) {
        at_.store(at.time_since_epoch().count());
        c.sooner(at);
    }
    // Sets it and waits until it has rung; how late that was.
    [[nodiscard]] clock::duration ring(control& c, clock::time_point at) {
        const auto before = rung_.load();
        set(c, at);
        rung_.wait(before);
        return clock::duration(late_.load());
    }
    [[nodiscard]] int rung() const { return rung_; }

    std::function<void()> when_asked;
    std::function<void()> when_gone;

private:
    std::atomic<clock::rep> at_{no_time};
    std::atomic<clock::rep> late_{0};
    std::atomic<int> rung_{0};
};

void nothing() {}

// Counts what is allocated and not given back.
template <class T>
struct counting_allocator {
    using value_type = T;
    std::shared_ptr<std::atomic<std::int64_t>> count;
    explicit counting_allocator(std::shared_ptr<std::atomic<std::int64_t>> c) : count(std::move(c)) {}
    template <class U>
    counting_allocator(const counting_allocator<U>& other) : count(other.count) {}
    T* allocate(std::size_t n) {
        count->fetch_add(1);
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) {
        count->fetch_sub(1);
        std::allocator<T>().deallocate(p, n);
    }
    template <class U>
    bool operator==(const counting_allocator<U>& other) const {
        return count == other.count;
    }
};

}  // namespace

TEST_CASE("a deadline is told never early and soon after it has come") {
    test::watchdog dog("four alarm clocks");
    control c(nothing);
    constexpr int clocks = 4;
    constexpr int rounds = 60;
    std::vector<std::vector<clock::duration>> late(clocks);
    {
        test::crew crew;
        for (int i = 0; i < clocks; ++i) {
            crew.add([&c, &mine = late[static_cast<std::size_t>(i)], i] {
                std::mt19937 random(static_cast<unsigned>(i));
                const auto source = std::make_shared<alarm_clock>();
                c.watch(source);
                for (int r = 0; r < rounds; ++r)
                    mine.push_back(source->ring(c, clock::now() + std::chrono::microseconds(random() % 4000)));
            });
        }
    }
    int early = 0;
    int slow = 0;
    clock::duration latest{};
    for (const auto& mine : late) {
        for (const auto by : mine) {
            early += by < clock::duration::zero() ? 1 : 0;
            slow += by > 100ms ? 1 : 0;
            latest = std::max(latest, by);
        }
    }
    CHECK(early == 0);
    CHECK(slow <= clocks * rounds / 20);  // a machine that is busy with other things
    CHECK(latest < 10s);
}

TEST_CASE("deadlines are told in their order and those that are not due stay") {
    test::watchdog dog("three alarm clocks");
    control c(nothing);
    const auto far = std::make_shared<alarm_clock>();
    const auto near = std::make_shared<alarm_clock>();
    const auto past = std::make_shared<alarm_clock>();
    for (const auto& source : {far, near, past}) c.watch(source);
    far->set(c, clock::now() + 1h);
    CHECK(near->ring(c, clock::now() + 5ms) >= 0ns);
    CHECK(past->ring(c, clock::now() - 1h) >= 1h);
    CHECK(far->rung() == 0);
}

TEST_CASE("a source of its own thread is told whatever the others do") {
    test::watchdog dog("sooner from eight threads");
    control c(nothing);
    std::atomic<int> not_once{0};
    {
        test::crew crew;
        for (int i = 0; i < 8; ++i) {
            crew.add([&] {
                for (int r = 0; r < 150; ++r) {
                    const auto source = std::make_shared<alarm_clock>();  // made, watched, told and gone
                    c.watch(source);
                    (void)source->ring(c, clock::now());
                    if (source->rung() != 1) ++not_once;
                }
            });
        }
    }
    CHECK(not_once == 0);
}

TEST_CASE("a source that dies while it is asked may use the control thread") {
    test::watchdog dog("a source that dies on the control thread");
    control c(nothing);
    auto source = std::make_shared<alarm_clock>();
    const auto other = std::make_shared<alarm_clock>();
    std::atomic<bool> gone{false};
    // Asked, it drops the last reference but that of the control thread.
    std::atomic<bool> asked{false};
    source->when_asked = [&] {
        if (!asked.exchange(true)) source.reset();
    };
    source->when_gone = [&] {
        c.watch(other);
        c.sooner(clock::now());
        gone = true;
        gone.notify_all();
    };
    c.watch(source);
    c.kick();
    gone.wait(false);
    CHECK(other->ring(c, clock::now()) >= 0ns);
}

TEST_CASE("sources that are gone are forgotten while nothing has a deadline") {
    control c(nothing);
    const auto alive = std::make_shared<std::atomic<std::int64_t>>(0);
    for (int i = 0; i < 10000; ++i) c.watch(std::allocate_shared<alarm_clock>(counting_allocator<alarm_clock>(alive)));
    CHECK(*alive < 100);
}

TEST_CASE("after each kick the sweep runs") {
    test::watchdog dog("kicks from four threads");
    std::atomic<std::uint64_t> sweeps{0};
    std::atomic<std::uint64_t> kicks{0};
    {
        control c([&] { sweeps.store(kicks.load()); });  // it has seen all kicks so far
        {
            test::crew crew;
            for (int i = 0; i < 4; ++i) {
                crew.add([&] {
                    for (int r = 0; r < 300; ++r) {
                        const auto mine = kicks.fetch_add(1) + 1;
                        c.kick();
                        while (sweeps.load() < mine) std::this_thread::yield();
                    }
                });
            }
        }
    }
    CHECK(sweeps == 1200);
}

TEST_CASE("the control thread ends whatever goes on") {
    test::watchdog dog("control threads that are stopped");
    const test::time_box time;
    for (unsigned seed = 1; seed <= 100 && !time.over(); ++seed) {
        const auto kept = std::make_shared<alarm_clock>();
        control c([] { std::this_thread::yield(); });
        std::atomic<bool> over{false};
        test::crew crew;
        for (int i = 0; i < 3; ++i) {
            crew.add([&, i] {
                c.watch(kept);
                while (!over) {
                    if (i == 0) c.kick();
                    if (i == 1) kept->set(c, clock::now() + 50us);
                    if (i == 2) c.watch(std::make_shared<alarm_clock>());
                    std::this_thread::yield();
                }
                kept->set(c, clock::now());
                c.kick();
            });
        }
        crew.start();
        std::mt19937 random(seed);
        for (unsigned i = 0; i < random() % 200; ++i) std::this_thread::yield();
        c.stop();
        const int rung = kept->rung();
        over = true;
        crew.join();
        c.stop();
        CHECK(kept->rung() == rung);  // nobody is told any more
    }
}

}  // namespace sluice::runtime
