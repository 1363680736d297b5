#pragma once
// Memory of this process, from /proc (Linux only).
//
// Threads: any.

namespace demo {

// MiB in use now, and the most that ever was. 0 where the system does not tell.
[[nodiscard]] double resident_mib();
[[nodiscard]] double peak_resident_mib();

}  // namespace demo
