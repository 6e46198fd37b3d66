#include "daemon/queue/private_file.hpp"

#include "common/base64.hpp"
#include "common/shell_quote.hpp"
#include "daemon/core/walltime.hpp"
#include "daemon/queue/worker_job.hpp"

#include <chrono>

namespace daskd::queue {
namespace {

/// Only such names can be exported by a shell.
bool is_exportable(std::string const& name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !name.empty() && name.find_first_not_of(letters) == std::string::npos &&
           letters.find(name.front()) < letters.find('0');
}

double seconds(core::milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

json order_of(core::agent_spec const& spec, std::string const& name, private_part const& part) {
    auto const& pool = spec.job->pool;
    auto const walltime = pool.walltime ? core::parse_walltime(pool.launcher, *pool.walltime) : std::nullopt;
    return {{"name", name},
            {"scheduler", part.scheduler},
            {"dask_config", part.dask},
            {"files", part.files},
            {"warm", spec.warm},
            {"walltime_s", walltime ? json(seconds(*walltime)) : json(nullptr)},
            {"leaving_s", walltime ? seconds(core::leaving_time(*walltime)) : 0},
            {"orphan_timeout_s", seconds(spec.orphan_timeout)},
            {"join_timeout_s", seconds(pool.start_timeout)}};
}

/// A script for the interpreter that makes the program out of its second argument.
constexpr auto loader =
    R"(import base64,os,sys,zlib;p=zlib.decompress(base64.b64decode(sys.argv[2]));)"
    R"(f=os.memfd_create("agent.pyz");open(f,"wb",closefd=False).write(p);)"
    R"(sys.path.insert(0,"/proc/self/fd/%d"%f);from daskd_agent import job;job.enter(p,sys.argv[1]))";

} // namespace

std::string private_file(core::agent_spec const& spec, std::string const& name, private_part const& part) {
    std::string text = "# The private part of the job " + name + ", by daskd\n";
    for (auto const& [variable, value] : spec.env)
        if (is_exportable(variable)) text += "export " + variable + "=" + shell_quote(value) + "\n";
    if (spec.job->pool.nanny) {
        // As Dask hands its configuration to processes that it starts.
        return text + "export DASK_INTERNAL_INHERIT_CONFIG=" + base64_url(part.dask.dump()) + "\n";
    }
    return text + "# " + order_of(spec, name, part).dump(-1, ' ', true) + "\n";
}

std::vector<std::string> agent_command(core::agent_spec const& spec, std::string const& private_file) {
    std::vector<std::string> words;
    if (auto const nice = spec.job->pool.nice; nice != 0) words = {"nice", "-n", std::to_string(nice)};
    words.insert(words.end(), {spec.python, "-I", "-c", loader, private_file});
    return words;
}

job agent_job(core::agent_spec const& spec, std::string const& name, std::string const& private_file,
              std::string_view agent_program, private_part const& part) {
    auto const& pool = spec.job->pool;
    auto what =
        make_job(pool, name,
                 pool.nanny ? worker_command(pool, spec.job->base, spec.python, part.scheduler, part.dask)
                            : agent_command(spec, private_file));
    what.name = name;
    what.private_file = private_file;
    what.cwd = spec.cwd;
    if (!pool.nanny) what.payload = agent_program;
    return what;
}

} // namespace daskd::queue
