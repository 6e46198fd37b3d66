#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace daskd::config {

/// Where the workers of a pool run.
enum class launcher_kind { local, slurm, sge, htcondor, pbs, lsf };

/// The words of the configuration.
inline constexpr std::array<std::pair<std::string_view, launcher_kind>, 6> launcher_names{{
    {"local", launcher_kind::local},
    {"slurm", launcher_kind::slurm},
    {"sge", launcher_kind::sge},
    {"htcondor", launcher_kind::htcondor},
    {"pbs", launcher_kind::pbs},
    {"lsf", launcher_kind::lsf},
}};

[[nodiscard]] constexpr std::string_view name_of(launcher_kind launcher) {
    for (auto const& [name, kind] : launcher_names)
        if (kind == launcher) return name;
    return "";
}

/// Whether its workers run in jobs of a queue.
[[nodiscard]] constexpr bool is_job_queue(launcher_kind launcher) {
    return launcher != launcher_kind::local;
}

} // namespace daskd::config
