#include "daemon/app/config_command.hpp"

#include "daemon/config/load.hpp"
#include "daemon/config/schema.hpp"
#include "daemon/config/show.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/supervise/host_check.hpp"

#include <cstdio>

namespace daskd::app {
namespace {

config::loaded load(options const& o) {
    auto loaded = config::load(config::find_sources(process::own_environment(), o.config_file, ""));
    supervise::check_against_host(loaded);
    return loaded;
}

std::string as_lines(std::vector<config::diagnostic> const& diagnostics) {
    std::string text;
    for (auto const& d : diagnostics)
        text += to_string(d) + "\n";
    return text;
}

} // namespace

std::string config_problems(options const& o) {
    return as_lines(load(o).diagnostics);
}

exit_code config_command(std::string const& verb, options const& o) {
    if (verb == "example") {
        std::fputs(config::example().c_str(), stdout);
        return exit_code::done;
    }
    if (verb == "schema") {
        std::puts(config::json_schema().dump(1).c_str());
        return exit_code::done;
    }
    auto const loaded = load(o);
    if (!loaded.diagnostics.empty()) {
        std::fputs(as_lines(loaded.diagnostics).c_str(), stderr);
        return exit_code::usage;
    }
    if (verb == "show") {
        std::fputs(config::show(loaded.settings).c_str(), stdout);
        return exit_code::done;
    }
    if (loaded.files.empty()) std::puts("no configuration file: defaults apply");
    for (auto const& file : loaded.files)
        std::printf("%s: fine\n", file.c_str());
    return exit_code::done;
}

} // namespace daskd::app
