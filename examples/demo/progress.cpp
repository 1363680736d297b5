#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace demo {

namespace {

constexpr std::chrono::milliseconds redraw_every{100};
constexpr int bar_width = 32;

}  // namespace

progress::progress(std::string what, std::int64_t total)
    : what_(std::move(what)),
      total_(std::max<std::int64_t>(total, 1)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      drawn_(start_) {}

void progress::draw() {
    const double share = static_cast<double>(done_) / static_cast<double>(total_);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
    const int filled = static_cast<int>(share * bar_width);
    std::string bar(static_cast<std::size_t>(filled), '#');
    bar.resize(bar_width, '.');
    std::fprintf(stderr, "%s%-9s [%s] %3.0f %%  %lld of %lld rows, %.0f rows/s%s", terminal_ ? "\r" : "", what_.c_str(),
                 bar.c_str(), share * 100, static_cast<long long>(done_), static_cast<long long>(total_), rate,
                 terminal_ ? " " : "\n");
    std::fflush(stderr);
}

void progress::at(std::int64_t done) {
    done_ = done;
    const auto now = std::chrono::steady_clock::now();
    const std::int64_t tenth = done * 10 / total_;
    if (terminal_ ? now - drawn_ < redraw_every : tenth == tenth_) return;
    drawn_ = now;
    tenth_ = tenth;
    draw();
}

void progress::finish() {
    if (terminal_) {
        draw();
        std::fputc('\n', stderr);
    } else if (tenth_ < 10) {
        draw();
    }
    tenth_ = 10;
}

}  // namespace demo
