#include "daemon/manual/pages.hpp"

#include <cstdio>
#include <string_view>

/// Prints a manual page at build time: make_manual daskd.8|daskd.yaml.5 DATE.
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    bool const is_daemon = std::string_view(argv[1]) == "daskd.8";
    auto const page =
        is_daemon ? daskd::manual::daemon_page(argv[2]) : daskd::manual::configuration_page(argv[2]);
    std::fputs(page.c_str(), stdout);
    return 0;
}
