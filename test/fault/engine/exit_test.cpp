// A process ends when its main does, whatever drivers do in it.
#include "fault_world.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

struct ending {
    std::chrono::milliseconds engine{};
    clock::duration process{};  // from there on to its end
    int status = -1;
};

// Runs the program; the alarm of the child is the limit.
ending run_stuck_process() {
    // What only a stuck thread knows of is lost with the process, as it has to be.
    const char* const options = std::getenv("ASAN_OPTIONS");
    ::setenv("ASAN_OPTIONS", ((options != nullptr ? std::string(options) + ":" : "") + "detect_leaks=0").c_str(), 1);
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(pipe[1], STDOUT_FILENO);
        ::close(pipe[0]);
        ::close(pipe[1]);
        ::alarm(20);
        ::execl(SLUICE_STUCK_PROCESS, SLUICE_STUCK_PROCESS, nullptr);
        ::_exit(127);
    }
    ::close(pipe[1]);
    ending made;
    std::array<char, 64> text{};
    const ssize_t got = ::read(pipe[0], text.data(), text.size() - 1);
    const auto engine_gone = clock::now();
    ::waitpid(child, &made.status, 0);
    made.process = clock::now() - engine_gone;
    ::close(pipe[0]);
    if (got > 0) made.engine = std::chrono::milliseconds(std::strtol(text.data(), nullptr, 10));
    return made;
}

}  // namespace

TEST_CASE("a process ends in time while its drivers hang") {
    bool in_time = false;
    for (int attempt = 0; attempt < 3 && !in_time; ++attempt) {
        const ending e = run_stuck_process();
        INFO("engine " << e.engine.count() << " ms; process " << e.process / 1ms << " ms; status " << e.status);
        REQUIRE(WIFEXITED(e.status));
        REQUIRE(WEXITSTATUS(e.status) == 0);
        in_time = e.engine <= 100ms + promptly && e.process <= promptly + (sanitized ? 5s : 0s);
    }
    CHECK(in_time);
}
