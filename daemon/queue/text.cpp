#include "daemon/queue/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib> // WIFEXITED and the like, by POSIX

namespace daskd::queue {
namespace {

/// Enough of it to recognize what it is.
constexpr std::size_t longest_quote = 300;

std::string_view start_of(std::string_view text) {
    return trim(text).substr(0, longest_quote);
}

} // namespace

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    auto const first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!trim(line).empty()) lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::optional<int> as_number(std::string_view text) {
    text = trim(text);
    int number = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::string number_after(std::string_view text, std::string_view mark) {
    auto const at = text.find(mark);
    if (at == std::string_view::npos) return "";
    auto const rest = text.substr(at + mark.size());
    return std::string(rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size())));
}

error failure_of(command_output const& output, std::string_view program) {
    auto said = start_of(output.err);
    if (said.empty()) said = start_of(output.out);
    if (said.empty())
        return {errc::failed, std::string(program) + " ended with code " + std::to_string(output.exit_code),
                ""};
    return {errc::failed, std::string(program) + ": " + std::string(said), ""};
}

error unreadable(std::string_view text, std::string_view program) {
    return {errc::failed,
            std::string(program) + " printed what daskd cannot read: '" + std::string(start_of(text)) + "'",
            ""};
}

result<std::vector<json>> read_objects(command_output const& output, std::string_view program,
                                       std::string const& key) {
    if (output.exit_code != 0) return failure_of(output, program);
    if (trim(output.out).empty()) return std::vector<json>{};
    auto const parsed = parse_json(output.out);
    if (!parsed || (!key.empty() && (!parsed->is_object() || !parsed->contains(key))))
        return unreadable(output.out, program);
    auto const& list = key.empty() ? *parsed : parsed->at(key);
    if (!list.is_array()) return unreadable(output.out, program);
    std::vector<json> objects;
    for (auto const& one : list) {
        if (!one.is_object()) return unreadable(output.out, program);
        objects.push_back(one);
    }
    return objects;
}

std::string text_at(json const& object, std::string const& key) {
    auto const it = object.find(key);
    if (it == object.end() || it->is_null()) return "";
    return it->is_string() ? it->get<std::string>() : it->dump();
}

job_end end_of_status(int wait_status, std::string text) {
    if (WIFEXITED(wait_status))
        return {end_cause::exit, WEXITSTATUS(wait_status), std::nullopt, std::move(text)};
    return {end_cause::signal, std::nullopt, WTERMSIG(wait_status), std::move(text)};
}

} // namespace daskd::queue
