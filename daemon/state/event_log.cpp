#include "daemon/state/event_log.hpp"

#include "daemon/state/durable_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::state {
namespace {

std::filesystem::path older(std::filesystem::path const& file) {
    return file.string() + ".1";
}

} // namespace

event_log::event_log(std::filesystem::path file, std::uint64_t next_seq)
    : file_(std::move(file)), next_seq_(next_seq) {
    reload(older(file_));
    reload(file_);
    auto const next_known = events_.empty() ? 1 : events_.back().seq + 1;
    missing_ = next_seq_ - next_known;
    written_seq_ = last_seq();
}

void event_log::reload(std::filesystem::path const& file) {
    auto const text = read_whole(file);
    if (!text || !*text) return;
    std::string_view rest = **text;
    while (!rest.empty()) {
        auto const end = std::min(rest.find('\n'), rest.size());
        auto const value = parse_json(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!value) continue;
        auto e = event_from_json(*value);
        // A number that does not rise is of a file that was copied or edited; readers rely on the order.
        if (e && (events_.empty() || e->seq > events_.back().seq)) remember(std::move(*e));
    }
}

void event_log::remember(event e) {
    next_seq_ = std::max(next_seq_, e.seq + 1);
    events_.push_back(std::move(e));
    if (events_.size() > max_events) events_.pop_front();
}

result<void> event_log::append(event& e) {
    e.seq = next_seq_;
    remember(e);
    return flush();
}

result<void> event_log::flush() {
    if (is_removed()) {
        fd_.reset();
        written_seq_ = 0;
    }
    int const number = write_missing();
    is_degraded_ = number != 0;
    if (!is_degraded_) return {};
    return disk_error("write", file_, number);
}

bool event_log::is_removed() const {
    struct stat st {};
    return fd_ && ::fstat(fd_.get(), &st) == 0 && st.st_nlink == 0;
}

int event_log::write_missing() {
    for (auto next = std::ranges::upper_bound(events_, written_seq_, {}, &event::seq); next != events_.end();
         ++next) {
        if (int const number = write(to_line(to_json(*next)) + "\n"); number != 0) return number;
        written_seq_ = next->seq;
    }
    return 0;
}

std::vector<event> event_log::read(std::uint64_t since, std::size_t limit) const {
    auto const first = std::ranges::upper_bound(events_, since, {}, &event::seq);
    auto const count = std::min(limit, static_cast<std::size_t>(std::distance(first, events_.end())));
    return {first, std::next(first, static_cast<std::ptrdiff_t>(count))};
}

/// An errno, or 0. Half a line, on a full disk, is taken back.
int event_log::write(std::string_view line) {
    if (size_bytes_ + line.size() > max_file_bytes) rotate();
    if (!fd_)
        if (int const number = open_file(); number != 0) return number;
    int const number = write_all(fd_.get(), line);
    if (number == 0) {
        size_bytes_ += line.size();
        return 0;
    }
    if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes_)) != 0) fd_.reset();
    return number;
}

int event_log::open_file() {
    fd_.reset(::open(file_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!fd_) return errno;
    struct stat st {};
    if (::fstat(fd_.get(), &st) != 0) return errno;
    size_bytes_ = static_cast<std::uint64_t>(st.st_size);
    char last = '\n';
    if (size_bytes_ > 0 && ::pread(fd_.get(), &last, 1, st.st_size - 1) == 1 && last != '\n') {
        // A daskd died in the middle of a line; what follows must be a line of its own.
        if (int const number = write_all(fd_.get(), "\n"); number != 0) return number;
        ++size_bytes_;
    }
    return 0;
}

void event_log::rotate() {
    std::error_code ignored;
    std::filesystem::rename(file_, older(file_), ignored);
    fd_.reset();
    size_bytes_ = 0;
}

} // namespace daskd::state
