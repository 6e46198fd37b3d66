#include "daemon/queue/worker_job.hpp"

#include "daemon/core/lifetime.hpp"

#include <algorithm>
#include <charconv>

namespace daskd::queue {
namespace {

std::string text_of(double number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// Of one worker; a fraction is that of the node.
std::string memory_limit(config::pool_settings const& pool) {
    using kind = config::memory_setting::kind;
    switch (pool.memory.is) {
    case kind::none: return "0";
    case kind::bytes: return std::to_string(pool.memory.bytes);
    case kind::fraction: return text_of(pool.memory.fraction);
    case kind::automatic: break;
    }
    if (!pool.job_memory_bytes) return "auto";
    return std::to_string(*pool.job_memory_bytes / static_cast<std::uint64_t>(pool.processes));
}

std::string resources(config::pool_settings const& pool) {
    std::string list;
    for (auto const& [name, amount] : pool.resources)
        list += (list.empty() ? "" : ",") + name + "=" + text_of(amount);
    return list;
}

} // namespace

std::vector<std::string> worker_command(config::pool_settings const& pool, std::string const& name,
                                        std::string const& python, std::string const& scheduler,
                                        json const& dask) {
    std::vector<std::string> words;
    auto const add = [&](auto... more) { (words.emplace_back(more), ...); };
    if (pool.nice != 0) add("nice", "-n", std::to_string(pool.nice));
    add(python, "-m", "distributed.cli.dask_worker", scheduler, "--name", name);
    add("--nthreads", std::to_string(pool.threads.value_or(pool.cores / pool.processes)));
    add("--memory-limit", memory_limit(pool));
    if (pool.processes > 1) add("--nworkers", std::to_string(pool.processes));
    add("--nanny");
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(pool.start_timeout).count();
    add("--death-timeout", std::to_string(seconds));
    if (pool.local_directory) add("--local-directory", *pool.local_directory);
    if (pool.interface) add("--interface", *pool.interface);
    if (!pool.resources.empty()) add("--resources", resources(pool));
    for (auto const& module : pool.preload)
        add("--preload", module);
    for (auto const& word : core::lifetime_args(pool, dask))
        add(word);
    words.insert(words.end(), pool.args.begin(), pool.args.end());
    return words;
}

job make_job(config::pool_settings const& pool, std::string const& name, std::vector<std::string> command) {
    job what;
    what.name = "dask-" + name;
    what.shebang = pool.shebang;
    what.prologue = pool.prologue;
    what.cwd = pool.cwd.value_or("");
    what.command = std::move(command);
    what.cores = pool.cores;
    what.memory_bytes = pool.job_memory_bytes;
    what.queue = pool.queue;
    what.project = pool.project;
    what.walltime = pool.walltime;
    what.resource_spec = pool.resource_spec;
    what.directives = pool.directives;
    what.directives_skip = pool.directives_skip;
    what.log_directory = pool.log_directory;
    return what;
}

} // namespace daskd::queue
