#include "daemon/launch/job_queue.hpp"

#include "common/fault.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/launch/agent_program.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace daskd::launch {

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;
constexpr core::milliseconds usual_interval{30'000};

} // namespace

job_queue::job_queue(asio::any_io_executor executor, queue::dialect const& dialect, std::string submit_host,
                     std::unique_ptr<queue_host> host, callbacks calls)
    : executor_(std::move(executor)),
      dialect_(dialect),
      submit_host_(std::move(submit_host)),
      host_(std::move(host)),
      calls_(std::move(calls)),
      book_(dialect, usual_interval) {}

void job_queue::start(std::vector<core::job_record> const& records) {
    book_.restore(records, clock::now());
    begin();
}

void job_queue::begin() {
    async::spawn_task(executor_, "jobs in " + config::to_string(dialect_.launcher), run(shared_from_this()),
                      [weak = weak_from_this()](std::string const&) {
                          if (auto const self = weak.lock(); self && !self->is_stopped_) self->begin();
                      });
}

void job_queue::stop() {
    is_stopped_ = true;
    changed_.notify_all();
}

void job_queue::want(std::string const& agent, std::string const& name, core::milliseconds poll_interval) {
    book_.set_interval(poll_interval);
    tell(book_.want(agent, name, clock::now()));
    changed_.notify_all();
}

void job_queue::unwant(std::string const& agent) {
    tell(book_.unwant(agent, clock::now()));
    changed_.notify_all();
}

std::vector<core::job_record> job_queue::records() const {
    auto all = book_.records();
    for (auto& record : all) {
        record.queue = dialect_.launcher;
        record.submit_host = submit_host_;
    }
    return all;
}

void job_queue::look_soon() {
    book_.look_soon(clock::now());
    changed_.notify_all();
}

void job_queue::tell(std::vector<queue::news> const& all) {
    for (auto const& n : all) {
        if (auto const* gone = std::get_if<queue::forgotten>(&n)) {
            forgotten_.push_back(gone->name);
            is_cleaning_ = true;
        }
        calls_.on_news(n);
    }
}

asio::awaitable<void> job_queue::run(std::shared_ptr<job_queue> self) {
    while (!self->is_stopped_) {
        self->calls_.keep_records();
        auto removing = self->remove_forgotten();
        co_await std::move(removing);
        auto const what = self->book_.next(clock::now());
        if (!what) {
            auto waiting = self->changed_.wait(self->book_.due());
            co_await std::move(waiting);
            continue;
        }
        auto performing = self->perform(*what);
        auto const outcome = co_await std::move(performing);
        if (self->is_stopped_) co_return;
        self->tell(self->book_.done(*what, outcome, clock::now()));
    }
}

asio::awaitable<void> job_queue::remove_forgotten() {
    for (auto const& name : std::exchange(forgotten_, {})) {
        auto removing = host_->remove(name);
        co_await std::move(removing);
    }
    if (forgotten_.empty() && std::exchange(is_cleaning_, false)) calls_.on_cleaned();
}

asio::awaitable<result<queue::command_output>> job_queue::perform(queue::action what) {
    using kind = queue::action::kind;
    if (what.what == kind::submit) {
        auto submitting = submit(what.name);
        co_return co_await std::move(submitting);
    }
    queue::command command;
    if (what.what == kind::list) {
        auto asking = host_->user();
        auto const user = co_await std::move(asking);
        if (!user) co_return user.error();
        command = dialect_.list(*user);
    } else if (what.what == kind::cancel) {
        command = queue::cancel(dialect_, what.ids);
    } else if (what.what == kind::ask_end) {
        command = dialect_.ask_end(what.ids.front());
    } else {
        command = dialect_.ask_reason(what.ids.front());
    }
    spdlog::debug("{}: {}", config::to_string(dialect_.launcher), command.argv.front());
    auto running = host_->run(std::move(command), calls_.user());
    co_return co_await std::move(running);
}

asio::awaitable<result<queue::command_output>> job_queue::submit(std::string name) {
    auto const records = book_.records();
    auto const record = std::ranges::find(records, name, &core::job_record::name);
    if (record == records.end()) co_return error{errc::failed, "the job " + name + " is not wanted", ""};
    auto const made = calls_.prepare(record->agent);
    if (!made) co_return made.error();
    auto keeping = host_->keep(name, queue::private_file(made->spec, name, made->part));
    auto const kept = co_await std::move(keeping);
    if (!kept) co_return error{errc::failed, kept.error().what, kept.error().hint};
    auto const script = dialect_.script(queue::agent_job(made->spec, name, *kept, agent_text(), made->part));
    fault::at(fault::step::job_kept);
    auto running = host_->run(dialect_.submit(script), calls_.user());
    auto outcome = co_await std::move(running);
    fault::at(fault::step::job_submitted);
    co_return outcome;
}

} // namespace daskd::launch
