#include "daemon/config/job_check.hpp"

#include "daemon/config/schema.hpp"

namespace daskd::config {
void check_without_queue(node const& own, reading const& at) {
    for (auto const& key : job_keys()) {
        auto const* value = find(own, key.doc.name);
        if (value == nullptr || is_default(key.doc.default_text, *value)) continue;
        at.inside(key.doc.name)
            .fail(value->at, "is for pools in job queues: this one needs 'launcher: slurm' (or sge, "
                             "htcondor, pbs, lsf)");
    }
}

void check_jobs(pool_settings const& pool, node const& own, node const& merged, reading const& at) {
    auto const fail = [&](char const* key, std::string text) {
        at.inside(key).fail(place_of(merged, key), std::move(text));
    };
    if (pool.nanny && !is_job_queue(pool.launcher))
        fail("nanny", "is for pools in job queues in this version");
    // What was meant for all pools by `defaults` may stay there; what was written here has no effect.
    if (!is_job_queue(pool.launcher)) return check_without_queue(own, at);
    if (!pool.names.empty()) fail("names", "not in a job queue: workers are called after their jobs");
    if (pool.container) fail("container", "not in a job queue in this version");
    if (pool.jobs && pool.workers) fail("jobs", "either 'jobs' or 'workers', not both");
    if (pool.processes > pool.cores)
        fail("processes", "more than 'cores' (" + std::to_string(pool.cores) + "): each worker needs one");
    if (pool.queue && pool.launcher == launcher_kind::htcondor)
        fail("queue", "HTCondor has no queues: write what selects machines into 'directives'");
    bool const has_resource_spec = pool.launcher == launcher_kind::sge || pool.launcher == launcher_kind::pbs;
    if (pool.resource_spec && !has_resource_spec)
        fail("resource_spec", "is for sge and pbs: write it into 'directives'");
}

} // namespace daskd::config
