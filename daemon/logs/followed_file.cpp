#include "daemon/logs/followed_file.hpp"

#include "daemon/logs/tail.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace daskd::logs {

followed_file::followed_file(std::filesystem::path path, std::uint64_t offset)
    : path_(std::move(path)), offset_(offset), unfinished_(max_line_bytes) {
    open();
}

void followed_file::open() {
    fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

void followed_file::reopen() {
    open();
    offset_ = 0;
    unfinished_.clear();
}

bool followed_file::is_replaced() const {
    struct stat now {};
    if (::stat(path_.c_str(), &now) != 0) return false;
    struct stat ours {};
    return !fd_ || ::fstat(fd_.get(), &ours) != 0 || now.st_ino != ours.st_ino || now.st_dev != ours.st_dev;
}

bool followed_file::read(std::vector<std::string>& lines, std::size_t limit) {
    struct stat st {};
    if (!fd_ || ::fstat(fd_.get(), &st) != 0) return false;
    if (static_cast<std::uint64_t>(st.st_size) < offset_) {
        offset_ = 0; // truncated: its first part was copied away
        unfinished_.clear();
    }
    std::array<char, 64 * 1024> chunk;
    for (std::size_t done = 0; done < limit;) {
        auto const n = ::pread(fd_.get(), chunk.data(), chunk.size(), static_cast<off_t>(offset_));
        if (n <= 0) return false;
        auto const size = static_cast<std::size_t>(n);
        unfinished_.append({chunk.data(), size});
        take_lines(lines);
        offset_ += size;
        done += size;
    }
    return true;
}

void followed_file::take_lines(std::vector<std::string>& lines) {
    while (true) {
        if (auto const line = unfinished_.next())
            lines.emplace_back(*line);
        else if (unfinished_.is_overlong())
            lines.push_back(unfinished_.cut());
        else
            return;
    }
}

} // namespace daskd::logs
