#pragma once

#include "common/paths.hpp"
#include "daemon/config/load.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/state/intent.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::supervise {

/// From configuration to plan: reads the files, finds the interpreters, looks at this host. The decisions are
/// config::load and core::make_plan; this is the errand around them.
class planner {
public:
    planner(cluster_paths paths, std::optional<std::filesystem::path> config_file)
        : paths_(std::move(paths)), config_file_(std::move(config_file)) {}

    /// The one that daskd was started with, beyond those that Dask reads.
    [[nodiscard]] std::optional<std::filesystem::path> const& config_file() const { return config_file_; }

    struct made {
        core::plan plan;
        std::vector<std::string> files; ///< that were read
        core::plan_input input;         ///< what the plan followed from
        std::vector<std::string> warnings = {};
    };

    /// Fails with errc::bad_configuration and every diagnostic, one a line, or with why no interpreter fits.
    boost::asio::awaitable<result<made>> make(state::intent intent);

    /// Another plan from the same configuration, for pools that are scaled otherwise by now.
    [[nodiscard]] static core::plan again(made const& before, state::intent const& intent);

    /// Makes `fresh`, which has further pools, differ from what runs by these alone: what the files say
    /// differently by now is for `reload`.
    static void keep_running(made const& running, made& fresh);

    /// What a remote host offers, for this plan and those to come. Whether that is news.
    bool learn(made& present, std::string const& host, core::host_resources const& resources);

    /// Reads the configuration alone.
    [[nodiscard]] config::loaded load(state::client_context const& context,
                                      state::overrides const& flags) const;

private:
    cluster_paths paths_;
    std::optional<std::filesystem::path> config_file_;
    process::python_finder pythons_;
    std::map<std::string, core::host_resources> hosts_; ///< remote ones, by name
};

/// All diagnostics as one error.
[[nodiscard]] error as_error(std::vector<config::diagnostic> const& diagnostics);

} // namespace daskd::supervise
