#pragma once
// What every header of Sluice needs: how a symbol leaves the shared library.
//
// Threads: nothing here runs.

#if defined(_WIN32)
#define SLUICE_EXPORT
#else
#define SLUICE_EXPORT __attribute__((visibility("default")))
#endif
