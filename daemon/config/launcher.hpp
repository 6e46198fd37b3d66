#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace daskd::config {

/// Where the workers of a pool run.
enum class launcher_kind { local, ssh, slurm, sge, htcondor, pbs, lsf };

/// The words of the configuration.
inline constexpr std::array<std::pair<std::string_view, launcher_kind>, 7> launcher_names{{
    {"local", launcher_kind::local},
    {"ssh", launcher_kind::ssh},
    {"slurm", launcher_kind::slurm},
    {"sge", launcher_kind::sge},
    {"htcondor", launcher_kind::htcondor},
    {"pbs", launcher_kind::pbs},
    {"lsf", launcher_kind::lsf},
}};

/// As the configuration spells it.
[[nodiscard]] inline std::string to_string(launcher_kind launcher) {
    for (auto const& [name, kind] : launcher_names)
        if (kind == launcher) return std::string(name);
    return "";
}

/// Whether its workers run in jobs of a queue.
[[nodiscard]] constexpr bool is_job_queue(launcher_kind launcher) {
    return launcher != launcher_kind::local && launcher != launcher_kind::ssh;
}

} // namespace daskd::config
