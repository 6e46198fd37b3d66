#include "daemon/supervise/host_check.hpp"

#include "common/join.hpp"
#include "daemon/process/host_network.hpp"
#include "daemon/tls/given_files.hpp"

#include <algorithm>
#include <chrono>

namespace daskd::supervise {
namespace {

void check_interfaces(config::loaded& loaded) {
    std::vector<std::string> present;
    for (auto const& pool : loaded.settings.pools) {
        if (!pool.interface || pool.launcher != config::launcher_kind::local) continue;
        if (present.empty()) present = process::read_host_network().interfaces;
        if (std::ranges::find(present, *pool.interface) != present.end()) continue;
        loaded.diagnostics.push_back(
            {"", 0, 0, "daskd.pools." + pool.name + ".interface",
             "this host has no '" + *pool.interface + "', but " + join(present, ", ")});
    }
}

void check_tls(config::loaded& loaded) {
    auto const& tls = loaded.settings.tls;
    if (tls.is != config::tls_setting::mode::files) return;
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (auto const& wrong : tls::check_given_files(tls.given, now))
        loaded.diagnostics.push_back({"", 0, 0, "daskd.tls." + wrong.key, wrong.text});
}

} // namespace

void check_against_host(config::loaded& loaded) {
    if (!loaded.diagnostics.empty()) return;
    check_tls(loaded);
    check_interfaces(loaded);
}

} // namespace daskd::supervise
