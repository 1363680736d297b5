#pragma once
// What a connection is made with where that changes: tokens that expire, passwords that rotate.
//
// Threads: a value. The provider is called by the thread that connects, for each connection, also for one in place of a
// lost one; by several at once. It may block: the connect's deadline goes on, and a thread that never comes back is
// given up like one that is stuck in a driver. What it throws fails the connect: unreachable, with what() in the
// message. It must not wait for a request to the same engine.

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

class credentials {
public:
    credentials() {}
    credentials& user(std::string name) { return set("UID", std::move(name)); }
    credentials& password(std::string secret) { return set("PWD", std::move(secret)); }
    // Any other key of the connection string.
    credentials& set(std::string key, std::string text) {
        keys_.emplace_back(std::move(key), std::move(text));
        return *this;
    }

    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& keys() const noexcept { return keys_; }

private:
    std::vector<std::pair<std::string, std::string>> keys_;
};

using credential_provider = std::function<credentials()>;

}  // namespace sluice
