#include "daemon/logs/tail.hpp"

#include "daemon/async/line_splitter.hpp"
#include "daemon/async/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <ranges>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::logs {
namespace {

constexpr std::uint64_t block_bytes = 64 * 1024;

/// Where the last `count` whole lines begin in `text`, or npos if it holds fewer.
std::size_t start_of_last(std::string const& text, std::size_t count) {
    std::size_t at = text.size(); // after a line end
    for (std::size_t i = 0; i < count; ++i) {
        if (at < 2) return std::string::npos;
        auto const end_before = text.rfind('\n', at - 2);
        if (end_before == std::string::npos) return std::string::npos;
        at = end_before + 1;
    }
    return at;
}

std::vector<std::string> split(std::string const& text) {
    async::line_splitter splitter(max_line_bytes);
    splitter.append(text);
    std::vector<std::string> lines;
    while (true) {
        if (auto const line = splitter.next())
            lines.emplace_back(*line);
        else if (splitter.is_overlong())
            lines.push_back(splitter.cut());
        else
            return lines;
    }
}

/// The file's bytes from `from` to `to`; fewer if it has been truncated meanwhile.
std::string read_range(int fd, std::uint64_t from, std::uint64_t to) {
    std::string bytes(to - from, '\0');
    auto const n = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(from));
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
}

} // namespace

result<log_tail> read_tail(std::filesystem::path const& file, std::size_t count) {
    async::unique_fd const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return error{errno == ENOENT ? errc::unknown_name : errc::failed,
                     "cannot read " + file.string() + ": " + std::system_category().message(errno),
                     "see: ls -l " + file.string()};
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) st.st_size = 0;
    count = std::min(count, max_tail_lines);

    auto const size = static_cast<std::uint64_t>(st.st_size);
    auto const lowest = size - std::min(size, max_tail_bytes);
    std::vector<std::string> blocks; // last first; what follows the last line end is left out
    std::uint64_t begin = size;
    std::uint64_t whole_end = 0;
    std::size_t line_ends = 0;
    while (begin > lowest && line_ends <= count) {
        auto const from = std::max(lowest, begin - std::min(begin, block_bytes));
        auto block = read_range(fd.get(), from, begin);
        begin = from;
        if (line_ends == 0) {
            auto const last = block.rfind('\n');
            if (last == std::string::npos) continue;
            block.resize(last + 1);
            whole_end = from + block.size();
        }
        line_ends += static_cast<std::size_t>(std::ranges::count(block, '\n'));
        blocks.push_back(std::move(block));
    }
    if (blocks.empty()) return log_tail{{}, begin};

    std::string text;
    for (auto const& block : std::views::reverse(blocks))
        text += block;
    auto const start = start_of_last(text, count);
    auto lines = split(start == std::string::npos ? text : text.substr(start));
    if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
    return log_tail{std::move(lines), whole_end};
}

} // namespace daskd::logs
