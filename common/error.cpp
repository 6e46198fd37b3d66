#include "common/error.hpp"

#include <cstring>

namespace daskd {

std::string errno_text(int number) {
    return std::strerror(number); // NOLINT(concurrency-mt-unsafe): one thread
}

error system_error(std::string const& what) {
    return {errc::failed, what + ": " + errno_text(), ""};
}

} // namespace daskd
