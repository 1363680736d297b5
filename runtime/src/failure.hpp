#pragma once
// Errors that the runtime itself makes: nothing reached the server unless told otherwise.
//
// Threads: functions of their arguments; any thread.

#include <sluice/protocol/error.hpp>

#include <string>

namespace sluice::runtime {

[[nodiscard]] error failure(errc, std::string message, outcome = outcome::none, session_state = session_state::usable);
// On a handle that is empty, moved from, or whose session is gone.
[[nodiscard]] error closed_handle();
[[nodiscard]] error engine_gone();
// In a child of the process that made the handle.
[[nodiscard]] error of_another_process();

}  // namespace sluice::runtime
