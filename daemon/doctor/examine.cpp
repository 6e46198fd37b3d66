#include "daemon/doctor/examine.hpp"

namespace daskd::doctor {

std::vector<finding> examine(facts const& seen) {
    findings all = check_daemon(seen.daemon);
    auto const add = [&all](findings more) {
        for (auto& f : more)
            all.push_back(std::move(f));
    };
    if (seen.status) add(check_cluster(*seen.status));
    add(check_configuration(seen.config_files, seen.config_problems));
    add(check_directories(seen.directories));
    add(check_session(seen.session));
    if (!seen.config_problems.empty()) return all; // the rest follows from settings
    add(check_pythons(seen));
    add(check_hosts(seen.workers));
    add(check_versions(seen));
    add(check_programs(seen.programs));
    add(check_ports(seen.ports));
    add(check_limits(seen.limits));
    add(check_users(seen.reach));
    return all;
}

} // namespace daskd::doctor
