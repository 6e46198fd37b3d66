#include "daemon/core/tls.hpp"

#include "daemon/core/dask_setting.hpp"

#include <algorithm>
#include <string_view>

namespace daskd::core {
namespace {

std::string with_hyphens(std::string key) {
    std::ranges::replace(key, '_', '-');
    return key;
}

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

/// The map under `key`, made if need be, and what the user spelled otherwise moved there: Dask takes both
/// spellings for one, and would let the last win.
json& descend(json& map, std::string const& key) {
    json found = json::object();
    for (auto it = map.begin(); it != map.end();) {
        if (with_hyphens(it.key()) != key) {
            ++it;
            continue;
        }
        if (it->is_object()) found.update(*it);
        it = map.erase(it);
    }
    return map[key] = std::move(found);
}

void assign(json& map, std::string const& key, json value) {
    descend(map, key);
    map[key] = std::move(value);
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
    if (!dask.is_object()) dask = json::object();
    auto& comm = descend(descend(dask, "distributed"), "comm");
    assign(comm, "require-encryption", true);
    auto& tls = descend(comm, "tls");
    assign(tls, "ca-file", files.ca_file);
    assign(tls, "scheduler", {{"cert", files.cert}, {"key", files.key}});
    assign(tls, "worker", {{"cert", files.cert}, {"key", files.key}});
    assign(tls, "client", {{"cert", files.client_cert}, {"key", files.client_key}});
    return dask;
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
