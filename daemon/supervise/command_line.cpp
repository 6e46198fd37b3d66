#include "daemon/supervise/command_line.hpp"

namespace daskd::supervise {
namespace {

constexpr auto default_dashboard = "127.0.0.1:8787";

} // namespace

std::vector<std::string> scheduler_command_line(core::scheduler_spec const& spec, int port) {
    std::vector<std::string> args{"--host", spec.host, "--port", std::to_string(port)};
    if (spec.protocol != "tcp") args.insert(args.end(), {"--protocol", spec.protocol});
    // Told or not, the scheduler serves HTTP, and by itself on every interface.
    if (!spec.dashboard.wanted) {
        args.insert(args.end(), {"--no-dashboard", "--dashboard-address", "127.0.0.1:0"});
    } else {
        args.insert(args.end(), {"--dashboard-address", spec.dashboard.address.value_or(default_dashboard)});
    }
    args.insert(args.end(), spec.process.args.begin(), spec.process.args.end());
    return args;
}

std::vector<std::string> worker_command_line(core::worker_spec const& spec,
                                             std::string const& scheduler_address) {
    std::vector<std::string> args{scheduler_address};
    args.insert(args.end(), spec.process.args.begin(), spec.process.args.end());
    return args;
}

} // namespace daskd::supervise
