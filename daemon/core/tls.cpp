#include "daemon/core/tls.hpp"

#include "daemon/core/dask_setting.hpp"

#include <algorithm>
#include <string_view>

namespace daskd::core {
namespace {

bool names_text(json const* value) {
    return value != nullptr && value->is_string() && !value->get_ref<std::string const&>().empty();
}

bool has_own_files(json const& dask) {
    return names_text(find_setting(dask, "distributed.comm.tls.ca-file")) &&
           names_text(find_setting(dask, "distributed.comm.tls.scheduler.cert"));
}

bool requires_encryption(json const& dask) {
    auto const* value = find_setting(dask, "distributed.comm.require-encryption");
    return value != nullptr && *value == true;
}

} // namespace

bool is_loopback(std::string const& host) {
    std::string_view name = host;
    if (auto const scheme = name.find("://"); scheme != std::string_view::npos)
        name.remove_prefix(scheme + 3);
    return name == "localhost" || name == "::1" || name == "[::1]" || name.starts_with("127.");
}

tls_source choose_tls(config::tls_setting const& setting, std::string const& scheduler_host,
                      json const& dask) {
    using mode = config::tls_setting::mode;
    if (setting.is == mode::files) return tls_source::given;
    bool const is_needed = !is_loopback(scheduler_host) || requires_encryption(dask);
    bool const is_on = setting.is == mode::on || (setting.is == mode::automatic && is_needed);
    if (!is_on) return tls_source::none;
    return has_own_files(dask) ? tls_source::dask : tls_source::own;
}

json with_tls(json dask, tls_files const& files) {
    set_setting(dask, "distributed.comm.require-encryption", true);
    auto const set = [&](std::string const& path, json value) {
        set_setting(dask, "distributed.comm.tls." + path, std::move(value));
    };
    set("ca-file", files.ca_file);
    set("scheduler", {{"cert", files.cert}, {"key", files.key}});
    set("worker", {{"cert", files.cert}, {"key", files.key}});
    set("client", {{"cert", files.client_cert}, {"key", files.client_key}});
    return dask;
}

std::vector<std::string> worker_tls_files(json const& dask) {
    std::vector<std::string> files;
    // As a client too: a task may open a client of its own.
    for (auto const* key : {"ca-file", "worker.cert", "worker.key", "client.cert", "client.key"}) {
        auto const* value = find_setting(dask, "distributed.comm.tls." + std::string(key));
        if (!names_text(value)) continue;
        auto const& file = value->get_ref<std::string const&>();
        if (std::ranges::find(files, file) == files.end()) files.push_back(file);
    }
    return files;
}

std::map<std::string, std::string> client_environment(std::string const& address,
                                                      std::optional<tls_files> const& files) {
    std::map<std::string, std::string> variables{{"DASK_SCHEDULER_ADDRESS", address}};
    if (files) {
        variables["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"] = files->ca_file;
        variables["DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT"] = files->client_cert;
        variables["DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY"] = files->client_key;
    }
    return variables;
}

} // namespace daskd::core
