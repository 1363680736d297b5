#pragma once
// Whether this is compiled with a sanitizer, under which everything takes longer.
//
// Threads: constants; any thread.

namespace sluice::testing {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SLUICE_THREAD_SANITIZED true
#elif __has_feature(address_sanitizer)
#define SLUICE_ADDRESS_SANITIZED true
#endif
#elif defined(__SANITIZE_THREAD__)
#define SLUICE_THREAD_SANITIZED true
#elif defined(__SANITIZE_ADDRESS__)
#define SLUICE_ADDRESS_SANITIZED true
#endif
#if !defined(SLUICE_THREAD_SANITIZED)
#define SLUICE_THREAD_SANITIZED false
#endif
#if !defined(SLUICE_ADDRESS_SANITIZED)
#define SLUICE_ADDRESS_SANITIZED false
#endif
inline constexpr bool thread_sanitized = SLUICE_THREAD_SANITIZED;
inline constexpr bool sanitized = SLUICE_THREAD_SANITIZED || SLUICE_ADDRESS_SANITIZED;

}  // namespace sluice::testing
