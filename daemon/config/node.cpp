#include "daemon/config/node.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace daskd::config {

bool same_key(std::string_view a, std::string_view b) {
    auto const plain = [](char c) { return c == '-' ? '_' : c; };
    return std::ranges::equal(a, b, {}, plain, plain);
}

node const* find(node const& map, std::string_view key) {
    auto const it = std::ranges::find_if(map.members, [&](member const& m) { return same_key(m.key, key); });
    return it == map.members.end() ? nullptr : &it->value;
}

node* find(node& map, std::string_view key) {
    return const_cast<node*>(find(std::as_const(map), key)); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

origin const& place_of(node const& map, std::string_view key) {
    auto const* value = find(map, key);
    return value == nullptr ? map.at : value->at;
}

node make_map(origin at) {
    node map;
    map.is = node::kind::map;
    map.at = std::move(at);
    return map;
}

node make_string(std::string text, origin at) {
    node string;
    string.value = text;
    string.text = std::move(text);
    string.at = std::move(at);
    return string;
}

void merge(node& into, node const& newer) {
    if (newer.is != node::kind::map) {
        into = newer;
        return;
    }
    if (into.is != node::kind::map) into = make_map(newer.at);
    for (auto const& m : newer.members) {
        auto there =
            std::ranges::find_if(into.members, [&](member const& old) { return same_key(old.key, m.key); });
        if (there == into.members.end()) there = into.members.insert(there, {m.key, m.at, {}});
        // A map that goes on is still where it began; a replaced value is where it was replaced.
        if (m.value.is != node::kind::map) there->at = m.at;
        merge(there->value, m.value);
    }
}

void assign(node& map, std::string_view path, node value) {
    if (map.is != node::kind::map) map = make_map(value.at);
    auto const dot = path.find('.');
    auto const key = path.substr(0, dot);
    auto* there = find(map, key);
    if (there == nullptr) {
        map.members.push_back({std::string(key), value.at, {}});
        there = &map.members.back().value;
    }
    if (dot == std::string_view::npos)
        *there = std::move(value);
    else
        assign(*there, path.substr(dot + 1), std::move(value));
}

json to_json(node const& value) {
    switch (value.is) {
    case node::kind::list: {
        auto list = json::array();
        for (auto const& item : value.items)
            list.push_back(to_json(item));
        return list;
    }
    case node::kind::map: {
        auto map = json::object();
        for (auto const& m : value.members)
            map[m.key] = to_json(m.value);
        return map;
    }
    case node::kind::scalar: break;
    }
    if (value.value.is_number_float()) {
        auto const number = value.value.get<double>();
        if (std::isnan(number)) return "nan";
        if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    }
    return value.value;
}

} // namespace daskd::config
