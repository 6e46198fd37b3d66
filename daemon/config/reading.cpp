#include "daemon/config/reading.hpp"

namespace daskd::config {
namespace {

std::string describe(node const& value) {
    switch (value.is) {
    case node::kind::list: return "a list";
    case node::kind::map: return "a map";
    case node::kind::scalar: break;
    }
    if (value.is_null()) return "null";
    constexpr std::size_t longest = 60;
    auto const text = value.text.size() > longest ? value.text.substr(0, longest) + "…" : value.text;
    return value.value.is_string() ? "'" + text + "'" : text;
}

} // namespace

reading reading::inside(std::string_view key) const {
    return {*problems_, path_.empty() ? std::string(key) : path_ + "." + std::string(key)};
}

reading reading::or_else(std::string_view word) const {
    auto other = *this;
    other.alternatives_ += " or " + std::string(word);
    return other;
}

void reading::fail(origin const& at, std::string text) const {
    problems_->push_back({at.source, at.line, at.column, path_, std::move(text)});
}

void reading::mismatch(node const& value, std::string_view expected) const {
    fail(value.at, "must be " + std::string(expected) + alternatives_ + ", not " + describe(value));
}

} // namespace daskd::config
