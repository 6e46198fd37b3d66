#include "daemon/core/memory_guard.hpp"

#include "common/durations.hpp"

namespace daskd::core {
namespace {

constexpr double dask_default_terminate = 0.95;

json const* find(json const& dask, char const* key) {
    static json::json_pointer const section("/distributed/worker/memory");
    if (!dask.contains(section)) return nullptr;
    auto const& memory = dask.at(section);
    auto const it = memory.is_object() ? memory.find(key) : memory.end();
    return it == memory.end() ? nullptr : &*it;
}

double configured_terminate(json const& dask) {
    auto const* value = find(dask, "terminate");
    if (value == nullptr) return dask_default_terminate;
    return value->is_number() ? value->get<double>() : 0; // false
}

milliseconds configured_interval(json const& dask) {
    auto const* value = find(dask, "monitor-interval");
    if (value == nullptr) value = find(dask, "monitor_interval");
    if (value == nullptr) return memory_guard{}.interval;
    auto const read = parse_duration(value->is_string() ? value->get<std::string>() : value->dump());
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
