#include "daemon/config/environment.hpp"

#include "daemon/config/python_literal.hpp"
#include "daemon/config/scalar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace daskd::config {
namespace {

constexpr std::string_view prefix = "DASK_";
constexpr std::array<std::string_view, 3> not_settings{"DASK_CONFIG", "DASK_ROOT_CONFIG",
                                                       "DASK_INTERNAL_INHERIT_CONFIG"};

bool is_setting(std::string_view name) {
    return name.starts_with(prefix) && name.size() > prefix.size() &&
           std::ranges::find(not_settings, name) == not_settings.end();
}

/// "DASK_A__B_C" is "a.b_c".
std::string to_path(std::string_view name) {
    name.remove_prefix(prefix.size());
    std::string path;
    while (!name.empty()) {
        bool const is_dot = name.starts_with("__");
        path += is_dot ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(name.front())));
        name.remove_prefix(is_dot ? 2 : 1);
    }
    return path;
}

node read_value(std::string const& text, bool ours, origin const& at) {
    if (auto literal = read_python_literal(text, at)) return *std::move(literal);
    auto value = make_string(text, at);
    if (ours) value.value = resolve_scalar(text);
    return value;
}

} // namespace

node read_environment(environment_map const& variables) {
    auto map = make_map({"environment", 0, 0});
    for (auto const& [name, text] : variables) {
        if (!is_setting(name)) continue;
        auto const path = to_path(name);
        bool const ours = path == "daskd" || path.starts_with("daskd.");
        assign(map, path, read_value(text, ours, {"environment variable " + name, 0, 0}));
    }
    return map;
}

} // namespace daskd::config
