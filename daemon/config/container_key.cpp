#include "daemon/config/container_key.hpp"

#include <array>

namespace daskd::config {
namespace {

/// Options by which daskd finds and ends the container, and speaks to what runs in it.
constexpr std::array<std::string_view, 6> ours{"--name", "--detach", "-d", "--rm", "--pid", "--tty"};

std::optional<std::string> complaint_about_option(std::string const& word) {
    if (word.find('\0') != std::string::npos) return "must not contain a NUL character";
    auto const name = word.substr(0, word.find('='));
    if (std::ranges::find(ours, name) == ours.end()) return std::nullopt;
    return "'" + name + "' is daskd's own to say";
}

table<container_settings> const& container_keys() {
    using settings = container_settings;
    using engine = container_engine;
    static table<settings> const keys{
        setting(
            "engine", &settings::engine,
            choice<engine>(
                {{"docker", engine::docker}, {"podman", engine::podman}, {"apptainer", engine::apptainer}}),
            "", "docker, podman or apptainer"),
        setting("image", &settings::image, text("an image"), "", "as the engine names it"),
        setting("command", &settings::command, texts(), "[]", "before Python, such as [start.sh]"),
        setting("options", &settings::options, texts(complaint_about_option), "[]",
                "further options of the engine"),
    };
    return keys;
}

} // namespace

codec<container_settings> container() {
    auto some = some_of(container_keys());
    return {[read = some.read](node const& value, reading const& at) {
                if (value.is == node::kind::map)
                    for (auto const* key : {"engine", "image"})
                        if (find(value, key) == nullptr)
                            at.fail(value.at, std::string("needs '") + key + "'");
                return read(value, at);
            },
            some.write, map_schema(docs_of(container_keys()), {"engine", "image"})};
}

std::string to_string(container_engine engine) {
    switch (engine) {
    case container_engine::docker: return "docker";
    case container_engine::podman: return "podman";
    case container_engine::apptainer: return "apptainer";
    }
    return "?";
}

} // namespace daskd::config
