#include "daemon/config/schema.hpp"

#include "common/names.hpp"
#include "daemon/config/container_key.hpp"
#include "daemon/config/hosts_key.hpp"
#include "daemon/config/http_key.hpp"
#include "daemon/config/on_event_key.hpp"
#include "daemon/config/tls_key.hpp"
#include "daemon/config/worker_args.hpp"

namespace daskd::config {
namespace {

using namespace std::chrono_literals;

/// Pool names get "-0" and so on appended and must still be worker names.
constexpr std::size_t longest_pool_name = 58;

/// Checks a pool by itself. Its values are read by pools.cpp, together with the defaults.
void check_pool(node const& pool, reading const& at) {
    pool_settings unused;
    read_keys(pool_keys(), pool, unused, at);
}

void check_pools(node const& pools, cluster_settings& /*into*/, reading const& at) {
    if (pools.is_null()) return;
    if (pools.is != node::kind::map) {
        at.mismatch(pools, "a map of pools");
        return;
    }
    for (auto const& m : pools.members) {
        if (!is_valid_worker_name(m.key) || m.key.size() > longest_pool_name)
            at.inside(m.key).fail(
                m.at, "'" + m.key + "' is no pool name: 1 to " + std::to_string(longest_pool_name) +
                          " printable characters without space, '/', '*', '?', '[', ']', '\\'");
        check_pool(m.value, at.inside(m.key));
    }
}

ordered_json write_pools(cluster_settings const& cluster) {
    auto pools = ordered_json::object();
    for (auto const& pool : cluster.pools)
        pools[pool.name] = write_keys(pool_keys(), pool);
    return pools;
}

ordered_json pool_or_null() {
    return any_of({{"$ref", "#/definitions/pool"}}, {{"type", "null"}});
}

entry<cluster_settings> defaults_entry() {
    return {{"defaults", "{}", "merged under every pool", true, {}, pool_or_null()},
            [](node const& value, cluster_settings&, reading const& at) { check_pool(value, at); },
            {}};
}

entry<cluster_settings> pools_entry() {
    key_doc local{"local", "", "any name; without configuration there is this one", true,
                  docs_of(pool_keys())};
    return {{"pools",
             "",
             "groups of workers that are alike",
             true,
             {std::move(local)},
             {{"type", {"object", "null"}}, {"additionalProperties", pool_or_null()}}},
            check_pools,
            write_pools};
}

} // namespace

table<scheduler_settings> const& scheduler_keys() {
    using scheduler = scheduler_settings;
    static table<scheduler> const keys{
        setting("host", &scheduler::host, automatic_or(text("a host name or an address")), "auto",
                "auto: 127.0.0.1"),
        setting("port", &scheduler::port, automatic_or(whole(1, 65535)), "auto",
                "auto: 8786, else any free port, kept from then on; a number is a demand"),
        setting("dashboard", &scheduler::dashboard, dashboard(), "auto",
                "auto: 127.0.0.1:8787 or a free port; false: none"),
        setting("python", &scheduler::python, automatic_or(text("the path of a Python interpreter")), "auto",
                "auto: as for the workers"),
        setting("env", &scheduler::env, variables(), "{}", "variables of the scheduler's environment"),
        setting("args", &scheduler::args, texts(complaint_about_scheduler_arg), "[]",
                "further arguments of `dask scheduler`"),
        setting("preload", &scheduler::preload, texts(), "[]",
                "modules or files for `dask scheduler --preload`"),
        setting("idle_timeout", &scheduler::idle_timeout, null_or(duration(100ms)), "null",
                "take the cluster down after being idle for this time; null: as Dask is configured"),
        setting("container", &scheduler::container, null_or(container()), "null",
                "{engine, image, command, options}: as for a pool"),
    };
    return keys;
}

table<cluster_settings> const& cluster_keys() {
    using cluster = cluster_settings;
    constexpr std::uint64_t smallest_log = 1024;
    static table<cluster> const keys{
        group("scheduler", &cluster::scheduler, scheduler_keys(), "the one scheduler"),
        setting("tls", &cluster::tls, tls(), "auto",
                "auto: as soon as the scheduler listens beyond loopback; on, off, or {ca_file, cert, key}"),
        setting("log_size", &cluster::log_size_bytes, size(smallest_log), "16MiB",
                "of one process; rotated, 3 kept"),
        setting(
            "on_event", &cluster::on_event, event_hooks(), "[]",
            "[{kinds: [worker.failed], command: [notify-send, daskd]}]: run with the event as JSON on stdin"),
        setting("http", &cluster::http, null_or(http_address()), "null",
                "127.0.0.1:PORT or a socket path: serves /metrics and /healthz"),
        defaults_entry(),
        pools_entry(),
    };
    return keys;
}

ordered_json json_schema() {
    ordered_json const ours = any_of(map_schema(docs_of(cluster_keys())), {{"type", "null"}});
    return {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", "Configuration of Dask and of daskd"},
            {"description", "Dask's own settings may stand beside 'daskd'."},
            {"type", {"object", "null"}},
            {"properties", {{"daskd", ours}}},
            {"definitions", {{"pool", map_schema(docs_of(pool_keys()))}, {"host", host_schema()}}}};
}

key_doc documentation() {
    return {"daskd", "", "", true, docs_of(cluster_keys())};
}

} // namespace daskd::config
