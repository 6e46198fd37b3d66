#include "daemon/launch/bootstrap.hpp"

#include "common/base64.hpp"
#include "common/json.hpp"
#include "daemon/core/tunnels.hpp"
#include "daemon/launch/remote_container.hpp"

namespace daskd::launch {
namespace {

constexpr std::string_view mark = "DASKD ";
/// Starts a container, which has an interpreter of its own.
constexpr auto python_outside = "python3";
/// More than any message of the day.
constexpr std::size_t most_noise = std::size_t{64} << 10;

/// One line without single quotes, backslashes and exclamation marks: csh and fish would take them for
/// theirs. `want` is the interpreter, or auto, or a virtual or Conda environment; `size` the bytes of the
/// program. A login shell that cannot say its environment (csh has no -lc) leaves the one that is there.
constexpr std::string_view script =
    R"sh(IFS= read -r want; read -r size; )sh"
    R"sh(login=$("${SHELL:-/bin/sh}" -lc env </dev/null 2>/dev/null); )sh"
    R"sh(value() { printf "%s" "$login" | sed -n "s/^$1=//p" | head -n 1; }; )sh"
    R"sh(path=$(value PATH); PATH=${path:-$PATH}; export PATH; )sh"
    R"sh(run() { exec "$1" -c "import sys;exec(sys.stdin.buffer.read(int(sys.argv[1])))" "$size"; }; )sh"
    R"sh(case $want in "~/"*) want=$HOME/${want#??};; esac; )sh"
    R"sh(if [ -d "$want" ]; then want=$want/bin/python3; fi; )sh"
    R"sh(case $want in auto) ;; *) command -v "$want" >/dev/null && run "$want"; echo "DASKD-NONE $want"; exit 1;; esac; )sh"
    R"sh(venv=$(value VIRTUAL_ENV); conda=$(value CONDA_PREFIX); )sh"
    R"sh(for p in "${venv:+$venv/bin/python3}" "${conda:+$conda/bin/python3}" python3 python /usr/bin/python3; do )sh"
    R"sh(command -v "$p" >/dev/null && "$p" -c "import sys,importlib.util as u;sys.exit(not u.find_spec(sys.argv[1]))" )sh"
    R"sh(distributed </dev/null 2>/dev/null && run "$p"; done; echo "DASKD-NONE auto"; exit 1)sh";

/// The same literal in Python.
std::string literal(json const& value) {
    return json(value.dump(-1, ' ', true)).dump(-1, ' ', true);
}

} // namespace

std::string bootstrap_command() {
    return "exec /bin/sh -c '" + std::string(script) + "'";
}

std::string bootstrap_input(core::agent_spec const& spec, std::string const& cluster, std::string const& log,
                            std::string_view program) {
    json const wanted{{"cluster", cluster},
                      {"id", spec.id},
                      {"warm", spec.warm},
                      {"env", spec.env},
                      {"cwd", spec.cwd},
                      {"log", log},
                      {"mouth", spec.tunnel ? json(core::home_of(spec)) : json()},
                      {"container", spec.container ? container_order(spec, cluster, log) : json()}};
    // The program is imported from a file without a name: where it will be kept is its own decision.
    auto const text = "import base64, json, os, sys\n"
                      "program = base64.b64decode('" +
                      base64(program) +
                      "')\n"
                      "file = os.memfd_create('agent.pyz')\n"
                      "with open(file, 'wb', closefd=False) as f: f.write(program)\n"
                      "sys.path.insert(0, f'/proc/self/fd/{file}')\n"
                      "from daskd_agent import remote\n"
                      "remote.main(program, json.loads(" +
                      literal(wanted) + "))\n";
    return (spec.container ? python_outside : spec.python) + "\n" + std::to_string(text.size()) + "\n" + text;
}

std::optional<result<std::string>> bootstrap_answer::read(std::string_view bytes) {
    text_ += bytes;
    while (true) {
        auto begin = text_.find(mark);
        while (begin != std::string::npos && begin != 0 && text_[begin - 1] != '\n')
            begin = text_.find(mark, begin + 1);
        auto const end = begin == std::string::npos ? begin : text_.find('\n', begin);
        if (end == std::string::npos) {
            if (text_.size() <= most_noise) return std::nullopt;
            return result<std::string>(error{errc::failed, "the login shell there writes without end",
                                             "see: ssh HOST true; its start-up files must be silent"});
        }
        auto const said =
            parse_json(std::string_view(text_).substr(begin + mark.size(), end - begin - mark.size()));
        if (!said || !said->is_object())
            return result<std::string>(
                error{errc::failed, "the answer of the far end is not understood", ""});
        auto rest = text_.substr(end + 1);
        if (auto const it = said->find("news"); it != said->end() && it->is_string()) {
            text_ = std::move(rest);
            if (on_news_) on_news_(it->get<std::string>());
            continue;
        }
        return take(*said, std::move(rest));
    }
}

result<std::string> bootstrap_answer::take(json const& answer, std::string rest) {
    auto const text = [&](char const* key) {
        auto const it = answer.find(key);
        return it != answer.end() && it->is_string() ? it->get<std::string>() : std::string();
    };
    engine_ = answer.value("engine", json());
    if (answer.contains("error")) return error{errc::failed, text("error"), text("hint")};
    if (auto const it = answer.find("pid"); it != answer.end() && it->is_number_integer())
        pid_ = it->get<int>();
    mouth_ = text("mouth");
    python_ = text("python");
    program_ = text("program");
    path_ = text("path");
    return rest;
}

error bootstrap_answer::ended(bool is_contained) const {
    constexpr std::string_view none = "DASKD-NONE ";
    if (auto const at = text_.rfind(none); at != std::string::npos) {
        auto const want = text_.substr(at + none.size(), text_.find('\n', at) - at - none.size());
        if (want == "auto")
            return {errc::bad_configuration, "no Python with 'distributed' there",
                    "install it there, or set the pool's python to an interpreter that has it"};
        if (is_contained)
            return {errc::bad_configuration, "there is no python3 outside of containers",
                    "install python3 there: it starts the container"};
        return {errc::bad_configuration, "there is no interpreter " + want,
                "set the pool's python to one that is there"};
    }
    auto last = text_.substr(0, text_.find_last_not_of(" \r\n") + 1);
    if (auto const line = last.rfind('\n'); line != std::string::npos) last.erase(0, line + 1);
    return {errc::failed, "the host agent could not be started there" + (last.empty() ? "" : ": " + last),
            ""};
}

} // namespace daskd::launch
