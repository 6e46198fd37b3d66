// DASK_… variables, one NAME=VALUE a line, and their Python literals.

#include "daemon/config/load.hpp"
#include "daemon/config/python_literal.hpp"
#include "daemon/config/show.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    (void)config::read_python_literal(input, {"fuzz", 0, 0});
    config::sources from;
    while (!input.empty()) {
        auto const line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        auto const equals = line.find('=');
        if (equals != std::string_view::npos && line.find('\0') == std::string_view::npos)
            from.environment["DASK_" + std::string(line.substr(0, equals))] = line.substr(equals + 1);
    }
    auto const read = load(from);
    if (read.diagnostics.empty()) (void)config::show(read.settings);
}
