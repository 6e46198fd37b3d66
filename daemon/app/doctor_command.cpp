#include "daemon/app/doctor_command.hpp"

#include "daemon/doctor/examine.hpp"
#include "daemon/survey/survey.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <unistd.h>

namespace daskd::app {
namespace {

survey::told read_input() {
    if (::isatty(STDIN_FILENO) == 1) return survey::read_told({});
    std::string const text(std::istreambuf_iterator<char>(std::cin), {});
    auto const value = parse_json(text);
    return survey::read_told(value ? *value : json());
}

} // namespace

exit_code doctor_command(options const& o) {
    spdlog::set_level(spdlog::level::off); // it speaks by its findings alone
    auto paths = find_paths(o.cluster, process_environment(), ::getuid());
    if (!paths) {
        std::fprintf(stderr, "daskd: %s\n  %s\n", paths.error().what.c_str(), paths.error().hint.c_str());
        return to_exit_code(paths.error().code);
    }
    boost::asio::io_context context;
    auto seen = boost::asio::co_spawn(context, survey::look_around(*paths, o.config_file, read_input()),
                                      boost::asio::use_future);
    context.run();
    auto const findings = doctor::examine(seen.get());
    std::puts(to_json(findings).dump().c_str());
    return worst(findings) == doctor::verdict::wrong ? exit_code::failed : exit_code::done;
}

} // namespace daskd::app
