#include "daemon/core/agent_id.hpp"

#include <cstdio>
#include <string_view>

namespace daskd::core {
namespace {

/// 64-bit FNV-1a: the same on every build and machine, unlike std::hash, because agents outlive daskd.
class stable_hash {
public:
    void add(std::string_view text) {
        for (char c : text)
            mix(static_cast<unsigned char>(c));
        mix(0);
    }
    [[nodiscard]] std::string hex() const {
        char text[9];
        std::snprintf(text, sizeof text, "%08x",
                      static_cast<unsigned>((value_ >> 32) ^ (value_ & 0xffffffffU)));
        return text;
    }

private:
    void mix(unsigned char c) {
        value_ ^= c;
        value_ *= 0x100000001b3ULL;
    }
    std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

void add_container(stable_hash& hash, container_spec const& c) {
    hash.add(c.program);
    hash.add(c.image);
    for (auto const* list : {&c.command, &c.options, &c.directories, &c.files}) {
        hash.add(std::to_string(list->size()));
        for (auto const& word : *list)
            hash.add(word);
    }
}

} // namespace

std::string agent_id(agent_spec const& spec) {
    stable_hash hash;
    hash.add(spec.python);
    hash.add(spec.cwd);
    for (auto const& [name, value] : spec.env) {
        hash.add(name);
        hash.add(value);
    }
    for (auto const& module : spec.warm)
        hash.add(module);
    if (spec.container) add_container(hash, *spec.container);
    if (spec.host) hash.add(config::to_string(*spec.host));
    if (spec.tunnel) hash.add("tunnel");
    return hash.hex();
}

} // namespace daskd::core
