#include "daemon/survey/interpreters.hpp"

#include "common/json.hpp"
#include "daemon/launch/bootstrap.hpp"
#include "daemon/launch/ssh_host.hpp"
#include "daemon/process/short_command.hpp"

#include <chrono>

namespace daskd::survey {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto limit = 60s; // a slow shared file system

constexpr std::string_view mark = "DASKD ";

/// What is told is what Dask compares, and what a host agent would say of its host.
constexpr std::string_view question =
    R"(import json, sys
from dask.system import CPU_COUNT
from distributed.system import MEMORY_LIMIT
from distributed.versions import get_versions
packages = {name: str(v) for name, v in get_versions()["packages"].items() if v}
print("DASKD " + json.dumps({"python": sys.executable, "versions": packages, "cores": CPU_COUNT, "memory": MEMORY_LIMIT}))
)";

std::string last_line(std::string text) {
    while (text.ends_with('\n'))
        text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

void fail(doctor::place& where, error const& e) {
    where.wrong = {e.what, e.hint};
}

} // namespace

bool read_answer(std::string const& output, doctor::place& into) {
    auto at = output.rfind(mark);
    while (at != std::string::npos && at != 0 && output[at - 1] != '\n')
        at = output.rfind(mark, at - 1);
    if (at == std::string::npos) return false;
    auto const begin = at + mark.size();
    auto const answer = parse_json(std::string_view(output).substr(begin, output.find('\n', begin) - begin));
    if (!answer || !answer->is_object()) return false;
    try {
        into.python = answer->value("python", into.python);
        into.versions = answer->at("versions").get<std::map<std::string, std::string>>();
        into.cores = answer->value("cores", 0);
        into.memory_bytes = answer->value("memory", std::uint64_t{0});
    } catch (json::exception const&) {
        return false;
    }
    return true;
}

asio::awaitable<void> ask_here(doctor::place& where) {
    auto const python = where.python; // a virtual environment is known by this path
    process::program asked;
    asked.argv = {python, "-c", std::string(question)};
    asked.env = process::own_environment();
    auto const answer = co_await process::run_command(std::move(asked), limit);
    if (!answer)
        fail(where, answer.error());
    else if (!answer->succeeded() || !read_answer(answer->out, where))
        where.wrong = {python + " cannot import Dask: " + last_line(answer->err),
                       python + " -m pip install distributed"};
    where.python = python;
}

asio::awaitable<void> ask_there(doctor::place& where, config::pool_settings pool, config::host_address host) {
    launch::ssh_host there({std::move(host), pool.identity, pool.known_hosts});
    auto connecting = there.connect();
    auto const session = co_await std::move(connecting);
    if (!session) co_return fail(where, session.error());
    auto const input =
        pool.python.value_or("auto") + "\n" + std::to_string(question.size()) + "\n" + std::string(question);
    auto running = (*session)->run(launch::bootstrap_command(), input, limit);
    auto const answer = co_await std::move(running);
    if (!answer) co_return fail(where, answer.error());
    if (read_answer(answer->out, where)) co_return;
    launch::bootstrap_answer said;
    std::ignore = said.read(answer->out);
    auto e = said.ended(false);
    if (auto const line = last_line(answer->err); e.hint.empty() && !line.empty())
        e = {errc::failed, "Dask cannot be imported there: " + line,
             "ssh " + where.host + " PYTHON -m pip install distributed, or name another 'python:'"};
    fail(where, e);
}

} // namespace daskd::survey
