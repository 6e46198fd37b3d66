#include "common/names.hpp"
#include "daemon/config/codec.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>

namespace daskd::config {
namespace {

/// A scalar as the text that was written; nothing for null, lists and maps.
std::optional<std::string> as_text(node const& value) {
    if (value.is != node::kind::scalar || value.is_null()) return std::nullopt;
    return value.text;
}

/// The JSON Schema of that.
ordered_json any_text() {
    return {{"type", {"string", "number", "boolean"}}};
}

std::optional<std::string> without_nul(std::string const& text) {
    if (text.find('\0') == std::string::npos) return std::nullopt;
    return "must not contain a NUL character";
}

std::optional<std::string> complaint_about_line(std::string const& text) {
    if (text.find_first_of("\r\n") == std::string::npos) return without_nul(text);
    return "must be one line; write another entry for the next";
}

std::optional<std::string> complaint_about_module(std::string const& name) {
    static std::regex const pattern(R"([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)");
    constexpr std::size_t longest = 256; // std::regex recurses a frame a character
    if (name.size() <= longest && std::regex_match(name, pattern)) return std::nullopt;
    return "'" + name + "' is no name of a Python module";
}

std::optional<std::string> complaint_about_worker(std::string const& name) {
    auto const is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
    if (!is_valid_worker_name(name))
        return "'" + name +
               "' is no worker name: 1 to 64 printable characters without space, '/', '*', '?', '[', ']', "
               "'\\'";
    if (std::ranges::all_of(name, is_digit))
        return "'" + name + "' is no worker name: Dask takes digits alone for a number";
    if (name == "scheduler" || name == "daskd" || name == "job-runner")
        return "'" + name + "' is taken: it names a log of daskd's own";
    return std::nullopt;
}

/// Reads a map's values one by one; null is an empty map.
template <class T, class Read>
std::optional<std::map<std::string, T>> read_map_of(node const& value, reading const& at,
                                                    char const* expected, Read read_member) {
    std::map<std::string, T> read;
    if (value.is_null()) return read;
    if (value.is != node::kind::map) {
        at.mismatch(value, expected);
        return std::nullopt;
    }
    bool good = true;
    for (auto const& m : value.members) {
        std::optional<T> one = read_member(m, at.inside(m.key));
        good = good && one;
        if (one) read[m.key] = std::move(*one);
    }
    if (!good) return std::nullopt;
    return read;
}

std::optional<std::string> read_variable(member const& m, reading const& at) {
    if (m.key.empty() || m.key.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
        at.fail(m.at, "'" + m.key + "' is no name of an environment variable");
        return std::nullopt;
    }
    auto value = as_text(m.value);
    if (!value) {
        at.mismatch(m.value, "text; for an empty value write ''");
        return std::nullopt;
    }
    if (auto const wrong = without_nul(*value)) {
        at.fail(m.value.at, *wrong);
        return std::nullopt;
    }
    return value;
}

std::optional<double> read_amount(member const& m, reading const& at) {
    if (m.key.empty() || m.key.find_first_of("=, \t") != std::string::npos) { // Dask's own separators
        at.fail(m.at, "'" + m.key + "' is no name of a resource: it must not hold '=', ',' or space");
        return std::nullopt;
    }
    if (m.value.value.is_number()) {
        auto const amount = m.value.value.get<double>();
        if (std::isfinite(amount) && amount >= 0) return amount;
    }
    at.mismatch(m.value, "a number that is not negative");
    return std::nullopt;
}

/// Complains at the second of two equal names.
bool are_different(node const& list, reading const& at) {
    bool good = true;
    for (auto it = list.items.begin(); it != list.items.end(); ++it) {
        if (std::find_if(list.items.begin(), it, [&](node const& n) { return n.text == it->text; }) == it)
            continue;
        at.fail(it->at, "'" + it->text + "' is there twice");
        good = false;
    }
    return good;
}

template <class Map>
ordered_json write_map_of(Map const& values) {
    auto map = ordered_json::object();
    for (auto const& [key, value] : values)
        map[key] = value;
    return map;
}

} // namespace

codec<std::vector<std::string>> texts(text_check complaint) {
    if (!complaint) complaint = without_nul;
    return {[complaint](node const& value, reading const& at) -> std::optional<std::vector<std::string>> {
                std::vector<std::string> read;
                if (value.is_null()) return read;
                std::vector<node> const single{value};
                bool good = true;
                for (auto const& item : value.is == node::kind::list ? value.items : single) {
                    auto text = as_text(item);
                    if (!text) {
                        at.mismatch(item, value.is == node::kind::list ? "text" : "a list of texts");
                    } else if (auto const wrong = complaint(*text)) {
                        at.fail(item.at, *wrong);
                    } else {
                        read.push_back(*std::move(text));
                        continue;
                    }
                    good = false;
                }
                if (!good) return std::nullopt;
                return read;
            },
            [](std::vector<std::string> const& values) { return ordered_json(values); },
            {{"type", {"array", "string", "number", "boolean", "null"}}, {"items", any_text()}}};
}

codec<std::vector<std::string>> worker_names() {
    auto names = texts(complaint_about_worker);
    return {
        [read = names.read](node const& value, reading const& at) -> std::optional<std::vector<std::string>> {
            auto list = read(value, at);
            if (!list || !are_different(value, at)) return std::nullopt;
            return list;
        },
        names.write, names.schema};
}

codec<std::vector<std::string>> lines() {
    return texts(complaint_about_line);
}

codec<std::vector<std::string>> modules() {
    return texts(complaint_about_module);
}

codec<std::map<std::string, std::string>> variables() {
    return {[](node const& value, reading const& at) {
                return read_map_of<std::string>(value, at, "a map of variables", read_variable);
            },
            [](std::map<std::string, std::string> const& values) { return write_map_of(values); },
            {{"type", {"object", "null"}}, {"additionalProperties", any_text()}}};
}

codec<std::map<std::string, double>> amounts() {
    return {[](node const& value, reading const& at) {
                return read_map_of<double>(value, at, "a map of numbers", read_amount);
            },
            [](std::map<std::string, double> const& values) { return write_map_of(values); },
            {{"type", {"object", "null"}}, {"additionalProperties", {{"type", "number"}, {"minimum", 0}}}}};
}

} // namespace daskd::config
