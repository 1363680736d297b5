#include "policy/stream_window.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

using answer = stream_window::answer;
using delivery = stream_window::delivery;
using finish = stream_window::finish;

std::string name(answer a) {
    switch (a) {
        case answer::batch:
            return "batch";
        case answer::wait:
            return "wait";
        case answer::busy:
            return "busy";
        case answer::end:
            return "end";
        case answer::failed:
            return "failed";
        default:
            return "closed";
    }
}
std::string name(delivery d) {
    if (d == delivery::reader) return "reader";
    return d == delivery::buffer ? "buffer" : "drop";
}

// A window in each state that there is; of two batches of prefetch.
stream_window fresh() {
    return stream_window(2);
}
stream_window waited_for() {
    stream_window w(2);
    CHECK(w.ask() == answer::wait);
    return w;
}
stream_window buffered(int count) {
    stream_window w(2);
    for (int i = 0; i < count; ++i) CHECK(w.fetched() == delivery::buffer);
    return w;
}
stream_window over(finish how, int left) {
    stream_window w = buffered(left);
    CHECK_FALSE(w.finished(how));
    return w;
}
stream_window closed(stream_window w) {
    (void)w.close();
    return w;
}

struct row {
    std::string what;
    stream_window from;
    std::string ask;
    std::string fetched;
    bool finished, withdraw, close;  // whether a waiting reader has to be told
    bool wants;
};

std::vector<row> table() {
    return {
        {"fresh", fresh(), "wait", "buffer", false, false, false, true},
        {"waited for", waited_for(), "busy", "reader", true, true, true, true},
        {"one buffered", buffered(1), "batch", "buffer", false, false, false, true},
        {"full", buffered(2), "batch", "buffer", false, false, false, false},
        {"at its end", over(finish::end, 0), "end", "drop", false, false, false, false},
        {"at its end with one to read", over(finish::end, 1), "batch", "drop", false, false, false, false},
        {"failed", over(finish::failed, 0), "failed", "drop", false, false, false, false},
        {"failed with one to read", over(finish::failed, 1), "batch", "drop", false, false, false, false},
        {"closed", closed(fresh()), "closed", "drop", false, false, false, false},
        {"closed while waited for", closed(waited_for()), "closed", "drop", false, false, false, false},
        {"closed with one to read", closed(buffered(1)), "closed", "drop", false, false, false, false},
        {"closed after its end", closed(over(finish::end, 1)), "closed", "drop", false, false, false, false},
    };
}

}  // namespace

TEST_CASE("every event in every state of a window has the answer of the table") {
    for (const row& r : table()) {
        INFO(r.what);
        CHECK(r.from.wants() == r.wants);
        stream_window w = r.from;
        CHECK(name(w.ask()) == r.ask);
        w = r.from;
        CHECK(name(w.fetched()) == r.fetched);
        CHECK(w.buffered() == r.from.buffered() + (r.fetched == "buffer" ? 1 : 0));
        for (const finish how : {finish::end, finish::failed}) {
            w = r.from;
            CHECK(w.finished(how) == r.finished);
            CHECK(w.is_finished());
            CHECK_FALSE(w.waiting());
        }
        w = r.from;
        CHECK(w.withdraw() == r.withdraw);
        CHECK(name(w.ask()) == (r.withdraw ? "wait" : r.ask));
        w = r.from;
        CHECK(w.close() == r.close);
        CHECK(w.buffered() == 0);
        CHECK(name(w.ask()) == "closed");
    }
}

TEST_CASE("what a window has come to repeats for ever") {
    for (const auto& w : {over(finish::end, 0), over(finish::failed, 0), closed(fresh())}) {
        stream_window again = w;
        const auto first = again.ask();
        for (int i = 0; i < 5; ++i) CHECK(again.ask() == first);
    }
}

TEST_CASE("the first end of a window counts") {
    stream_window ended = over(finish::end, 0);
    CHECK_FALSE(ended.finished(finish::failed));
    CHECK(ended.ask() == answer::end);
    stream_window failed = over(finish::failed, 0);
    CHECK_FALSE(failed.finished(finish::end));
    CHECK(failed.ask() == answer::failed);
}

namespace {

// The same in the plainest words: numbers in a line, and how it ended.
struct model {
    std::vector<int> line;
    std::string over;  // empty, "end" or "failed"
    bool waiting = false;
    bool closed = false;

    std::string ask() {
        if (waiting) return "busy";
        if (closed) return "closed";
        if (!line.empty()) {
            line.erase(line.begin());
            return "batch";
        }
        if (!over.empty()) return over;
        waiting = true;
        return "wait";
    }
    bool tell() {
        const bool told = waiting;
        waiting = false;
        return told;
    }
    std::string fetched() {
        if (closed || !over.empty()) return "drop";
        if (tell()) return "reader";
        line.push_back(0);
        return "buffer";
    }
};

// One step in both; the number of differences.
int step(stream_window& w, model& m, std::uint64_t dice, std::size_t prefetch) {
    int wrong = 0;
    const auto same = [&wrong](const auto& is, const auto& should) {
        wrong += is == should ? 0 : 1;
    };
    switch (dice % 16) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
            same(name(w.ask()), m.ask());
            break;
        case 13:
            if (dice / 16 % 8 != 0) break;
            if (m.over.empty()) m.over = dice / 128 % 2 == 0 ? "end" : "failed";
            same(w.finished(dice / 128 % 2 == 0 ? finish::end : finish::failed), m.tell());
            break;
        case 14:
            same(w.withdraw(), m.tell());
            break;
        case 15:
            if (dice / 16 % 8 != 0) break;
            same(w.close(), m.tell());
            m.line.clear();
            m.closed = true;
            break;
        default:
            if (w.wants() || dice / 16 % 16 == 0) same(name(w.fetched()), m.fetched());
    }
    same(w.wants(), m.over.empty() && !m.closed && m.line.size() < prefetch);
    same(w.buffered(), m.line.size());
    same(w.waiting(), m.waiting);
    same(w.is_closed(), m.closed);
    same(w.is_finished(), !m.over.empty());
    // Never a batch in the buffer and a reader who waits for one.
    same(w.waiting() && w.buffered() > 0, false);
    return wrong;
}

}  // namespace

TEST_CASE("a random walk through a window agrees with a model of it") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        const std::size_t prefetch = 1 + random() % 8;
        stream_window w(prefetch);
        model m;
        int wrong = 0;
        for (int i = 0; i < 300; ++i) wrong += step(w, m, random(), prefetch);
        CHECK(wrong == 0);
    }
}

TEST_CASE("a window between two results") {
    using next = stream_window::next_answer;
    stream_window w = buffered(2);
    CHECK(w.ask_next() == next::unread);
    CHECK_FALSE(w.result_ended());
    CHECK_FALSE(w.wants());
    CHECK_FALSE(w.is_finished());
    CHECK(w.ask_next() == next::unread);  // buffered ones first
    CHECK(w.ask() == answer::batch);
    CHECK(w.ask() == answer::batch);
    for (int again = 0; again < 3; ++again) CHECK(w.ask() == answer::end);
    CHECK_FALSE(w.wants_next());
    CHECK(w.ask_next() == next::wait);
    CHECK(w.wants_next());
    CHECK(w.ask_next() == next::busy);
    CHECK(w.ask() == answer::busy);

    SECTION("opened while its reader waits") {
        CHECK(w.opened_next());
        CHECK_FALSE(w.wants_next());
        CHECK(w.wants());
        CHECK(w.ask_next() == next::unread);
        CHECK(w.ask() == answer::wait);
        CHECK(w.fetched() == delivery::reader);
        CHECK(w.ask() == answer::wait);
        CHECK(w.result_ended());
        CHECK(w.ask() == answer::end);
        CHECK(w.ask_next() == next::wait);
        CHECK(w.finished(finish::end));
        CHECK(w.ask_next() == next::none);
        CHECK(w.ask() == answer::end);
    }
    SECTION("opened when its reader has gone") {
        CHECK(w.withdraw());
        CHECK(w.wants_next());  // it stays to come
        CHECK(w.ask() == answer::end);
        CHECK_FALSE(w.opened_next());
        CHECK(w.fetched() == delivery::buffer);
        CHECK(w.ask() == answer::end);  // nobody has been told of it
        CHECK(w.ask_next() == next::opened);
        CHECK(w.ask() == answer::batch);
        CHECK(w.ask_next() == next::unread);
    }
    SECTION("failed on the way") {
        CHECK(w.finished(finish::failed));
        CHECK(w.ask() == answer::failed);
        CHECK(w.ask_next() == next::failed);
        CHECK_FALSE(w.opened_next());
        CHECK_FALSE(w.result_ended());
    }
    SECTION("closed") {
        CHECK(w.close());
        CHECK_FALSE(w.wants_next());
        CHECK_FALSE(w.opened_next());
        CHECK(w.ask_next() == next::closed);
        CHECK(w.ask() == answer::closed);
    }
}

}  // namespace sluice::runtime
