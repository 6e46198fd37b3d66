#include "daemon/config/python_literal.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <regex>
#include <utility>

namespace daskd::config {
namespace {

constexpr int deepest = 64;
/// Longer ones are no numbers that anybody means, and std::regex recurses a frame a character.
constexpr std::size_t longest_literal = 64;

void append_utf8(std::string& to, unsigned long code) {
    auto const tail = [&](int shift) { to += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
    if (code < 0x80) {
        to += static_cast<char>(code);
    } else if (code < 0x800) {
        to += static_cast<char>(0xc0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        to += static_cast<char>(0xe0 | (code >> 12));
        tail(6), tail(0);
    } else {
        to += static_cast<char>(0xf0 | (code >> 18));
        tail(12), tail(6), tail(0);
    }
}

/// A Python number without imaginary part; null if it is none. Integers beyond 64 bits become floating-point
/// numbers.
json read_number(std::string_view written) {
    static std::regex const integer(
        "([-+]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[oO]((?:_?[0-7])+)|0[bB]((?:_?[01])+)|"
        "(0(?:_?0)*|[1-9](?:_?[0-9])*))");
    static std::regex const real(R"([-+]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d+)?)");
    if (written.size() > longest_literal) return nullptr;
    std::string text(written);
    std::smatch found;
    if (std::regex_match(text, found, integer)) {
        constexpr std::array<std::pair<std::size_t, int>, 4> bases{{{2, 16}, {3, 8}, {4, 2}, {5, 10}}};
        auto const matched = std::ranges::find_if(bases, [&](auto b) { return found[b.first].matched; });
        auto digits = found[1].str() + found[matched->first].str();
        std::erase(digits, '_');
        errno = 0;
        auto const value = std::strtoll(digits.c_str(), nullptr, matched->second);
        if (errno == 0) return value;
    } else if (text.find_first_of(".eE") == std::string::npos || !std::regex_match(text, real)) {
        return nullptr;
    }
    std::erase(text, '_');
    return std::strtod(text.c_str(), nullptr);
}

/// Recursive descent over one literal. Each function leaves the position behind what it has read.
class parser {
public:
    parser(std::string_view text, origin const& at) : text_(text), at_(at) {}

    std::optional<node> whole() {
        auto result = value(0);
        skip_space();
        if (!text_.empty()) return std::nullopt;
        return result;
    }

private:
    void skip_space() {
        while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_.front())) != 0)
            text_.remove_prefix(1);
    }

    bool take(std::string_view token) {
        skip_space();
        if (!text_.starts_with(token)) return false;
        text_.remove_prefix(token.size());
        return true;
    }

    std::optional<node> value(int depth) {
        skip_space();
        if (text_.empty() || depth > deepest) return std::nullopt;
        switch (text_.front()) {
        case '[': return sequence("[", "]", depth);
        case '(': return parenthesis(depth);
        case '{': return braces(depth);
        case '\'':
        case '"': return string();
        default: return word();
        }
    }

    node scalar(json value, std::string_view written) const {
        node n;
        n.value = std::move(value);
        n.text = std::string(written);
        n.at = at_;
        return n;
    }

    /// A name or a number, sign included.
    std::optional<node> word() {
        auto const is_part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; };
        std::size_t end = text_.find_first_not_of("+-");
        while (end < text_.size() &&
               (is_part(static_cast<unsigned char>(text_[end])) || is_exponent_sign(end)))
            ++end;
        auto const written = text_.substr(0, end);
        text_.remove_prefix(written.size());
        if (written == "True") return scalar(true, written);
        if (written == "False") return scalar(false, written);
        if (written == "None") return scalar(nullptr, written);
        auto number = read_number(written);
        if (number.is_null()) return std::nullopt;
        return scalar(std::move(number), written);
    }

    bool is_exponent_sign(std::size_t i) const {
        bool const is_hex = text_.starts_with("0x") || text_.starts_with("0X");
        return i > 0 && !is_hex && (text_[i] == '+' || text_[i] == '-') &&
               (text_[i - 1] == 'e' || text_[i - 1] == 'E');
    }

    /// One string, or several that follow each other: Python joins them.
    std::optional<node> string() {
        std::string joined;
        while (true) {
            skip_space();
            if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) break;
            std::string const quote(text_.starts_with("'''") || text_.starts_with("\"\"\"") ? 3 : 1,
                                    text_.front());
            text_.remove_prefix(quote.size());
            while (!text_.starts_with(quote)) {
                if (text_.empty() || (quote.size() == 1 && text_.front() == '\n')) return std::nullopt;
                if (!take_character(joined)) return std::nullopt;
            }
            text_.remove_prefix(quote.size());
        }
        return make_string(std::move(joined), at_);
    }

    bool take_character(std::string& to) {
        char const c = text_.front();
        text_.remove_prefix(1);
        if (c != '\\') {
            to += c;
            return true;
        }
        if (text_.empty()) return false;
        char const escaped = text_.front();
        text_.remove_prefix(1);
        switch (escaped) {
        case '\n': return true;
        case 'n': to += '\n'; return true;
        case 't': to += '\t'; return true;
        case 'r': to += '\r'; return true;
        case '\\':
        case '\'':
        case '"': to += escaped; return true;
        case 'x': return take_code(to, 2);
        case 'u': return take_code(to, 4);
        case 'U': return take_code(to, 8);
        default: to += '\\', to += escaped; return true;
        }
    }

    bool take_code(std::string& to, std::size_t digits) {
        std::string const written(text_.substr(0, digits));
        bool const is_hex = written.size() == digits && std::ranges::all_of(written, [](unsigned char c) {
                                return std::isxdigit(c) != 0;
                            });
        if (!is_hex) return false;
        auto const code = std::strtoul(written.c_str(), nullptr, 16);
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
        append_utf8(to, code);
        text_.remove_prefix(digits);
        return true;
    }

    std::optional<node> sequence(std::string_view open, std::string_view close, int depth) {
        node list;
        list.is = node::kind::list;
        list.at = at_;
        if (!take(open)) return std::nullopt;
        while (!take(close)) {
            auto item = value(depth + 1);
            if (!item) return std::nullopt;
            list.items.push_back(std::move(*item));
            if (take(",")) continue;
            if (!take(close)) return std::nullopt;
            break;
        }
        return list;
    }

    /// A tuple, or one value in parentheses.
    std::optional<node> parenthesis(int depth) {
        auto const start = text_;
        auto list = sequence("(", ")", depth);
        if (!list || list->items.size() != 1) return list;
        auto const inside = start.substr(0, start.size() - text_.size() - 1);
        auto const last = inside.find_last_not_of(" \t\n");
        if (inside[last] == ',') return list;
        return std::move(list->items.front());
    }

    /// A dict or a set: the first item's colon decides.
    std::optional<node> braces(int depth) {
        take("{");
        auto map = make_map(at_);
        node set;
        set.is = node::kind::list;
        set.at = at_;
        while (!take("}")) {
            auto first = value(depth + 1);
            if (!first) return std::nullopt;
            if (!take(":")) {
                set.items.push_back(std::move(*first));
            } else {
                auto second = value(depth + 1);
                if (!second || first->is != node::kind::scalar) return std::nullopt;
                put(map, first->text, std::move(*second));
            }
            if (take(",")) continue;
            if (!take("}")) return std::nullopt;
            break;
        }
        if (set.items.empty()) return map;
        if (!map.members.empty()) return std::nullopt;
        return set;
    }

    void put(node& map, std::string const& key, node value) const {
        auto const there = std::ranges::find(map.members, key, &member::key);
        if (there == map.members.end())
            map.members.push_back({key, at_, std::move(value)});
        else
            there->value = std::move(value);
    }

    std::string_view text_;
    origin const& at_;
};

} // namespace

std::optional<node> read_python_literal(std::string_view text, origin const& at) {
    return parser(text, at).whole();
}

} // namespace daskd::config
