#include "daemon/launch/contained_agent.hpp"

#include "daemon/async/spawn_task.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {

contained_agent::contained_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where,
                                 std::shared_ptr<launch::container> container)
    : local_agent(std::move(executor), std::move(spec), std::move(where)), container_(std::move(container)) {}

void contained_agent::open(opened done) {
    auto connection = connect();
    if (connection || is_stopped(connection.error())) return done(std::move(connection));
    auto const self = std::static_pointer_cast<contained_agent>(shared_from_this());
    async::spawn_task(executor(), "container of agent " + spec().id,
                      start_in_container(self, std::move(done)));
}

boost::asio::awaitable<void> contained_agent::start_in_container(std::shared_ptr<contained_agent> self,
                                                                 opened done) {
    auto starting = self->container_->start();
    auto const started = co_await std::move(starting);
    if (started) spdlog::info("host agent {} listens in its container", self->spec().id);
    // Also after a failure: one that an earlier daskd was starting may have come first.
    auto connection = self->connect();
    if (connection) co_return done(std::move(connection));
    if (started) co_return done(connection.error());
    if (self->container_->is_abandoned() || !self->must_care()) co_return done(started.error());
    spdlog::warn("host agent {}: {}", self->spec().id, started.error().what);
    self->open_caretaker(one_line(started.error()), done);
}

void contained_agent::make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) {
    container_->abandon();
    auto const clean_up = [executor = executor(), id = spec().id, container = container_,
                           on_ended = std::move(on_ended)] {
        async::spawn_task(executor, "containers of agent " + id, remove(container, on_ended));
    };
    local_agent::make_sure_it_ends(pid, clean_up);
}

boost::asio::awaitable<void> contained_agent::remove(std::shared_ptr<launch::container> container,
                                                     std::function<void()> on_ended) {
    auto removing = container->remove();
    co_await std::move(removing);
    on_ended();
}

error contained_agent::explain_fatal(error said) const {
    return explain_contained(*spec().container, std::move(said));
}

} // namespace daskd::launch
