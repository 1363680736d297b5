#pragma once
// A server that can be taken away: a TCP port that forwards to another one of this machine, refuses, cuts, holds or is
// slow.
//
//     tcp_proxy proxy(port_of_the_server);
//     ... connect to 127.0.0.1, proxy.port() ...
//     proxy.refuse();                       // nobody listens; what was connected is reset
//     proxy.serve();
//     CHECK(proxy.accepted().size() == 1);  // when each connection came, those that were cut too
//
// Threads: any. It forwards on a thread of its own.

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::testing {

class tcp_proxy {
public:
    explicit tcp_proxy(std::uint16_t to);
    tcp_proxy(const tcp_proxy&) = delete;
    tcp_proxy& operator=(const tcp_proxy&) = delete;
    ~tcp_proxy();

    [[nodiscard]] std::uint16_t port() const noexcept;
    // When these return it is so.
    void serve();
    void refuse();  // the port is ours, and nobody listens on it
    void cut();     // who connects is reset at once
    // Nothing comes through, and nobody is told; what was sent arrives when it serves again.
    void hold();
    // What is sent arrives so much later, in each direction, until it does something else.
    void slow(std::chrono::milliseconds);
    [[nodiscard]] std::vector<std::chrono::steady_clock::time_point> accepted() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::testing
