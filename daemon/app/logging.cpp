#include "daemon/app/logging.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace daskd::app {
namespace {

constexpr std::size_t log_bytes = std::size_t{16} << 20;
constexpr std::size_t logs_kept = 3;

} // namespace

void open_log(cluster_paths const& paths, bool is_foreground) {
    std::vector<spdlog::sink_ptr> sinks;
    if (is_foreground) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_st>());
    try {
        sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_st>(
            paths.log_file("daskd").string(), log_bytes, logs_kept));
    } catch (spdlog::spdlog_ex const& e) {
        if (is_foreground) std::fprintf(stderr, "daskd: no log file: %s\n", e.what());
    }
    auto log = std::make_shared<spdlog::logger>("daskd", sinks.begin(), sinks.end());
    log->set_pattern("%Y-%m-%d %H:%M:%S,%e - %l - %v"); // as Dask's own logs
    log->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(log));
}

} // namespace daskd::app
