#include "daemon/ssh/library.hpp"

#include "daemon/async/unique_fd.hpp"

#include <stdexcept>
#include <sys/eventfd.h>

namespace daskd::ssh {

void start_library() {
    static int const outcome = libssh2_init(0);
    if (outcome != 0) throw std::runtime_error("libssh2 does not start: " + std::to_string(outcome));
}

int placeholder_fd() {
    static async::unique_fd const fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    return fd.get();
}

std::string last_error_text(LIBSSH2_SESSION* session) {
    char* text = nullptr;
    auto const code = libssh2_session_last_error(session, &text, nullptr, 0);
    return std::string(text ? text : "") + " (libssh2 " + std::to_string(code) + ")";
}

bool can_use_rsa() {
    return libssh2_version(0x010b00) != nullptr;
}

} // namespace daskd::ssh
