#pragma once

#include "daemon/config/launcher.hpp"

#include <string>

namespace daskd::core {

/// What must be remembered of a job in a queue over daskd's own death: without it, it would be submitted
/// twice, or forgotten.
struct job_record {
    std::string agent; ///< which runs in it
    std::string name;  ///< as the queue shows it; of no other job
    std::string id;    ///< the queue's; empty: not known yet
    bool is_unwanted = false;
    config::launcher_kind queue = config::launcher_kind::slurm;
    std::string submit_host = {}; ///< where the queue's commands run; empty: here

    bool operator==(job_record const&) const = default;
};

} // namespace daskd::core
