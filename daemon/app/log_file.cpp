#include "daemon/app/log_file.hpp"

#include "daemon/state/durable_file.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace daskd::app {
namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{16} << 20;
constexpr int kept = 3;

std::filesystem::path older(std::filesystem::path const& file, int number) {
    return number == 0 ? file : std::filesystem::path(file.string() + "." + std::to_string(number));
}

} // namespace

void log_file::sink_it_(spdlog::details::log_msg const& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    bool is_written = open();
    if (is_written && left_out_ > 0)
        is_written =
            write("(" + std::to_string(left_out_) + " lines before this one could not be written)\n");
    is_written = is_written && write({line.data(), line.size()});
    left_out_ = is_written ? 0 : left_out_ + 1;
}

bool log_file::open() {
    struct stat st {};
    if (fd_ && ::fstat(fd_.get(), &st) == 0 && st.st_nlink == 0) fd_.reset();
    if (fd_ && size_bytes_ > max_bytes) rotate();
    if (fd_) return true;
    fd_.reset(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!fd_ || ::fstat(fd_.get(), &st) != 0) return false;
    size_bytes_ = static_cast<std::uint64_t>(st.st_size);
    return true;
}

/// Half a line is taken back.
bool log_file::write(std::string_view text) {
    if (state::write_all(fd_.get(), text) != 0) {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes_)) != 0) fd_.reset();
        return false;
    }
    size_bytes_ += text.size();
    return true;
}

void log_file::rotate() {
    std::error_code ignored;
    for (int number = kept; number > 0; --number)
        std::filesystem::rename(older(file_, number - 1), older(file_, number), ignored);
    fd_.reset();
}

} // namespace daskd::app
