// Guards what the lock-free mailbox stands on: a recycled node of boost::lockfree::queue carries its tag on, so that a
// push that was overtaken cannot link behind a node that has come round again (ABA). The queue reads the tag out of the
// dead node's memory inside the new node's constructor, which a compiler may one day take for an indeterminate value.
// The mailbox itself is compiled into this file, and the file once with -O2 and once with -O3.

#include "../../runtime/src/mailbox.cpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>

namespace sluice::runtime {

using queue = boost::lockfree::queue<std::uint32_t>;

// Explicit instantiation may name private members: the one way to look at them without changing what is compiled.
template <auto Member>
struct impl_member {
    friend auto& queue_of(mailbox& box) { return ((box.*Member).get())->slots; }
};
template <auto Member>
struct head_member {
    friend auto& head_of(queue& q) { return q.*Member; }
};

auto& queue_of(mailbox&);
auto& head_of(queue&);
template struct impl_member<&mailbox::impl_>;
template struct head_member<&queue::head_>;

namespace {

__attribute__((noinline)) bool push_one(mailbox& box, std::uint32_t number) {
    return box.push(number);
}
__attribute__((noinline)) bool pop_one(mailbox& box, std::uint32_t& number) {
    return box.pop(number);
}

}  // namespace

TEST_CASE("a node that comes round again carries its tag on") {
    mailbox box(2);
    std::map<const void*, std::uint16_t> last;  // the tag with which each node was last at the end of the queue
    std::uint64_t rounds_seen = 0;
    std::uint64_t not_carried_on = 0;
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        std::uint32_t got = 0;
        REQUIRE((push_one(box, i) && pop_one(box, got) && got == i));
        // Empty again: head is the node that was pushed, and its next is null with the tag that counts.
        auto* node = head_of(queue_of(box)).load().get_ptr();
        const auto next = node->next.load();
        REQUIRE(next.get_ptr() == nullptr);
        if (const auto it = last.find(node); it != last.end()) {
            ++rounds_seen;
            const auto steps = static_cast<std::uint16_t>(next.get_tag() - it->second);
            if (steps == 0 || steps > 4) ++not_carried_on;
        }
        last[node] = next.get_tag();
    }
    CHECK(rounds_seen > 100'000);
    CHECK(not_carried_on == 0);
}

}  // namespace sluice::runtime
