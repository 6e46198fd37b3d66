#include "ctl/environment.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace daskd::ctl {
namespace {

bool shapes_cluster(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{"VIRTUAL_ENV",
                                                     "CONDA_PREFIX",
                                                     "PATH",
                                                     "PYTHONPATH",
                                                     "HOME",
                                                     "OMP_NUM_THREADS",
                                                     "MKL_NUM_THREADS",
                                                     "OPENBLAS_NUM_THREADS",
                                                     "MALLOC_TRIM_THRESHOLD_",
                                                     "PYTHONHASHSEED"};
    // What a queue's own commands need.
    constexpr std::array<std::string_view, 4> queues{"SLURM_CONF", "PBS_CONF_FILE", "CONDOR_CONFIG",
                                                     "_CONDOR_"};
    bool const is_queues = name.starts_with("SGE_") || name.starts_with("LSF_") ||
                           std::ranges::any_of(queues, [&](auto q) { return name.starts_with(q); });
    return is_queues || name.starts_with("DASK_") || std::ranges::find(names, name) != names.end();
}

} // namespace

json cluster_environment(char const* const* variables) {
    auto sent = json::object();
    for (; *variables != nullptr; ++variables) {
        std::string_view const whole = *variables;
        auto const equals = whole.find('=');
        if (equals == std::string_view::npos) continue;
        auto const name = whole.substr(0, equals);
        if (shapes_cluster(name)) sent[std::string(name)] = whole.substr(equals + 1);
    }
    return sent;
}

} // namespace daskd::ctl
