#include "daemon/queue/script.hpp"

#include "common/join.hpp"
#include "common/shell_quote.hpp"

#include <algorithm>

namespace daskd::queue {

std::vector<std::string> header(job const& what, std::vector<std::string> const& lines,
                                std::string const& prefix) {
    std::vector<std::string> all;
    for (auto const& line : lines) {
        auto full = prefix + line;
        bool const is_skipped = std::ranges::any_of(
            what.directives_skip, [&](auto const& text) { return full.find(text) != std::string::npos; });
        if (!is_skipped) all.push_back(std::move(full));
    }
    for (auto const& line : what.directives)
        all.push_back(prefix + line);
    return all;
}

namespace {

/// As a word that no line-based tool stumbles over.
std::string in_lines(std::string const& payload) {
    constexpr std::size_t width = 100;
    std::string word = "'";
    for (std::size_t at = 0; at < payload.size(); at += width)
        word += "\n" + payload.substr(at, width);
    return word + "'";
}

} // namespace

std::vector<std::string> body(job const& what, bool has_lines) {
    std::vector<std::string> lines;
    if (!what.private_file.empty()) lines.push_back(". " + shell_quote(what.private_file));
    lines.insert(lines.end(), what.prologue.begin(), what.prologue.end());
    if (!what.cwd.empty()) lines.push_back("cd " + shell_quote(what.cwd) + " || exit 1");
    std::vector<std::string> words{"exec"}; // signals of the queue are for what runs, not for the shell
    for (auto const& word : what.command)
        words.push_back(shell_quote(word));
    if (!what.payload.empty()) words.push_back(has_lines ? in_lines(what.payload) : what.payload);
    lines.push_back(join(words, " "));
    return lines;
}

std::string shell_script(job const& what, std::vector<std::string> const& header) {
    return what.shebang + "\n\n" + join(header, "\n") + "\n\n" + join(body(what, true), "\n") + "\n";
}

std::string plain_name(std::string const& name) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    std::string text = name;
    for (auto& c : text)
        if (plain.find(c) == std::string_view::npos) c = '_';
    return text;
}

std::string in_units(std::uint64_t bytes, std::uint64_t unit) {
    return std::to_string(bytes / unit + (bytes % unit == 0 ? 0 : 1));
}

} // namespace daskd::queue
