// The lender in a world of random events: first come, first served, never two borrowers of one session, never more
// sessions than allowed, nobody forgotten.

#include <sluice/pool/lender.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluice::lending {

namespace {

constexpr std::size_t size_most = 9;

rules some_rules(std::mt19937_64& random) {
    rules r;
    r.max_size = 1 + random() % size_most;
    r.min_idle = random() % (r.max_size + 1);
    r.max_connecting = 1 + random() % 3;
    r.waiters_max = random() % 12;
    r.max_lifetime_ns = random() % 3 == 0 ? never : static_cast<std::int64_t>(1 + random() % 2'000'000'000);
    r.idle_timeout_ns = random() % 3 == 0 ? never : static_cast<std::int64_t>(1 + random() % 2'000'000'000);
    r.order = random() % 2 == 0 ? idle_order::lifo : idle_order::fifo;
    r.check_after_ns = std::array<std::int64_t, 3>{0, never, 50'000'000}[random() % 3];
    r.fail_fast = random() % 3 == 0;
    r.overdue_after_ns = random() % 2 == 0 ? never : static_cast<std::int64_t>(1 + random() % 300'000'000);
    r.keepalive_ns = random() % 2 == 0 ? never : static_cast<std::int64_t>(1 + random() % 500'000'000);
    return r;
}

// A world around a lender: it keeps the line and the sessions in its own simple way, and compares.
class world {
public:
    explicit world(std::uint64_t seed) : random_(seed), rules_(some_rules(random_)), lender_(rules_) {
        if (random_() % 4 == 0) follow(lender_.start(now_));
    }

    void step() {
        now_ += static_cast<std::int64_t>(random_() % 20'000'000);
        const std::uint64_t dice = random_() % 32;
        if (dice < 12)
            want();
        else if (dice < 19)
            come_back(random_() % 8 != 0);
        else if (dice < 24)
            connection(random_() % 4 != 0);
        else if (dice < 27)
            withdraw();
        else if (dice < 29)
            follow(lender_.tick(now_));
        else if (dice == 29)
            test_over(random_() % 4 != 0);
        else if (dice == 30 && random_() % 8 == 0)
            resize();
        else if (dice == 31 && random_() % 32 == 0)
            evict();
        compare();
    }
    // Everyone who is still in line is served or turned away, and everything leaves.
    void finish() {
        follow(lender_.close());
        for (int i = 0; i < 2'000 && !(line_.empty() && sessions_.empty()); ++i) {
            now_ += 10'000'000;
            come_back(random_() % 8 != 0);
            connection(random_() % 4 != 0);
            test_over(random_() % 4 != 0);
            follow(lender_.tick(now_));
            compare();
        }
        expect(line_.empty() && sessions_.empty(), "something is left");
        expect(asked_ == lent_ + withdrawn_ + away_ + refused_, "someone was never answered");
    }
    [[nodiscard]] const std::string& wrong() const { return wrong_; }
    [[nodiscard]] std::uint64_t lent() const { return lent_; }
    [[nodiscard]] std::uint64_t checked() const { return checked_; }
    [[nodiscard]] std::uint64_t tested() const { return tested_; }
    [[nodiscard]] std::uint64_t overdue() const { return overdue_; }
    [[nodiscard]] std::uint64_t down() const { return down_; }

private:
    enum class state { connecting, idle, lent, tested };
    struct session {
        state now = state::connecting;
        bool evicted = false;
        std::int64_t lent_at = 0;
        bool overdue = false;
    };

    void expect(bool good, const char* what) {
        if (!good && wrong_.empty()) wrong_ = what;
    }
    void compare() {
        const auto count = [&](state s) {
            return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                          [&](const auto& one) { return one.second.now == s; }));
        };
        expect(lender_.waiting() == line_.size(), "the line");
        expect(lender_.size() == sessions_.size(), "the sessions");
        expect(lender_.idle() == count(state::idle) && lender_.lent() == count(state::lent), "their states");
        expect(lender_.testing() == count(state::tested), "those that are tested");
        expect(lender_.connecting() <= rules_.max_connecting, "too many connect");
        expect(line_.empty() || lender_.idle() == 0, "an idle session while somebody waits");
        expect(line_.size() <= line_max(), "too long a line");
        expect(line_.empty() || !sessions_.empty(), "somebody waits for nothing");
        expect(sessions_.size() <= std::max(rules_.max_size, excess_), "too many sessions");
        excess_ = sessions_.size() > rules_.max_size ? sessions_.size() : 0;
        // Who waits although there is room has a connection under way, or will have one.
        const bool room = sessions_.size() < rules_.max_size;
        if (!line_.empty() && lender_.connecting() == 0 && lender_.testing() == 0 && room)
            expect(lender_.next_event() != never, "no connection to come");
        // Since the world ticks at random, something may be due; a tick clears it.
        if (random_() % 8 != 0) return;
        follow(lender_.tick(now_));
        expect(lender_.next_event() > now_, "due after a tick");
        for (const auto& [n, s] : sessions_)
            expect(s.now != state::lent || s.overdue == is_overdue(s), "lent for too long, and not named");
    }
    // Those who make a connect begin, and those who come while sessions are tested, get in beside the others.
    [[nodiscard]] std::size_t line_max() const { return rules_.waiters_max + rules_.max_connecting + size_most; }
    [[nodiscard]] bool is_overdue(const session& s) const { return after(s.lent_at, rules_.overdue_after_ns) <= now_; }
    void follow(const steps& then) {
        for (const auto n : then.overdue) {
            session& s = sessions_[n];
            expect(s.now == state::lent && !s.overdue && is_overdue(s), "named, and not overdue or named before");
            s.overdue = true;
            ++overdue_;
        }
        for (const auto n : then.close) {
            const auto it = sessions_.find(n);
            expect(it != sessions_.end(), "closes what is not there");
            if (it != sessions_.end()) sessions_.erase(it);
        }
        for (const auto n : then.connect) {
            expect(sessions_.size() < rules_.max_size, "above the size");
            expect(sessions_.emplace(n, session()).second && n > last_session_, "an old session again");
            last_session_ = n;
        }
        for (const auto n : then.test) {
            expect(sessions_[n].now == state::idle && !sessions_[n].evicted, "tests one that is not idle");
            sessions_[n].now = state::tested;
        }
        for (const auto who : then.turn_away) {
            expect(!line_.empty() && line_.front() == who, "turned away out of order");
            if (!line_.empty()) line_.pop_front();
            ++away_;
        }
        if (then.lend) {
            expect(!line_.empty() && line_.front() == then.lend->to, "not the first in line");
            if (!line_.empty()) line_.pop_front();
            lend(*then.lend);
        }
    }
    void lend(const loan& l) {
        const auto it = sessions_.find(l.session);
        expect(it != sessions_.end() && it->second.now == state::idle, "lent twice, or while it is tested");
        if (it == sessions_.end()) return;
        expect(!l.check || rules_.check_after_ns != never, "checked though nothing is to be");
        checked_ += l.check ? 1 : 0;
        expect(!it->second.evicted, "lent though evicted");
        it->second.now = state::lent;
        it->second.lent_at = now_;
        it->second.overdue = false;
        ++lent_;
    }
    void want() {
        const waiter_id who = ++asked_;
        auto answer = lender_.want(who, now_);
        expect(answer.then.turn_away.empty(), "a wish turns others away");
        if (answer.what == lender::entry::granted) {
            expect(line_.empty() && answer.then.lend && answer.then.lend->to == who, "past the line");
            line_.push_back(who);
            const loan given = *answer.then.lend;
            follow(answer.then);
            if (random_() % 16 == 0) lost(given);
            return;
        }
        if (answer.what == lender::entry::waits) {
            line_.push_back(who);
        } else if (answer.what == lender::entry::full) {
            expect(line_.size() >= rules_.waiters_max, "refused too early");
            ++refused_;
        }
        follow(answer.then);
        if (answer.what == lender::entry::down) refused_as_down();
    }
    // REQUIRES: what followed from the wish is done.
    void refused_as_down() {
        const bool hope = std::any_of(sessions_.begin(), sessions_.end(),
                                      [](const auto& one) { return one.second.now != state::connecting; });
        expect(rules_.fail_fast && !hope && failing_, "down, though there is hope");
        ++refused_;
        ++down_;
    }
    // It was lost while it was idle, as is seen only now; meanwhile others came.
    void lost(const loan& given) {
        for (auto more = random_() % 3; more > 0; --more) {
            const waiter_id who = ++asked_;
            auto answer = lender_.want(who, now_);
            if (answer.what == lender::entry::full)
                ++refused_;
            else if (answer.what != lender::entry::down)
                line_.push_back(who);
            follow(answer.then);
            if (answer.what == lender::entry::down) refused_as_down();
        }
        const bool wants = random_() % 4 != 0;
        --lent_;
        if (wants)
            line_.push_front(given.to);
        else
            ++withdrawn_;
        follow(lender_.lost(given, wants, now_));
        excess_line();
    }
    // Who comes back to a line that is full meanwhile has a place there all the same.
    void excess_line() {
        while (line_.size() > line_max()) {
            expect(lender_.withdraw(line_.back()), "withdrawn or not");
            line_.pop_back();
            ++withdrawn_;
        }
    }
    template <class Chosen>
    std::optional<session_number> some(Chosen chosen) {
        std::vector<session_number> those;
        for (const auto& [n, s] : sessions_)
            if (chosen(s.now)) those.push_back(n);
        if (those.empty()) return std::nullopt;
        return those[random_() % those.size()];
    }
    void come_back(bool usable) {
        const auto n = some([](state s) { return s == state::lent; });
        if (!n) return;
        sessions_[*n].now = state::idle;
        follow(lender_.returned(*n, usable, now_));
        const auto it = sessions_.find(*n);
        expect(usable || it == sessions_.end(), "kept though unusable");
        expect(it == sessions_.end() || !it->second.evicted, "kept though evicted");
    }
    void connection(bool made) {
        const auto n = some([](state s) { return s == state::connecting; });
        if (!n) return;
        failing_ = !made;
        if (made) {
            sessions_[*n].now = state::idle;
            const double luck = static_cast<double>(random_() % 1'000) / 1'000;
            follow(lender_.connected(*n, now_, luck));
        } else {
            sessions_.erase(*n);
            follow(lender_.connect_failed(*n, now_));
        }
    }
    void test_over(bool alive) {
        const auto n = some([](state s) { return s == state::tested; });
        if (!n) return;
        sessions_[*n].now = state::idle;
        follow(lender_.tested(*n, alive, now_));
        expect(alive || sessions_.count(*n) == 0, "kept though dead");
        ++tested_;
    }
    void withdraw() {
        const waiter_id who =
            !line_.empty() && random_() % 2 == 0 ? line_[random_() % line_.size()] : 1 + random_() % (asked_ + 1);
        const auto it = std::find(line_.begin(), line_.end(), who);
        expect(lender_.withdraw(who) == (it != line_.end()), "withdrawn or not");
        if (it == line_.end()) return;
        line_.erase(it);
        ++withdrawn_;
    }
    void resize() {
        rules_.max_size = 1 + random_() % size_most;
        rules_.min_idle = random_() % (rules_.max_size + 1);
        excess_ = sessions_.size();
        follow(lender_.resize(rules_.min_idle, rules_.max_size, now_));
    }
    void evict() {
        for (auto& [n, s] : sessions_) s.evicted = true;
        follow(lender_.evict_all(now_));
    }

    std::mt19937_64 random_;
    rules rules_;
    lender lender_;
    std::int64_t now_ = 0;
    std::deque<waiter_id> line_;
    std::map<session_number, session> sessions_;
    session_number last_session_ = 0;
    std::size_t excess_ = 0;  // sessions above the size after it was made smaller
    std::uint64_t asked_ = 0, lent_ = 0, withdrawn_ = 0, away_ = 0, refused_ = 0, checked_ = 0, tested_ = 0;
    std::uint64_t overdue_ = 0, down_ = 0;
    bool failing_ = false;  // the last connect failed
    std::string wrong_;
};

}  // namespace

TEST_CASE("a random walk lends in order and to one at a time and leaves nobody") {
    std::uint64_t lent = 0;
    std::uint64_t checked = 0;
    std::uint64_t tested = 0;
    std::uint64_t overdue = 0;
    std::uint64_t down = 0;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        world w(seed);
        for (int i = 0; i < 1'000; ++i) w.step();
        w.finish();
        INFO("seed " << seed);
        REQUIRE(w.wrong() == "");
        lent += w.lent();
        checked += w.checked();
        tested += w.tested();
        overdue += w.overdue();
        down += w.down();
    }
    CHECK(lent > 100'000);
    CHECK(checked > 10'000);
    CHECK(tested > 300);
    CHECK(overdue > 1'000);
    CHECK(down > 100);
}

}  // namespace sluice::lending
