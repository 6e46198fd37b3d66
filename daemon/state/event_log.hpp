#pragma once

#include "common/error.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/state/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string_view>
#include <vector>

namespace daskd::state {

/// The bounded history of events: in memory, and in a file (with one older, `.1`) so that it lasts over
/// restarts. The file is a convenience: it is never synced, and if it cannot be written the log goes on in
/// memory, and the file gets what it lacks as soon as it can be written again.
class event_log {
public:
    static constexpr std::size_t max_events = 10'000;
    static constexpr std::uint64_t max_file_bytes = std::uint64_t{4} << 20;

    /// Reloads what `file` holds; lines that make no sense are skipped. The next event gets at least
    /// `next_seq`, even if the file is lost.
    event_log(std::filesystem::path file, std::uint64_t next_seq);

    /// How many events before the next one are neither in the file nor in memory: they happened while it
    /// could not be written, or it was removed.
    [[nodiscard]] std::uint64_t missing() const { return missing_; }

    /// Gives `e` its sequence number and keeps it. Fails when the file cannot be written; the event is kept
    /// in memory all the same.
    [[nodiscard]] result<void> append(event& e);

    /// Writes what the file lacks. A file that was removed is made again, with all that is in memory.
    [[nodiscard]] result<void> flush();

    /// At most `limit` events after `since`, oldest first.
    [[nodiscard]] std::vector<event> read(std::uint64_t since, std::size_t limit) const;

    /// Of the oldest event that is still known; next_seq() if there is none.
    [[nodiscard]] std::uint64_t first_seq() const {
        return events_.empty() ? next_seq_ : events_.front().seq;
    }
    [[nodiscard]] std::uint64_t last_seq() const { return next_seq_ - 1; }
    [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }
    /// Whether the file cannot be written.
    [[nodiscard]] bool is_degraded() const { return is_degraded_; }

private:
    void reload(std::filesystem::path const& file);
    void remember(event e);
    [[nodiscard]] int write_missing();
    [[nodiscard]] int write(std::string_view line);
    [[nodiscard]] bool is_removed() const;
    [[nodiscard]] int open_file();
    void rotate();

    std::filesystem::path file_;
    std::uint64_t next_seq_;
    std::deque<event> events_; ///< by rising seq
    async::unique_fd fd_;
    std::uint64_t size_bytes_ = 0;  ///< of the file, up to the last whole line
    std::uint64_t written_seq_ = 0; ///< of the last event in the file
    std::uint64_t missing_ = 0;
    bool is_degraded_ = false;
};

} // namespace daskd::state
