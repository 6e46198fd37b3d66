#include "daemon/core/nanny_environment.hpp"

namespace daskd::core {
namespace {

/// Dask's own defaults of `distributed.nanny.pre-spawn-environ`.
environment const dask_defaults{{"MALLOC_TRIM_THRESHOLD_", "65536"},
                                {"OMP_NUM_THREADS", "1"},
                                {"MKL_NUM_THREADS", "1"},
                                {"OPENBLAS_NUM_THREADS", "1"}};

void overlay(environment& base, environment const& top) {
    for (auto const& [name, value] : top)
        base[name] = value;
}

environment configured(json const& dask, json::json_pointer const& where) {
    environment env;
    if (!dask.contains(where) || !dask.at(where).is_object()) return env;
    for (auto const& [name, value] : dask.at(where).items())
        env[name] = value.is_string() ? value.get<std::string>() : value.dump();
    return env;
}

} // namespace

environment agent_environment(json const& dask, environment const& user, environment const& pool) {
    environment env = dask_defaults;
    overlay(env, configured(dask, json::json_pointer("/distributed/nanny/pre-spawn-environ")));
    overlay(env, configured(dask, json::json_pointer("/distributed/nanny/environ")));
    overlay(env, user);
    overlay(env, pool);
    return env;
}

} // namespace daskd::core
