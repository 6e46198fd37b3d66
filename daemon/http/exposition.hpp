#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daskd::http {

/// Text in Prometheus' exposition format, version 0.0.4. Pure.
class exposition {
public:
    /// Every sample gets the label `cluster`.
    explicit exposition(std::string cluster) : cluster_(std::move(cluster)) {}

    using labels = std::vector<std::pair<std::string_view, std::string>>;

    /// Begins a metric: its samples follow. `type`: gauge, counter or histogram.
    void metric(std::string_view name, std::string_view type, std::string_view help);
    void sample(labels const& of, double value) { sample("", of, value); }
    /// `suffix`: _bucket, _sum or _count of a histogram.
    void sample(std::string_view suffix, labels const& of, double value);

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string cluster_;
    std::string text_;
    std::string name_; ///< of the present metric
};

/// A number as it is shown: the shortest text that gives it again.
[[nodiscard]] std::string show_number(double value);

} // namespace daskd::http
