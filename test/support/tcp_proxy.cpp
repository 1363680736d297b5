#include "tcp_proxy.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace sluice::testing {
namespace {

sockaddr_in here(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

// The other side gets a reset, and no port waits.
void reset(int fd) {
    const linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(fd);
}

int bound_socket(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const sockaddr_in at = here(port);
    if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        throw std::runtime_error("tcp_proxy: no port");
    return fd;
}

int connected_socket(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in at = here(port);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return fd;
    if (fd >= 0) ::close(fd);
    return -1;
}

void send_at_once(int fd) {
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

// What has come; empty: it is gone.
std::string received(int from) {
    std::array<char, 65'536> bytes{};
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
    return got <= 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(got));
}

// False: it is gone.
bool send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t now = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (now <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(now));
    }
    return true;
}

// One direction of a connection, and what is on its way.
class lane {
public:
    lane(int from, int to) : from_(from), to_(to) {}
    // False, of both: one of the ends is gone.
    bool take(std::chrono::milliseconds late) {
        std::string bytes = received(from_);
        if (bytes.empty()) return false;
        under_way_.emplace_back(std::chrono::steady_clock::now() + late, std::move(bytes));
        return true;
    }
    bool deliver(std::chrono::steady_clock::time_point due) {
        for (; !under_way_.empty() && under_way_.front().first <= due; under_way_.pop_front())
            if (!send_all(to_, under_way_.front().second)) return false;
        return true;
    }
    [[nodiscard]] std::chrono::steady_clock::time_point next() const {
        return under_way_.empty() ? std::chrono::steady_clock::time_point::max() : under_way_.front().first;
    }

private:
    int from_;
    int to_;
    std::deque<std::pair<std::chrono::steady_clock::time_point, std::string>> under_way_;
};

struct connection {
    connection(int of_client, int of_server)
        : client(of_client), server(of_server), there(of_client, of_server), back(of_server, of_client) {}
    int client;
    int server;
    lane there;
    lane back;
};

}  // namespace

class tcp_proxy::impl {
public:
    enum class mode : std::uint8_t { serving, refusing, cutting, holding, slow, over };

    explicit impl(std::uint16_t to) : to_(to), listener_(bound_socket(0)) {
        sockaddr_in at{};
        socklen_t size = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        if (::pipe(wake_.data()) != 0) throw std::runtime_error("tcp_proxy: no pipe");
        thread_ = std::thread([this] { run(); });
        set(mode::serving);
    }
    ~impl() {
        set(mode::over);
        thread_.join();
        ::close(listener_);
        for (const int fd : wake_) ::close(fd);
    }

    void set(mode wanted, std::chrono::milliseconds late = {}) {
        std::unique_lock lock(mutex_);
        wanted_ = wanted;
        wanted_late_ = late;
        const char byte = 0;
        if (::write(wake_[1], &byte, 1) != 1) return;
        changed_.wait(lock, [&] { return now_ == wanted; });
    }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::vector<std::chrono::steady_clock::time_point> accepted() const {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }

private:
    void run() {
        while (true) {
            const bool listens = now_ == mode::serving || now_ == mode::cutting || now_ == mode::slow;
            const short wanted = now_ == mode::holding ? 0 : POLLIN;
            std::vector<pollfd> all{{wake_[0], POLLIN, 0}};
            all.push_back({listens ? listener_ : -1, POLLIN, 0});
            for (const auto& one : pairs_) {
                all.push_back({wanted != 0 ? one.client : -1, wanted, 0});
                all.push_back({wanted != 0 ? one.server : -1, wanted, 0});
            }
            ::poll(all.data(), all.size(), wanted == 0 ? -1 : time_to_wait());
            if (wanted != 0)
                for (std::size_t n = pairs_.size(); n-- > 0;)
                    pass_on(n, all[2 + 2 * n].revents != 0, all[3 + 2 * n].revents != 0);
            if (all[1].revents != 0) accept_one();
            if (all[0].revents != 0 && !change()) return;
        }
    }
    [[nodiscard]] int time_to_wait() const {
        auto next = std::chrono::steady_clock::time_point::max();
        for (const auto& one : pairs_) next = std::min({next, one.there.next(), one.back.next()});
        if (next == std::chrono::steady_clock::time_point::max()) return -1;
        if (late_.count() == 0) return 0;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
        return static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0}));
    }
    void pass_on(std::size_t n, bool from_client, bool from_server) {
        connection& one = pairs_[n];
        const bool taken = (!from_client || one.there.take(late_)) && (!from_server || one.back.take(late_));
        const auto due =
            late_.count() == 0 ? std::chrono::steady_clock::time_point::max() : std::chrono::steady_clock::now();
        if (taken && one.there.deliver(due) && one.back.deliver(due)) return;
        ::close(one.client);
        ::close(one.server);
        pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(n));
    }
    void accept_one() {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        {
            const std::lock_guard lock(mutex_);
            accepted_.push_back(std::chrono::steady_clock::now());
        }
        const int server = now_ == mode::cutting ? -1 : connected_socket(to_);
        if (server < 0) return reset(client);
        send_at_once(client);
        send_at_once(server);
        pairs_.emplace_back(client, server);
    }
    // False: it is over.
    bool change() {
        char byte = 0;
        if (::read(wake_[0], &byte, 1) != 1) return false;
        const std::lock_guard lock(mutex_);
        // First: who is reset connects again at once, and shall not find who listened.
        if (wanted_ == mode::refusing) {
            ::close(listener_);
            listener_ = bound_socket(port_);
        } else if (wanted_ != mode::over) {
            ::listen(listener_, 256);
        }
        if (wanted_ == mode::refusing || wanted_ == mode::cutting || wanted_ == mode::over) {
            for (const auto& one : pairs_) {
                reset(one.client);
                ::close(one.server);
            }
            pairs_.clear();
        }
        now_ = wanted_;
        late_ = wanted_late_;
        changed_.notify_all();
        return now_ != mode::over;
    }

    const std::uint16_t to_;
    int listener_;  // of the thread, after it has started; so are the pairs
    std::uint16_t port_ = 0;
    std::array<int, 2> wake_{};
    std::vector<connection> pairs_;
    std::chrono::milliseconds late_{};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::chrono::milliseconds wanted_late_{};                      // guarded by mutex_
    mode wanted_ = mode::refusing;                                 // guarded by mutex_
    mode now_ = mode::refusing;                                    // guarded by mutex_; written by the thread
    std::vector<std::chrono::steady_clock::time_point> accepted_;  // guarded by mutex_
    std::thread thread_;
};

tcp_proxy::tcp_proxy(std::uint16_t to) : impl_(std::make_unique<impl>(to)) {}
tcp_proxy::~tcp_proxy() = default;

std::uint16_t tcp_proxy::port() const noexcept {
    return impl_->port();
}

void tcp_proxy::serve() {
    impl_->set(impl::mode::serving);
}

void tcp_proxy::refuse() {
    impl_->set(impl::mode::refusing);
}

void tcp_proxy::cut() {
    impl_->set(impl::mode::cutting);
}

void tcp_proxy::hold() {
    impl_->set(impl::mode::holding);
}

void tcp_proxy::slow(std::chrono::milliseconds late) {
    impl_->set(impl::mode::slow, late);
}

std::vector<std::chrono::steady_clock::time_point> tcp_proxy::accepted() const {
    return impl_->accepted();
}

}  // namespace sluice::testing
