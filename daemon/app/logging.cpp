#include "daemon/app/logging.hpp"

#include "daemon/app/log_file.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace daskd::app {
namespace {

/// Whether what is written to our standard error goes to systemd's journal, which keeps the time itself and
/// takes the level from a prefix (sd-daemon(3)).
bool is_journal() {
    char const* stream = std::getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): one thread
    struct stat st {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &st) != 0) return false;
    return std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino) == stream;
}

/// The number of a level in syslog(3).
class journal_level : public spdlog::custom_flag_formatter {
public:
    void format(spdlog::details::log_msg const& m, std::tm const& /*time*/,
                spdlog::memory_buf_t& out) override {
        constexpr std::array<char, spdlog::level::n_levels> numbers{'7', '7', '6', '4', '3', '2', '6'};
        out.push_back(numbers.at(static_cast<std::size_t>(m.level)));
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<journal_level>();
    }
};

} // namespace

void open_log(cluster_paths const& paths, bool is_foreground) {
    std::vector<spdlog::sink_ptr> sinks;
    if (is_foreground) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_st>());
    sinks.push_back(std::make_shared<log_file>(paths.log_file("daskd")));
    auto log = std::make_shared<spdlog::logger>("daskd", sinks.begin(), sinks.end());
    log->set_pattern("%Y-%m-%d %H:%M:%S,%e - %l - %v"); // as Dask's own logs
    log->flush_on(spdlog::level::info);
    if (is_foreground && is_journal()) {
        auto as_journal_wants = std::make_unique<spdlog::pattern_formatter>();
        as_journal_wants->add_flag<journal_level>('*').set_pattern("<%*>%v");
        sinks.front()->set_formatter(std::move(as_journal_wants));
    }
    spdlog::set_default_logger(std::move(log));
}

} // namespace daskd::app
