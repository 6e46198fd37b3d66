#include "daemon/launch/far_logs.hpp"

#include <utility>

namespace daskd::launch {

std::uint64_t far_logs::open(std::string const& agent, std::string const& path, std::size_t lines,
                             bool follow, sink on_lines) {
    auto const id = ++last_;
    if (!send_(agent, agent_link::log_op(id, path, lines, follow, std::nullopt))) return 0;
    open_[id] = {agent, path, follow, std::move(on_lines), std::nullopt, lines};
    return id;
}

void far_logs::close(std::uint64_t id) {
    auto const it = open_.find(id);
    if (it == open_.end()) return;
    if (it->second.follow) (void)send_(it->second.agent, agent_link::end_log_op(id));
    open_.erase(it);
}

void far_logs::on_lines(agent_link::log_lines const& said) {
    auto const it = open_.find(said.id);
    if (it == open_.end()) return;
    it->second.offset = said.offset;
    auto const tell = it->second.on_lines; // it may close
    tell(said.lines);
}

void far_logs::on_hello(std::string const& agent) {
    for (auto const& [id, r] : open_)
        if (r.agent == agent) (void)send_(agent, agent_link::log_op(id, r.path, r.lines, r.follow, r.offset));
}

} // namespace daskd::launch
