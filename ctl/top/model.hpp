#pragma once

#include "common/cluster_view.hpp"
#include "common/json.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::ctl::top {

using time_point = std::chrono::steady_clock::time_point;

/// What is asked of the daemon, and how people are told of it.
struct order {
    std::string method;
    json params;
    std::string doing; ///< "restarting local-2"
    std::string done;  ///< "local-2: restarted"

    bool operator==(order const&) const = default;
};

/// A question at the bottom of the screen.
struct prompt {
    std::string text;
    bool wants_number = false; ///< else y or n
    std::string input;         ///< so far
    std::string pool;          ///< whose number of workers it is
    order if_yes;
};

enum class sorting { by_name, by_cpu, by_memory, by_restarts };
[[nodiscard]] std::string to_string(sorting s);

/// A log that is shown instead of the cluster.
struct open_log {
    std::string name;
    std::deque<std::string> lines;
    std::size_t scrolled = 0; ///< lines between the newest and the bottom of the screen
    std::string problem;      ///< why there is none
};

/// The course of one worker's figures, the newest last.
struct course {
    std::deque<double> cpu_percent;
    std::deque<double> memory_bytes;
};

/// All that `top` knows and shows. Pure: what happens comes as calls, and nobody is asked.
struct model {
    static constexpr std::size_t kept_values = 120;
    static constexpr std::size_t kept_events = 200;
    static constexpr std::size_t kept_lines = 5000;

    cluster_view view;
    time_point shown_at; ///< when `view` was true
    std::optional<time_point> sampled_at;
    bool is_connected = false;
    std::map<std::string, course> courses; ///< by worker
    std::deque<json> events;               ///< the newest last

    std::string selected;        ///< a worker; empty: none
    std::size_t first_shown = 0; ///< row of the table
    sorting order_by = sorting::by_name;
    std::optional<prompt> question;
    std::optional<open_log> log;
    bool shows_help = false;
    std::string message; ///< how the last order went
    bool is_complaint = false;

    void on_status(cluster_view fresh, time_point now);
    void on_event(json event);
    void on_log(std::string const& name, std::vector<std::string> const& lines);
    void on_connection(bool is_there);
    void tell(std::string text, bool complains = false);

    /// The workers in the order in which they are shown.
    [[nodiscard]] std::vector<worker_view const*> rows() const;
    [[nodiscard]] worker_view const* find_selected() const;
    /// By so many rows, as far as there are any.
    void move_selection(std::ptrdiff_t rows);
    /// Has the selected row among `height` rows.
    void scroll_to_selection(std::size_t height);
};

} // namespace daskd::ctl::top
