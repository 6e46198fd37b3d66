#include "daemon/launch/container_command.hpp"

#include "daemon/config/container_key.hpp"

#include <algorithm>

namespace daskd::launch {
namespace {

using config::container_engine;

constexpr int engine_failed = 125;
constexpr int cannot_execute = 126;
constexpr int not_found = 127;
constexpr int apptainer_failed = 255;

bool is_apptainer(core::container_spec const& spec) {
    return spec.engine == container_engine::apptainer;
}

/// One field of a comma-separated record.
std::string csv(std::string const& field) {
    if (field.find_first_of(",\"\n") == std::string::npos) return field;
    std::string quoted = "\"";
    for (char const c : field)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

/// Same path inside and outside. One below another is there already.
words mounts(core::container_spec const& spec, words directories) {
    directories.insert(directories.end(), spec.directories.begin(), spec.directories.end());
    directories.insert(directories.end(), spec.files.begin(), spec.files.end());
    std::ranges::sort(directories); // what is above comes before what is below
    words kept;
    for (auto const& path : directories) {
        auto const covers = [&](std::string const& above) {
            return path == above || path.starts_with(above + "/");
        };
        if (std::ranges::none_of(kept, covers)) kept.push_back(path);
    }
    for (auto& path : kept)
        path = "--mount=type=bind," + csv("source=" + path) + "," + csv("destination=" + path);
    return kept;
}

void add(words& to, words const& more) {
    to.insert(to.end(), more.begin(), more.end());
}

words own_options(core::container_spec const& spec, container_identity const& id) {
    words options{"--interactive", "--rm", "--name=" + id.name, "--label=daskd.cluster=" + id.cluster,
                  "--label=daskd.agent=" + id.agent, "--label=daskd.runtime=" + id.runtime_dir,
                  "--network=host", "--pid=host", "--user=" + id.user,
                  // SELinux would keep us from our own sockets; relabelling a home directory is no way out.
                  "--security-opt=label=disable"};
    if (spec.engine == container_engine::podman && !id.user.starts_with("0:"))
        options.emplace_back("--userns=keep-id");
    auto const speaks_of_pulling = [](std::string const& word) { return word.starts_with("--pull"); };
    if (std::ranges::none_of(spec.options, speaks_of_pulling)) options.emplace_back("--pull=never");
    return options;
}

bool has(words const& lines, std::string_view text) {
    return std::ranges::any_of(lines,
                               [&](std::string const& line) { return line.find(text) != std::string::npos; });
}

/// The line that says most: engines end with a hint of how to get help.
std::string telling_line(words const& lines) {
    for (auto const* mark : {"Error: ", "FATAL: ", "docker: ", "Error response", "daskd-agent: "})
        for (auto it = lines.rbegin(); it != lines.rend(); ++it)
            if (auto const at = it->find(mark); at != std::string::npos) return it->substr(at);
    return lines.empty() ? "it said nothing" : lines.back();
}

} // namespace

words run_command_line(core::container_spec const& spec, container_identity const& identity,
                       std::string const& cwd, words directories, words const& program) {
    words line{spec.program};
    if (is_apptainer(spec)) {
        // The image's environment, as with the others, and not the host's.
        add(line, {"exec", "--cleanenv", "--pwd=" + cwd});
    } else {
        line.emplace_back("run");
        add(line, own_options(spec, identity));
        line.push_back("--workdir=" + cwd);
    }
    add(line, mounts(spec, std::move(directories)));
    add(line, spec.options);
    line.push_back(spec.image);
    add(line, spec.command);
    add(line, program);
    return line;
}

words image_query(core::container_spec const& spec) {
    if (is_apptainer(spec)) return {};
    return {spec.program, "image", "inspect", "--format={{.Id}}", spec.image};
}

words pull_command_line(core::container_spec const& spec) {
    return {spec.program, "pull", spec.image};
}

words list_command_line(core::container_spec const& spec, container_identity const& identity) {
    if (is_apptainer(spec)) return {};
    return {spec.program,
            "ps",
            "--all",
            "--quiet",
            "--filter=label=daskd.agent=" + identity.agent,
            "--filter=label=daskd.runtime=" + identity.runtime_dir};
}

words remove_command_line(core::container_spec const& spec, words const& ids) {
    words line{spec.program, "rm", "--force"};
    if (spec.engine == container_engine::podman) line.emplace_back("--time=0"); // docker never waits
    add(line, ids);
    return line;
}

error explain_failure(core::container_spec const& spec, std::string const& python, int exit_code,
                      words const& last_lines) {
    auto const engine = config::to_string(spec.engine);
    auto const said = telling_line(last_lines);
    auto const fatal = [&](std::string what, std::string hint) {
        return error{errc::bad_configuration, std::move(what), std::move(hint)};
    };
    if (has(last_lines, "permission denied") && has(last_lines, "docker") && has(last_lines, ".sock"))
        return fatal(
            "you may not use the Docker daemon: " + said,
            "have root call: usermod --append --groups docker YOU, then log in again; or set engine: podman");
    if (has(last_lines, "Cannot connect to the Docker daemon"))
        return fatal("the Docker daemon does not run: " + said,
                     "have root call: systemctl start docker; or set engine: podman");
    if (exit_code == cannot_execute || exit_code == not_found) {
        auto const& wanted = spec.command.empty() ? python : spec.command.front();
        return fatal("image " + spec.image + " has no '" + wanted + "': " + said,
                     spec.command.empty() ? "set 'python:' to an interpreter in the image"
                                          : "mend 'command:'");
    }
    if (exit_code == (is_apptainer(spec) ? apptainer_failed : engine_failed))
        return {errc::failed, engine + " cannot run image " + spec.image + ": " + said,
                "try it by hand: " + engine + (is_apptainer(spec) ? " exec " : " run --rm ") + spec.image +
                    " " + python + " --version"};
    return {errc::failed,
            "the container of image " + spec.image + " ended with code " + std::to_string(exit_code) + ": " +
                said,
            ""};
}

error explain_contained(core::container_spec const& spec, error said) {
    said.what = "image " + spec.image + ": " + said.what;
    said.hint = "use an image that has it, or set 'python:' to an interpreter in the image that does";
    return said;
}

error explain_missing_image(core::container_spec const& spec, words const& last_lines) {
    return {errc::bad_configuration,
            "image " + spec.image + " is not here and cannot be fetched: " + telling_line(last_lines),
            "check the name, or build it; by hand: " + config::to_string(spec.engine) + " pull " +
                spec.image};
}

} // namespace daskd::launch
