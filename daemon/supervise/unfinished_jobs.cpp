#include "daemon/supervise/unfinished_jobs.hpp"

#include <system_error>

namespace daskd::supervise {

bool has_unfinished_jobs(std::filesystem::path const& jobs) {
    std::error_code ec;
    for (std::filesystem::directory_iterator it(jobs, ec), end; !ec && it != end; it.increment(ec)) {
        std::error_code ignored;
        bool const is_job = std::filesystem::exists(it->path() / "job.json", ignored);
        if (is_job && !std::filesystem::exists(it->path() / "ended.json", ignored)) return true;
    }
    return false;
}

} // namespace daskd::supervise
