#include "daemon/config/hosts_key.hpp"

#include "daemon/config/host_names.hpp"
#include "daemon/config/job_check.hpp"
#include "daemon/config/schema.hpp"

#include <algorithm>
#include <array>

namespace daskd::config {
namespace {

constexpr auto expected = "a host such as node1 or alice@node1:2222 or node[01-16], or a map with 'host'";

/// They say something of the pool as a whole.
constexpr std::array<std::string_view, 5> keys_of_the_pool{"launcher", "hosts", "adapt", "tunnel",
                                                           "link_tolerance"};

/// One entry of the list.
struct host_entry {
    std::vector<host_address> hosts;
    node overrides; ///< a map
};

std::optional<host_entry> read_entry(node const& item, reading const& at) {
    host_entry entry;
    entry.overrides = make_map(item.at);
    auto const* name = &item;
    if (item.is == node::kind::map) {
        entry.overrides = item;
        std::erase_if(entry.overrides.members, [](member const& m) { return same_key(m.key, "host"); });
        name = find(item, "host");
        if (name == nullptr) {
            at.fail(item.at, "needs 'host'");
            return std::nullopt;
        }
    }
    if (name->is != node::kind::scalar || name->is_null() || name->text.empty()) {
        at.mismatch(*name, expected);
        return std::nullopt;
    }
    auto hosts = parse_hosts(name->text);
    if (!hosts) {
        at.fail(name->at, "'" + name->text + "': " + hosts.error().what);
        return std::nullopt;
    }
    entry.hosts = *std::move(hosts);
    return entry;
}

void check_overrides(node const& overrides, reading const& at) {
    for (auto const& m : overrides.members)
        for (auto const key : keys_of_the_pool)
            if (same_key(m.key, key)) at.inside(m.key).fail(m.at, "holds for the whole pool, not for a host");
    pool_settings unused;
    read_keys(pool_keys(), overrides, unused, at);
    check_without_queue(overrides, at);
}

std::vector<node> items_of(node const& list) {
    if (list.is == node::kind::list) return list.items;
    return list.is_null() ? std::vector<node>{} : std::vector<node>{list};
}

std::optional<std::vector<host_settings>> read_hosts(node const& list, reading const& at) {
    std::vector<host_settings> hosts;
    bool good = true;
    for (auto const& item : items_of(list)) {
        auto const entry = read_entry(item, at);
        good = good && entry;
        if (!entry) continue;
        check_overrides(entry->overrides, at);
        for (auto const& address : entry->hosts) {
            if (std::ranges::any_of(hosts, [&](auto const& h) { return h.address.name == address.name; })) {
                at.fail(item.at, "'" + address.name +
                                     "' is there twice (for another port or user, give it a name of its own "
                                     "in ~/.ssh/config)");
                good = false;
                break;
            }
            hosts.push_back({address, to_json(entry->overrides), {}});
        }
    }
    if (hosts.size() > most_hosts) {
        at.fail(list.at, "more than " + std::to_string(most_hosts) + " hosts");
        good = false;
    }
    if (!good) return std::nullopt;
    return hosts;
}

/// What a host has other than its pool.
ordered_json write_host(host_settings const& host) {
    if (host.overrides.empty()) return to_string(host.address);
    ordered_json map{{"host", to_string(host.address)}};
    for (auto const& [key, value] : host.overrides.items())
        map[key] = value;
    return map;
}

} // namespace

codec<host_address> one_host() {
    return {[](node const& value, reading const& at) -> std::optional<host_address> {
                auto const hosts = value.is == node::kind::scalar
                                       ? parse_hosts(value.text)
                                       : result<std::vector<host_address>>(error{errc::usage, "", ""});
                if (hosts && hosts->size() == 1) return hosts->front();
                at.mismatch(value, "a host such as login1 or alice@login1:2222");
                return std::nullopt;
            },
            [](host_address const& host) -> ordered_json { return to_string(host); }};
}

codec<std::vector<host_settings>> hosts() {
    return {read_hosts,
            [](std::vector<host_settings> const& hosts) {
                auto list = ordered_json::array();
                for (auto const& host : hosts)
                    list.push_back(write_host(host));
                return list;
            },
            {{"type", {"array", "object", "string", "number", "null"}},
             {"items",
              any_of({{"type", {"string", "number"}}, {"minLength", 1}}, {{"$ref", host_schema_place}})}}};
}

ordered_json host_schema() {
    std::vector<key_doc> keys{
        {"host", "", "a name, or several: node[01-16]", true, {}, {{"type", {"string", "number"}}}}};
    for (auto const& key : pool_keys())
        if (std::ranges::find(keys_of_the_pool, key.doc.name) == keys_of_the_pool.end())
            keys.push_back(key.doc);
    return map_schema(keys, {"host"});
}

void resolve_hosts(pool_settings& pool, node const& merged) {
    auto const* list = find(merged, "hosts");
    if (list == nullptr) return;
    std::vector<diagnostic> already_reported;
    reading const quiet(already_reported, "");
    auto host = pool.hosts.begin();
    for (auto const& item : items_of(*list)) {
        auto const entry = read_entry(item, quiet);
        if (!entry) return;
        for (std::size_t n = 0; n < entry->hosts.size(); ++n, ++host) {
            if (host == pool.hosts.end()) return;
            if (entry->overrides.members.empty()) continue;
            auto there = merged;
            merge(there, entry->overrides);
            pool_settings settings;
            read_keys(pool_keys(), there, settings, quiet);
            settings.name = pool.name;
            settings.hosts.clear();
            host->own.push_back(std::move(settings));
        }
    }
}

} // namespace daskd::config
