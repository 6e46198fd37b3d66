#include "daemon/core/nanny_environment.hpp"

#include "daemon/core/dask_setting.hpp"

namespace daskd::core {
namespace {

/// Dask's own defaults of `distributed.nanny.pre-spawn-environ`.
environment const dask_defaults{{"MALLOC_TRIM_THRESHOLD_", "65536"},
                                {"OMP_NUM_THREADS", "1"},
                                {"MKL_NUM_THREADS", "1"},
                                {"OPENBLAS_NUM_THREADS", "1"}};

constexpr auto hash_seed = "PYTHONHASHSEED";
constexpr auto common_hash_seed = "6640"; // newer Dask's

void overlay(environment& base, environment const& top) {
    for (auto const& [name, value] : top)
        base[name] = value;
}

/// Both sections as one map: name -> value, null included.
json settings_of(json const& dask) {
    auto all = json::object();
    for (auto const* path : {"distributed.nanny.pre-spawn-environ", "distributed.nanny.environ"})
        if (auto const* section = find_setting(dask, path); section != nullptr && section->is_object())
            all.update(*section);
    return all;
}

environment configured(json const& dask) {
    auto env = dask_defaults;
    auto const settings = settings_of(dask);
    for (auto const& [name, value] : settings.items())
        if (value.is_null())
            env.erase(name);
        else
            env[name] = value.is_string() ? value.get<std::string>() : value.dump();
    return env;
}

} // namespace

environment agent_environment(json const& dask, environment const& user, environment const& pool) {
    environment env = configured(dask);
    overlay(env, user);
    overlay(env, pool);
    auto& seed = env[hash_seed];
    if (seed.empty() || seed == "0") seed = common_hash_seed;
    return env;
}

std::vector<std::string> nanny_variables(json const& dask) {
    std::vector<std::string> names{hash_seed};
    for (auto const& [name, value] : dask_defaults)
        names.push_back(name);
    auto const settings = settings_of(dask);
    for (auto const& [name, value] : settings.items())
        names.push_back(name);
    return names;
}

} // namespace daskd::core
