#include "daemon/supervise/tls_setup.hpp"

#include "daemon/process/host_network.hpp"
#include "daemon/tls/given_files.hpp"
#include "daemon/tls/own_files.hpp"

#include <algorithm>

namespace daskd::supervise {
namespace {

tls::time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

bool is_dns_name(std::string const& name) {
    auto const is_fine = [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.';
    };
    return std::ranges::all_of(name, is_fine);
}

/// All that this host goes by, as a certificate lists it.
tls::names names_of_host() {
    auto const host = process::read_host_network();
    tls::names names;
    for (auto const& name : host.host_names)
        if (is_dns_name(name)) names.push_back("DNS:" + name);
    for (auto const& address : host.addresses)
        names.push_back("IP:" + address);
    return names;
}

} // namespace

result<void> set_up_tls(core::plan_input& input, cluster_paths const& paths) {
    auto const& settings = input.settings;
    input.tls = core::choose_tls(settings.tls, core::scheduler_host(input).host, settings.dask);
    input.tls_paths.reset();
    if (input.tls == core::tls_source::given) input.tls_paths = tls::use_given_files(settings.tls.given);
    if (input.tls != core::tls_source::own) return {};
    auto files = tls::keep_own_files(paths.tls_dir(), names_of_host(), now());
    if (!files) return files.error();
    input.tls_paths = *std::move(files);
    return {};
}

} // namespace daskd::supervise
