#include "daemon/core/memory_guard.hpp"

#include "daemon/core/dask_setting.hpp"

namespace daskd::core {
namespace {

constexpr double dask_default_terminate = 0.95;

double configured_terminate(json const& dask) {
    auto const* value = find_setting(dask, "distributed.worker.memory.terminate");
    if (value == nullptr) return dask_default_terminate;
    return value->is_number() ? value->get<double>() : 0; // false
}

milliseconds configured_interval(json const& dask) {
    auto const read = find_duration(dask, "distributed.worker.memory.monitor-interval");
    return read && read->count() > 0 ? *read : memory_guard{}.interval;
}

} // namespace

std::optional<memory_guard> make_memory_guard(std::optional<std::uint64_t> limit_bytes,
                                              std::optional<double> terminate, json const& dask) {
    auto const fraction = terminate.value_or(configured_terminate(dask));
    if (!limit_bytes || fraction <= 0) return std::nullopt;
    auto const bytes = static_cast<double>(*limit_bytes) * fraction;
    return memory_guard{*limit_bytes, static_cast<std::uint64_t>(bytes), configured_interval(dask)};
}

} // namespace daskd::core
