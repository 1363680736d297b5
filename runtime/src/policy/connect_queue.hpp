#pragma once
// Who may connect to one endpoint, and when: a line of sessions before a reconnect_pace. First come, first served;
// those who asked for this very connection obey only the shortest pace.
//
// Threads: a value; one at a time. Times are nanoseconds of the caller's clock; `random` is 0 to 1, the caller's.

#include "policy/reconnect_pace.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace sluice::runtime {

class connect_queue {
public:
    using who = std::uint64_t;
    static constexpr std::int64_t never = reconnect_pace::never;

    // Stands in line. `asked`: somebody waits for the answer of this attempt and for nothing else.
    void want(who session, bool asked) { line_.push_back({session, asked}); }
    void withdraw(who session) noexcept;
    // Those who may begin now, first come first served; they count as under way until one of the four below.
    [[nodiscard]] std::vector<who> admit(std::int64_t now);
    void succeeded() noexcept { pace_.succeeded(); }
    void failed(std::int64_t now, reconnect_pace::failure how, double random) noexcept {
        pace_.failed(now, how, random);
    }
    void withdrawn(std::int64_t now) noexcept { pace_.withdrawn(now); }
    void unused() noexcept { pace_.unused(); }
    void lost() noexcept { pace_.lost(); }

    // When admit() will have somebody, as far as is known; `never` where somebody else's attempt has to end first.
    [[nodiscard]] std::int64_t next_event(std::int64_t now) const noexcept;
    [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
    [[nodiscard]] const reconnect_pace& pace() const noexcept { return pace_; }

private:
    struct place {
        who session;
        bool asked;
    };
    [[nodiscard]] std::int64_t may_begin(const place&, std::int64_t now) const noexcept;

    reconnect_pace pace_;
    std::deque<place> line_;
};

}  // namespace sluice::runtime
