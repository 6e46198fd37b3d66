#include "daemon/launch/remote_container.hpp"

#include "common/join.hpp"
#include "daemon/config/container_key.hpp"
#include "daemon/launch/container_command.hpp"

#include <algorithm>

namespace daskd::launch {
namespace {

constexpr auto runtime = "@RUNTIME@";

container_identity identity_there(core::agent_spec const& spec, std::string const& cluster) {
    auto name = "daskd-" + cluster;
    std::ranges::replace(name, '@', '-'); // no engine takes it
    return {cluster, spec.id, runtime, name + "-" + spec.id + "-@START@", "@USER@"};
}

/// "~/" is the home there.
std::string directory_of(std::string const& log) {
    auto const directory = log.substr(0, log.rfind('/'));
    return directory.starts_with("~/") ? "@HOME@" + directory.substr(1) : directory;
}

words agent_words(core::agent_spec const& spec) {
    auto const beside = std::string(runtime) + "/";
    words line{spec.python,
               beside + "agent.pyz",
               "enter",
               "--id",
               spec.id,
               "--socket",
               beside + "agent-" + spec.id + ".sock",
               "--image",
               spec.container->image};
    if (!spec.warm.empty()) line.insert(line.end(), {"--warm", join(spec.warm, ",")});
    return line;
}

} // namespace

json container_order(core::agent_spec const& spec, std::string const& cluster, std::string const& log) {
    auto const& container = *spec.container;
    auto const run = run_command_line(container, identity_there(spec, cluster), "@CWD@",
                                      {runtime, "@CWD@", directory_of(log)}, agent_words(spec));
    return {{"image", container.image},
            {"run", run},
            {"query", image_query(container)},
            {"pull", pull_command_line(container)},
            {"directories", container.directories},
            {"stays", container.engine == config::container_engine::apptainer}};
}

json container_removal(core::agent_spec const& spec, std::string const& cluster) {
    auto const& container = *spec.container;
    return {{"list", list_command_line(container, identity_there(spec, cluster))},
            {"remove", remove_command_line(container, {})}};
}

error explain_engine(core::agent_spec const& spec, json const& told) {
    auto const& container = *spec.container;
    auto const engine = config::to_string(container.engine);
    try {
        auto const tried = told.at("tried").get<std::string>();
        auto const lines = told.at("lines").get<words>();
        if (tried == "find")
            return {errc::bad_configuration, "there is no '" + engine + "' on PATH there",
                    "install " + engine + " there, or name another engine"};
        if (tried == "pull") return explain_missing_image(container, lines);
        return explain_failure(container, spec.python, told.at("code").get<int>(), lines);
    } catch (json::exception const&) {
        return {errc::failed, engine + " cannot run image " + container.image + " there", ""};
    }
}

} // namespace daskd::launch
