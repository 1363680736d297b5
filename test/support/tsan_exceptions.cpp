// For the thread sanitizer only. An exception that comes out of a future belongs to two threads, and is freed by the
// one that is through with it last. They count in libstdc++.so, which is not instrumented: the sanitizer does not see
// the order that the count makes, and takes the freeing for a race. A lock around the counting shows it.
//
// Threads: any thread.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

#include <dlfcn.h>
#include <exception>
#include <mutex>

namespace {

std::recursive_mutex& counting() {
    static auto* const only = new std::recursive_mutex;  // exceptions outlive statics
    return *only;
}

template <class Function>
Function the_real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// In place of those of libstdc++, which they call.

extern "C" void __cxa_end_catch() {
    static const auto real = the_real<void (*)()>("__cxa_end_catch");
    const std::lock_guard lock(counting());
    real();
}

void std::__exception_ptr::exception_ptr::_M_release() noexcept {
    static const auto real =
        the_real<void (*)(std::exception_ptr*)>("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv");
    const std::lock_guard lock(counting());
    real(this);
}

#endif
#endif
