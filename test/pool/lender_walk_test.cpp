// The lender in a world of random events: first come, first served, never two borrowers, nobody forgotten.

#include <sluice/pool/lender.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluice::lending {

namespace {

using entry = lender::entry;
using state = lender::state;

// A world around a lender: it counts connections and borrowers, and who was promised what.
class world {
public:
    explicit world(std::uint64_t seed) : random_(seed), most_(random_() % 6), lender_(most_) {}

    void step() {
        const std::uint64_t dice = random_() % 16;
        if (dice < 6) return want();
        if (dice < 9) return come_back(random_() % 4 != 0);
        if (dice < 11) return connection(random_() % 3 != 0);
        if (dice < 13) return withdraw();
        if (dice == 13) return lost();
        if (dice == 14 && random_() % 32 == 0) return close();
        if (dice == 15 && random_() % 16 == 0) gone(lender_.send_away());
    }
    // Everyone who is still in line is served or sent away, whatever is under way.
    void finish() {
        for (int i = 0; i < 100 && (borrower_ || connecting_); ++i) {
            come_back(true);
            connection(true);
        }
        expect(line_.empty() && !borrower_, "someone is left in line");
        expect(asked_ == granted_ + withdrawn_ + sent_ + refused_, "someone was never answered");
    }
    [[nodiscard]] const std::string& wrong() const { return wrong_; }
    [[nodiscard]] std::uint64_t granted() const { return granted_; }

private:
    void expect(bool good, const std::string& what) {
        if (!good && wrong_.empty()) wrong_ = what;
    }
    void grant(waiter_id who) {
        expect(!borrower_, "two borrowers");
        expect(alive_, "a session that is not there");
        borrower_ = who;
        ++granted_;
    }
    void follow(const lender::handover& next) {
        if (next.to) {
            expect(!line_.empty() && line_.front() == *next.to, "not the first in line");
            if (!line_.empty()) line_.pop_front();
            grant(*next.to);
        } else {
            expect(line_.empty() || next.connect, "nobody, though someone waits");
        }
        if (next.connect) {
            expect(!connecting_ && !alive_, "a second connection");
            connecting_ = true;
        }
    }
    void want() {
        const waiter_id who = ++asked_;
        const auto answer = lender_.want(who);
        if (answer == entry::granted) {
            expect(line_.empty(), "past the line");
            grant(who);
        } else if (answer == entry::waits || answer == entry::connect) {
            line_.push_back(who);
        } else {
            expect(answer == (closed_ ? entry::closed : entry::full), "refused without a reason");
            expect(closed_ || line_.size() >= most_, "refused too early");
            ++refused_;
        }
        if (answer == entry::connect) {
            expect(!connecting_ && !alive_, "a second connection");
            connecting_ = true;
        }
        expect(line_.size() <= std::max<std::size_t>(most_, 1) && lender_.waiting() == line_.size(), "the line");
    }
    void come_back(bool usable) {
        if (!borrower_) return;
        borrower_.reset();
        alive_ = usable;
        follow(lender_.returned(usable));
    }
    void connection(bool made) {
        if (!connecting_) return;
        connecting_ = false;
        alive_ = made;
        if (made)
            follow(lender_.connected());
        else
            gone(lender_.connect_failed());
    }
    void withdraw() {
        const waiter_id who = asked_ == 0 ? 1 : 1 + random_() % asked_;
        const auto it = std::find(line_.begin(), line_.end(), who);
        expect(lender_.withdraw(who) == (it != line_.end()), "withdrawn or not");
        if (it == line_.end()) return;
        line_.erase(it);
        ++withdrawn_;
    }
    void lost() {
        if (lender_.now() == state::idle) alive_ = false;
        lender_.lost();
    }
    void close() {
        lender_.close();
        closed_ = true;
    }
    void gone(const std::vector<waiter_id>& who) {
        expect(std::equal(who.begin(), who.end(), line_.begin(), line_.end()), "sent away out of order");
        sent_ += line_.size();
        line_.clear();
    }

    std::mt19937_64 random_;
    std::size_t most_;
    lender lender_;
    std::deque<waiter_id> line_;
    std::optional<waiter_id> borrower_;
    bool alive_ = false, connecting_ = false, closed_ = false;
    std::uint64_t asked_ = 0, granted_ = 0, withdrawn_ = 0, sent_ = 0, refused_ = 0;
    std::string wrong_;
};

}  // namespace

TEST_CASE("a random walk lends in order and to one at a time and leaves nobody") {
    std::uint64_t granted = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        INFO("seed " << seed);
        world w(seed);
        for (int i = 0; i < 400; ++i) w.step();
        w.finish();
        CHECK(w.wrong() == "");
        granted += w.granted();
    }
    CHECK(granted > 10000);
}

}  // namespace sluice::lending
