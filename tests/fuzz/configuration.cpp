// A configuration file, whoever wrote it: all that is wrong with it is told, and what is shown reads the
// same.

#include "daemon/config/load.hpp"
#include "daemon/config/show.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace daskd;
using fuzzing::require;

config::loaded load_text(std::string_view text) {
    static int const fd = ::memfd_create("configuration", 0);
    require(::ftruncate(fd, 0) == 0 &&
                ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
            "the fuzzer can write");
    config::sources from;
    from.files = {"/proc/self/fd/" + std::to_string(fd)};
    return load(from);
}

} // namespace

void fuzz(std::string_view input) {
    auto const read = load_text(input);
    for (auto const& d : read.diagnostics)
        require(!d.text.empty(), "a diagnostic says what is wrong");
    if (!read.diagnostics.empty()) return;
    auto const shown = config::show(read.settings);
    auto const again = load_text(shown);
    if (!again.diagnostics.empty())
        std::fprintf(stderr, "%s\n%s\n", to_string(again.diagnostics.front()).c_str(), shown.c_str());
    require(again.diagnostics.empty(), "what `config show` prints is accepted");
    require(config::show(again.settings) == shown, "and means the same");
}
