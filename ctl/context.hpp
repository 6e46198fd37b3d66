#pragma once

#include "common/cluster_view.hpp"
#include "common/paths.hpp"
#include "ctl/client.hpp"
#include "ctl/render/style.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace daskd::ctl {

/// Options that every verb takes.
struct global_options {
    std::string cluster; ///< empty: DASKD_CLUSTER, else "default"
    color_mode color = color_mode::automatic;
    bool wants_json = false;
};

/// What a verb works with: the cluster it is about, and the way to its daemon.
struct context {
    global_options options;
    cluster_paths paths;
    style paint; ///< for stdout

    /// Connects; an empty optional if no daemon listens.
    [[nodiscard]] result<std::optional<client>> find_daemon() const;
    /// Connects; no daemon is an error that says how to start it.
    [[nodiscard]] result<client> daemon() const;
};

/// The context of one command. Fails on a cluster name that cannot be.
[[nodiscard]] result<context> make_context(global_options options);

/// Data, to stdout.
void print(std::string_view text);
/// One JSON object on a line of stdout, with `"schema": 1` first.
void print_json(json const& object);
/// A message, to stderr, with its line end.
void tell(std::string_view message);
/// `daskctl: WHAT`, then the hint, to stderr.
void complain(error const& e);

} // namespace daskd::ctl
