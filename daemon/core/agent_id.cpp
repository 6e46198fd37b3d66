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
    void add(std::vector<std::string> const& list) {
        add(std::to_string(list.size()));
        for (auto const& word : list)
            add(word);
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
    for (auto const* list : {&c.command, &c.options, &c.directories, &c.files})
        hash.add(*list);
}

/// All that a queue is asked for, and what its job starts: another request is another job.
void add_job(stable_hash& hash, job_spec const& job) {
    auto const& pool = job.pool;
    hash.add(job.base);
    hash.add(config::to_string(pool.launcher));
    for (int const number : {pool.processes, pool.cores, pool.nice, pool.nanny ? 1 : 0})
        hash.add(std::to_string(number));
    hash.add(pool.job_memory_bytes ? std::to_string(*pool.job_memory_bytes) : "");
    for (auto const* text :
         {&pool.queue, &pool.project, &pool.walltime, &pool.resource_spec, &pool.log_directory})
        hash.add(text->value_or(""));
    for (auto const* list : {&pool.directives, &pool.directives_skip, &pool.prologue})
        hash.add(*list);
    hash.add(pool.shebang);
    hash.add(pool.submit_host ? config::to_string(*pool.submit_host) : "");
    if (pool.nanny) hash.add(job.nanny_args); // otherwise each worker is started by its own
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
    if (spec.job) add_job(hash, *spec.job);
    if (spec.container) add_container(hash, *spec.container);
    if (spec.host) hash.add(config::to_string(*spec.host));
    if (spec.tunnel) hash.add("tunnel");
    return hash.hex();
}

} // namespace daskd::core
