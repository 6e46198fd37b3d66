#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace daskd::core {

/// How often something took how long. Counted from the start of this daskd on.
class time_histogram {
public:
    /// Upper bounds of the buckets but the last, which has none; in seconds.
    static constexpr std::array bounds_s{0.005, 0.01, 0.025, 0.05, 0.1,  0.25, 0.5,
                                         1.0,   2.5,  5.0,   10.0, 30.0, 60.0};

    void observe(double seconds);

    /// How many took at most bounds_s[i].
    [[nodiscard]] std::uint64_t within(std::size_t i) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double sum_s() const { return sum_s_; }

private:
    std::array<std::uint64_t, bounds_s.size()> buckets_{};
    std::uint64_t count_ = 0;
    double sum_s_ = 0;
};

/// What has happened to a cluster, in numbers that only rise: since the start of this daskd.
struct tally {
    using by_cause = std::map<std::string, std::uint64_t>;

    by_cause scheduler_restarts;
    std::map<std::string, by_cause> worker_restarts; ///< by pool
    std::map<std::string, time_histogram>
        worker_starts; ///< by pool; from the decision to start to registered
    time_histogram scheduler_starts;
};

} // namespace daskd::core
