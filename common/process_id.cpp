#include "common/process_id.hpp"

#include "common/read_file.hpp"

#include <charconv>
#include <cstddef>

namespace daskd {
namespace {

/// Field 22 of the man page, counted from the state, which is field 3.
constexpr int start_time_field = 22 - 3;

} // namespace

std::optional<process_stat> parse_stat(std::string_view text) {
    auto const name_end = text.rfind(')');
    if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
    text.remove_prefix(name_end + 2);
    process_stat stat;
    stat.state = text.front();
    for (int i = 0; i < start_time_field; ++i) {
        auto const space = text.find(' ');
        if (space == std::string_view::npos) return std::nullopt;
        text.remove_prefix(space + 1);
    }
    auto const [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), stat.start_time_ticks);
    if (failure != std::errc()) return std::nullopt;
    return stat;
}

std::optional<process_id> identify(pid_t pid) {
    auto const text = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!text) return std::nullopt;
    auto const stat = parse_stat(*text);
    if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
    return process_id{pid, stat->start_time_ticks, boot_id()};
}

bool is_alive(process_id const& id) {
    return identify(id.pid) == id;
}

std::string const& boot_id() {
    static std::string const id = [] {
        auto text = read_file("/proc/sys/kernel/random/boot_id").value_or("");
        while (text.ends_with('\n'))
            text.pop_back();
        return text;
    }();
    return id;
}

} // namespace daskd
