#include "ctl/manual.hpp"

#include <cstdio>

/// Prints daskctl(1) at build time: make_manual DATE.
int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::fputs(daskd::ctl::manual_page(argv[1]).c_str(), stdout);
    return 0;
}
