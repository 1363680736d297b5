#include "tcp_proxy.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
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

// What has come on one side goes to the other. False: one of them is gone.
bool forward(int from, int to) {
    std::array<char, 65'536> bytes{};
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    for (ssize_t sent = 0; sent < got;) {
        const ssize_t now = ::send(to, bytes.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += now;
    }
    return true;
}

}  // namespace

class tcp_proxy::impl {
public:
    enum class mode : std::uint8_t { serving, refusing, cutting, over };

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

    void set(mode wanted) {
        std::unique_lock lock(mutex_);
        wanted_ = wanted;
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
            std::vector<pollfd> all{{wake_[0], POLLIN, 0}};
            const bool listens = now_ == mode::serving || now_ == mode::cutting;
            all.push_back({listens ? listener_ : -1, POLLIN, 0});
            for (const auto& [client, server] : pairs_) {
                all.push_back({client, POLLIN, 0});
                all.push_back({server, POLLIN, 0});
            }
            ::poll(all.data(), all.size(), -1);
            for (std::size_t n = pairs_.size(); n-- > 0;) pass_on(n, all[2 + 2 * n].revents, all[3 + 2 * n].revents);
            if (all[1].revents != 0) accept_one();
            if (all[0].revents != 0 && !change()) return;
        }
    }
    void pass_on(std::size_t n, short of_client, short of_server) {
        const auto [client, server] = pairs_[n];
        bool alive = true;
        if (of_client != 0) alive = forward(client, server);
        if (alive && of_server != 0) alive = forward(server, client);
        if (alive) return;
        ::close(client);
        ::close(server);
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
        if (wanted_ != mode::serving) {
            for (const auto& [client, server] : pairs_) {
                reset(client);
                ::close(server);
            }
            pairs_.clear();
        }
        if (wanted_ == mode::refusing) {
            ::close(listener_);
            listener_ = bound_socket(port_);
        } else if (wanted_ != mode::over) {
            ::listen(listener_, 256);
        }
        now_ = wanted_;
        changed_.notify_all();
        return now_ != mode::over;
    }

    const std::uint16_t to_;
    int listener_;  // of the thread, after it has started; so are the pairs
    std::uint16_t port_ = 0;
    std::array<int, 2> wake_{};
    std::vector<std::pair<int, int>> pairs_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
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

std::vector<std::chrono::steady_clock::time_point> tcp_proxy::accepted() const {
    return impl_->accepted();
}

}  // namespace sluice::testing
