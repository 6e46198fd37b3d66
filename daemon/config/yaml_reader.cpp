#include "daemon/config/yaml_reader.hpp"

#include "daemon/config/scalar.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace daskd::config {
namespace {

/// Why a text cannot be used at all.
struct unusable {
    origin at;
    std::string text;
};

/// Turns yaml-cpp's nodes into ours. Throws `unusable`.
class converter {
public:
    /// `fixed`: the origin of everything, for texts that are in no file.
    converter(std::string_view text, std::string source, std::optional<origin> fixed,
              std::vector<diagnostic>& problems)
        : text_(text), source_(std::move(source)), fixed_(std::move(fixed)), problems_(problems) {}

    /// `ours`: duplicate keys are refused in here; `path` names the place.
    node convert(YAML::Node const& from, std::string const& path, bool ours, int depth = 0) {
        auto const at = origin_of(from.Mark());
        if (depth > max_depth)
            throw unusable{at, "nested deeper than " + std::to_string(max_depth) + " levels"};
        if (++values_ > max_values)
            throw unusable{at, "more than " + std::to_string(max_values) + " values, counting aliases"};
        if (from.IsMap()) return convert_map(from, at, path, ours, depth);
        if (from.IsSequence()) {
            node list;
            list.is = node::kind::list;
            list.at = at;
            for (auto const& item : from)
                list.items.push_back(convert(item, path, ours, depth + 1));
            return list;
        }
        return convert_scalar(from, at);
    }

private:
    origin origin_of(YAML::Mark const& mark) const {
        if (fixed_) return *fixed_;
        if (mark.is_null()) return {source_, 0, 0};
        return {source_, mark.line + 1, mark.column + 1};
    }

    node convert_scalar(YAML::Node const& from, origin const& at) const {
        if (!is_closed(from.Mark())) throw unusable{at, "not valid YAML: the quote is never closed"};
        node scalar;
        scalar.at = at;
        if (from.IsNull()) return scalar;
        scalar.text = from.Scalar();
        auto const& tag = from.Tag();
        constexpr std::string_view core = "tag:yaml.org,2002:";
        bool const is_string = tag == "!" || tag == std::string(core) + "str";
        if (!is_string && tag != "?" && !tag.empty() && !tag.starts_with(core))
            throw unusable{at, "the tag " + tag + " means nothing here"};
        scalar.value = is_string ? json(scalar.text) : resolve_scalar(scalar.text);
        return scalar;
    }

    /// yaml-cpp takes the rest of the text for granted where a quote is missing.
    bool is_closed(YAML::Mark const& mark) const {
        if (mark.is_null() || static_cast<std::size_t>(mark.pos) >= text_.size()) return true;
        auto const start = static_cast<std::size_t>(mark.pos);
        char const quote = text_[start];
        if (quote != '\'' && quote != '"') return true;
        for (auto i = start + 1; i < text_.size(); ++i) {
            if (text_[i] == quote) return true;
            if (quote == '"' && text_[i] == '\\') ++i;
        }
        return false;
    }

    node convert_map(YAML::Node const& from, origin const& at, std::string const& path, bool ours,
                     int depth) {
        auto map = make_map(at);
        auto inherited = make_map(at);
        for (auto const& pair : from) {
            auto const key_at = origin_of(pair.first.Mark());
            if (!pair.first.IsScalar() && !pair.first.IsNull())
                throw unusable{key_at, "a key must be plain text"};
            auto const key = pair.first.IsNull() ? "null" : pair.first.Scalar();
            if (key == "<<" && pair.first.Tag() == "?") {
                inherit(inherited, convert(pair.second, path, ours, depth + 1), key_at);
                continue;
            }
            auto const full = path.empty() ? key : path + "." + key;
            bool const inside = ours || (path.empty() && key == "daskd");
            member m{key, key_at, convert(pair.second, full, inside, depth + 1)};
            if (m.value.is_null()) m.value.at = key_at; // yaml-cpp puts a null where the next token is
            put(map, std::move(m), full, inside);
        }
        for (auto& m : map.members) {
            auto* there = exactly(inherited, m.key);
            if (there == nullptr)
                inherited.members.push_back(std::move(m));
            else
                *there = std::move(m);
        }
        return inherited;
    }

    void put(node& map, member m, std::string const& path, bool ours) {
        auto const same = [&](member const& other) {
            return ours ? same_key(other.key, m.key) : other.key == m.key;
        };
        auto const there = std::ranges::find_if(map.members, same);
        if (there == map.members.end()) {
            map.members.push_back(std::move(m));
            return;
        }
        if (ours) {
            auto const first = there->at.line > 0 ? ", first in line " + std::to_string(there->at.line) : "";
            problems_.push_back(
                {m.at.source, m.at.line, m.at.column, path, "the key is there twice" + first});
        }
        *there = std::move(m);
    }

    static member* exactly(node& map, std::string_view key) {
        auto const it = std::ranges::find(map.members, key, &member::key);
        return it == map.members.end() ? nullptr : &*it;
    }

    /// The merge key: a map, or a list of maps of which the earlier ones win.
    static void inherit(node& into, node const& from, origin const& at) {
        if (from.is == node::kind::list) {
            for (auto const& item : from.items) {
                if (item.is != node::kind::map) throw unusable{at, "'<<' takes a map or a list of maps"};
                inherit(into, item, at);
            }
            return;
        }
        if (from.is != node::kind::map) throw unusable{at, "'<<' takes a map or a list of maps"};
        for (auto const& m : from.members)
            if (exactly(into, m.key) == nullptr) into.members.push_back(m);
    }

    std::string_view text_;
    std::string source_;
    std::optional<origin> fixed_;
    std::vector<diagnostic>& problems_;
    int values_ = 0;
};

/// JSON can carry nothing else, and what is not UTF-8 would fail far from here.
bool is_utf8(std::string const& text) {
    try {
        (void)json(text).dump();
        return true;
    } catch (json::exception const&) {
        return false;
    }
}

/// yaml-cpp's message, or a better one: a tab is not seen in an editor.
std::string explain(YAML::Exception const& e, std::string_view text) {
    if (!e.mark.is_null()) {
        for (int line = 0; line < e.mark.line; ++line)
            text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        auto const indentation = text.substr(0, text.find_first_not_of(" \t"));
        if (indentation.find('\t') != std::string_view::npos)
            return "not valid YAML: a tab in the indentation; use spaces";
    }
    return "not valid YAML: " + e.msg;
}

/// Looks how many documents a text holds, up to two. YAML::LoadAll would never end with a text such as ",
/// a:": there yaml-cpp finds one null document after the other, without moving on.
class document_count : public YAML::EventHandler {
public:
    explicit document_count(std::string const& text) {
        std::istringstream in(text);
        YAML::Parser parser(in);
        while (starts_.size() < 2 && parser.HandleNextDocument(*this)) {
        }
    }
    [[nodiscard]] bool has_several() const { return starts_.size() > 1 && !is_stuck(); }
    /// What stands there can begin nothing.
    [[nodiscard]] std::optional<YAML::Mark> stuck_at() const {
        return is_stuck() ? std::optional(starts_.front()) : std::nullopt;
    }

    void OnDocumentStart(YAML::Mark const& mark) override { starts_.push_back(mark); }
    void OnDocumentEnd() override {}
    void OnNull(YAML::Mark const&, YAML::anchor_t) override {}
    void OnAlias(YAML::Mark const&, YAML::anchor_t) override {}
    void OnScalar(YAML::Mark const&, std::string const&, YAML::anchor_t, std::string const&) override {}
    void OnSequenceStart(YAML::Mark const&, std::string const&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(YAML::Mark const&, std::string const&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

private:
    [[nodiscard]] bool is_stuck() const { return starts_.size() > 1 && starts_[0].pos == starts_[1].pos; }
    std::vector<YAML::Mark> starts_;
};

/// Calls `convert` with the only document of `text` (a null node for none); reports what goes wrong.
template <class Convert>
std::optional<node> read(std::string const& text, std::string const& key, origin const& start,
                         std::vector<diagnostic>& problems, Convert convert) {
    auto const fail = [&](origin const& at, std::string what) -> std::optional<node> {
        problems.push_back({at.source, at.line, at.column, key, std::move(what)});
        return std::nullopt;
    };
    if (!is_utf8(text)) return fail(start, "is not UTF-8 text");
    try {
        document_count const documents(text);
        if (auto const at = documents.stuck_at()) throw YAML::Exception(*at, "nothing can begin with this");
        if (documents.has_several()) return fail(start, "holds several YAML documents; only one can be used");
        return convert(YAML::Load(text));
    } catch (unusable const& reason) {
        return fail(reason.at, reason.text);
    } catch (YAML::Exception const& e) {
        auto at = start;
        if (start.line > 0 && !e.mark.is_null()) at = {start.source, e.mark.line + 1, e.mark.column + 1};
        return fail(at, explain(e, text));
    }
}

} // namespace

std::optional<node> read_yaml_file(std::string const& text, std::string const& file,
                                   std::vector<diagnostic>& problems) {
    auto top = read(text, "", {file, 1, 1}, problems, [&](YAML::Node const& document) {
        return converter(text, file, std::nullopt, problems).convert(document, "", false);
    });
    if (!top) return std::nullopt;
    if (top->is_null()) return make_map(top->at);
    if (top->is == node::kind::map) return top;
    problems.push_back(
        {file, top->at.line, top->at.column, "", "the top level must be a map, such as 'daskd:'"});
    return std::nullopt;
}

std::optional<node> read_yaml_value(std::string const& text, std::string const& key, origin const& at,
                                    std::vector<diagnostic>& problems) {
    return read(text, key, at, problems, [&](YAML::Node const& document) {
        return converter(text, at.source, at, problems).convert(document, key, true);
    });
}

} // namespace daskd::config
