#include "daemon/app/logging.hpp"

#include "daemon/app/log_file.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace daskd::app {
void open_log(cluster_paths const& paths, bool is_foreground) {
    std::vector<spdlog::sink_ptr> sinks;
    if (is_foreground) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_st>());
    sinks.push_back(std::make_shared<log_file>(paths.log_file("daskd")));
    auto log = std::make_shared<spdlog::logger>("daskd", sinks.begin(), sinks.end());
    log->set_pattern("%Y-%m-%d %H:%M:%S,%e - %l - %v"); // as Dask's own logs
    log->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(log));
}

} // namespace daskd::app
