#include "daemon/core/dask_setting.hpp"

#include "common/durations.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

bool is_same_key(std::string_view a, std::string_view b) {
    auto const folded = [](char c) { return c == '_' ? '-' : c; };
    return std::ranges::equal(a, b, {}, folded, folded);
}

json const* find_member(json const& map, std::string_view key) {
    if (!map.is_object()) return nullptr;
    for (auto const& [name, value] : map.items())
        if (is_same_key(name, key)) return &value;
    return nullptr;
}

/// The map under `key`, made if need be, with what was there under another spelling.
json& descend(json& map, std::string_view key) {
    json found = json::object();
    for (auto it = map.begin(); it != map.end();) {
        if (!is_same_key(it.key(), key)) {
            ++it;
            continue;
        }
        if (it->is_object()) found.update(*it);
        it = map.erase(it);
    }
    return map[std::string(key)] = std::move(found);
}

} // namespace

void set_setting(json& dask, std::string_view path, json value) {
    if (!dask.is_object()) dask = json::object();
    auto* place = &dask;
    for (;;) {
        auto const dot = path.find('.');
        place = &descend(*place, path.substr(0, dot));
        if (dot == std::string_view::npos) break;
        path.remove_prefix(dot + 1);
    }
    *place = std::move(value);
}

json const* find_setting(json const& dask, std::string_view path) {
    json const* found = &dask;
    while (found != nullptr && !path.empty()) {
        auto const dot = std::min(path.find('.'), path.size());
        found = find_member(*found, path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<milliseconds> find_duration(json const& dask, std::string_view path) {
    auto const* value = find_setting(dask, path);
    if (value == nullptr || (!value->is_string() && !value->is_number())) return std::nullopt;
    auto const read = parse_duration(value->is_string() ? value->get<std::string>() : value->dump());
    return read ? std::optional(*read) : std::nullopt;
}

} // namespace daskd::core
