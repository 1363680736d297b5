#pragma once
// Whether this is still the process in which something was made: after fork() the child has the memory of its parent
// and none of its threads.
//
// Threads: a value; any thread. POSIX only behind this header.

namespace sluice::runtime {

class process_mark {
public:
    process_mark() noexcept;  // of this process
    // This is another one: a child.
    [[nodiscard]] bool is_foreign() const noexcept;

private:
    long process_;
};

}  // namespace sluice::runtime
