#include "daemon/http/own_figures.hpp"

#include "common/read_file.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace daskd::http {
namespace {

/// The fields of /proc/self/stat from the third on: the second, the name, may hold anything.
std::vector<double> stat_fields() {
    auto const text = read_file("/proc/self/stat").value_or("");
    std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 3)));
    std::vector<double> fields;
    for (double field = 0; rest >> field;)
        fields.push_back(field);
    return fields;
}

double boot_time_s() {
    std::istringstream lines(read_file("/proc/stat").value_or(""));
    double seconds = 0;
    for (std::string word; lines >> word;)
        if (word == "btime") lines >> seconds;
    return seconds;
}

} // namespace

own_figures read_own_figures() {
    // Numbers of fields as proc(5) has them; here the first is the fourth, behind the state.
    enum field { utime = 14 - 4, stime = 15 - 4, starttime = 22 - 4, vsize = 23 - 4, rss = 24 - 4 };
    own_figures own;
    auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    if (auto const fields = stat_fields(); fields.size() > rss) {
        own.start_time_s = boot_time_s() + fields[starttime] / ticks;
        own.cpu_s = (fields[utime] + fields[stime]) / ticks;
        own.virtual_bytes = static_cast<std::uint64_t>(fields[vsize]);
        own.rss_bytes =
            static_cast<std::uint64_t>(fields[rss] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    std::error_code ec;
    for (std::filesystem::directory_iterator it("/proc/self/fd", ec), end; !ec && it != end; it.increment(ec))
        ++own.open_fds;
    if (own.open_fds > 0) --own.open_fds; // the one that was open for counting
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) own.max_fds = limit.rlim_cur;
    return own;
}

} // namespace daskd::http
