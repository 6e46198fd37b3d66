#include "daemon/launch/queue_launcher.hpp"

#include "common/durations.hpp"
#include "daemon/config/host_names.hpp"
#include "daemon/launch/elsewhere.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <utility>

namespace daskd::launch {
namespace {

using namespace std::chrono_literals;
using namespace core::happened;
using clock = std::chrono::steady_clock;

/// A scheduler that was restarted, or a node that is busy, may take so long to have a reporter again.
constexpr auto reporter_grace = 20s;

std::string key_of(config::launcher_kind kind, std::string const& submit_host) {
    return config::to_string(kind) + (submit_host.empty() ? "" : "@" + submit_host);
}

/// Of no other job, also of other clusters of the same user.
std::string unique_name(std::string const& base) {
    constexpr int digits = 6;
    std::random_device random;
    std::string token;
    for (int n = 0; n < digits; ++n)
        token += "0123456789abcdef"[random() % 16];
    return "dask-" + base + "-" + token;
}

std::optional<ssh_login> login_of(core::agent_spec const& spec) {
    auto const& pool = spec.job->pool;
    if (!pool.submit_host) return std::nullopt;
    return ssh_login{*pool.submit_host, pool.identity, pool.known_hosts};
}

} // namespace

queue_launcher::queue_launcher(boost::asio::any_io_executor executor, cluster_paths paths,
                               event_sink on_event, std::function<void()> on_agent_ended,
                               silence_sink on_silence, notice_sink on_notice, surroundings around)
    : agent_launcher(std::move(executor), std::move(on_event), std::move(on_agent_ended),
                     std::move(on_silence)),
      paths_(std::move(paths)),
      on_notice_(std::move(on_notice)),
      around_(std::move(around)) {}

// --- queues

void queue_launcher::restore(std::vector<core::job_record> const& records) {
    kept_ = records;
    std::map<std::string, std::vector<core::job_record>> by_queue;
    for (auto const& record : records)
        by_queue[key_of(record.queue, record.submit_host)].push_back(record);
    for (auto const& [key, some] : by_queue) {
        std::optional<ssh_login> login;
        if (auto const hosts = config::parse_hosts(some.front().submit_host); hosts && hosts->size() == 1)
            login = ssh_login{hosts->front(), {}, {}};
        queue_of(some.front().queue, login, some);
    }
}

void queue_launcher::cancel_others(std::set<std::string> const& agents) {
    for (auto const& [key, queue] : queues_)
        for (auto const& record : queue->jobs().records())
            if (!agents.contains(record.agent)) queue->unwant(record.agent);
}

job_queue& queue_launcher::queue_of(config::launcher_kind kind, std::optional<ssh_login> const& login,
                                    std::vector<core::job_record> const& records) {
    auto& queue = queues_[key_of(kind, login ? config::to_string(login->host) : "")];
    if (queue) return *queue;
    auto host = login ? queue_by_ssh(*login, name_elsewhere(paths_.cluster)) : queue_here(paths_.queue_dir());
    queue = std::make_shared<job_queue>(
        executor(), queue::dialect_of(kind), login ? config::to_string(login->host) : "", std::move(host),
        job_queue::callbacks{[this](queue::news const& n) { on_news(n); }, [this] { keep_records(); },
                             [this](std::string const& agent) -> result<job_queue::order> {
                                 auto const it = agents_.find(agent);
                                 if (it == agents_.end())
                                     return error{errc::failed, "the job is not wanted any more", ""};
                                 auto part = around_.private_part();
                                 if (!part) return part.error();
                                 return job_queue::order{it->second.spec, *std::move(part)};
                             },
                             [this] { return around_.user(); }, on_agent_ended()});
    queue->start(records);
    return *queue;
}

job_queue* queue_launcher::queue_with(std::string const& agent) {
    for (auto const& [key, queue] : queues_)
        if (queue->jobs().find(agent) != nullptr) return queue.get();
    return nullptr;
}

void queue_launcher::keep_records() {
    std::vector<core::job_record> all;
    for (auto const& [key, queue] : queues_)
        for (auto& record : queue->records())
            all.push_back(std::move(record));
    if (all == kept_) return;
    kept_ = all;
    around_.keep(std::move(all));
}

std::string queue_launcher::agent_of(std::string const& job) const {
    for (auto const& record : kept_)
        if (record.name == job && !record.is_unwanted) return record.agent;
    return "";
}

std::string queue_launcher::job_of(std::string const& agent) const {
    for (auto const& [key, queue] : queues_)
        if (auto const* record = queue->jobs().find(agent)) return record->name;
    return "";
}

// --- agents

void queue_launcher::start_agent(core::agent_spec const& spec) {
    auto& known = agents_[spec.id];
    known.spec = spec;
    auto& queue = queue_of(spec.job->pool.launcher, login_of(spec), {});
    queue.want(spec.id, unique_name(spec.job->base), spec.job->pool.poll_interval);
    if (!spec.job->pool.nanny && reporters_.contains(job_of(spec.id))) begin_talk(spec.id);
}

void queue_launcher::stop_agent(std::string const& id) {
    agent_launcher::stop_agent(id); // where it can be told, it ends before it is killed
    if (auto* queue = queue_with(id)) queue->unwant(id);
    agents_.erase(id);
}

bool queue_launcher::is_ending_agents() const {
    return agent_launcher::is_ending_agents() || !ending_jobs().empty() ||
           std::ranges::any_of(queues_, [](auto const& q) { return q.second->is_cleaning(); });
}

std::vector<std::string> queue_launcher::ending_jobs() const {
    std::vector<std::string> ids;
    for (auto const& [key, queue] : queues_)
        for (auto const& record : queue->jobs().ending())
            ids.push_back(record.id.empty() ? record.name : record.id);
    return ids;
}

void queue_launcher::forget_job(std::string const& agent) {
    forget(agent);
    if (auto const it = agents_.find(agent); it != agents_.end()) {
        it->second.is_running = false;
        it->second.way.reset();
        it->second.doomed.clear();
        it->second.patience.reset();
    }
}

void queue_launcher::on_news(queue::news const& n) {
    if (auto const* t = std::get_if<queue::trouble>(&n)) return on_notice_("queue", t->text);
    if (std::holds_alternative<queue::forgotten>(n)) return on_agent_ended()();
    auto const& e = std::get<core::event>(n);
    if (auto const* ended = std::get_if<job_ended>(&e)) forget_job(ended->agent);
    tell(e);
    if (auto const* told = std::get_if<job_told>(&e)) on_told(*told);
}

void queue_launcher::on_told(job_told const& e) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end()) return;
    bool const runs = e.news.phase == core::job_phase::running;
    bool const is_news = runs && !std::exchange(it->second.is_running, runs);
    if (!is_news) return;
    if (it->second.spec.job->pool.nanny)
        adopt_nanny_workers(e.agent);
    else if (!reporters_.contains(job_of(e.agent)))
        await_first_report(e.agent);
}

/// One that does not reach the scheduler ends by itself, unless it cannot even do that.
void queue_launcher::await_first_report(std::string const& agent) {
    auto& known = agents_.at(agent);
    auto const limit = known.spec.job->pool.start_timeout + 3 * reporter_grace;
    known.patience = std::make_unique<boost::asio::steady_timer>(executor(), limit);
    known.patience->async_wait([this, agent, limit](boost::system::error_code ec) {
        if (!ec) give_up(agent, "it runs, and its host agent has not come within " + format_duration(limit));
    });
}

void queue_launcher::adopt_nanny_workers(std::string const& agent) {
    agent_ready ready{agent, {}, "", ""};
    for (auto const& name : agents_.at(agent).spec.job->workers)
        ready.processes.push_back({{name, next_nanny_launch_++}, {}, 0, ""});
    tell(ready);
}

void queue_launcher::begin_talk(std::string const& agent) {
    auto& known = agents_.at(agent);
    if (talks_with(agent)) return;
    known.way = std::make_shared<job_agent>(executor(), around_.way, job_of(agent));
    known.way->set_present(reporters_.contains(known.way->job()));
    // What would start daskd again is not there, and neither is the scheduler link.
    talk(agent, known.way, agent_link::hello_op(std::nullopt, known.spec.orphan_timeout, std::nullopt));
}

void queue_launcher::spawn(agent_link::spawn_request const& request) {
    auto const it = agents_.find(request.process.agent);
    if (it != agents_.end() && it->second.spec.job->pool.nanny)
        return tell(spawn_failed{request.launch, "its nanny is Dask's own, and starts it with its job"});
    agent_launcher::spawn(request);
}

void queue_launcher::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                                 bool whole_tree) {
    auto const it = agents_.find(agent);
    bool const can_tell = talks_with(agent) && it != agents_.end() && reporters_.contains(job_of(agent));
    if (can_tell || it == agents_.end()) {
        agent_launcher::send_signal(agent, launch, signal, whole_tree);
        return;
    }
    bool const has_nanny = it->second.spec.job->pool.nanny;
    if (signal != SIGKILL && !(has_nanny && signal == SIGTERM)) return; // tried again by on_found_again
    // Who cannot be told is ended with the whole job, once nobody in it is wanted.
    it->second.doomed.insert(launch.name);
    if (it->second.doomed.size() < it->second.spec.job->workers.size()) return;
    give_up(agent, "all of its workers were to end");
}

/// Cancels a job although its workers may be there: for the core they end now.
void queue_launcher::give_up(std::string const& agent, std::string const& text) {
    auto const job = job_of(agent);
    if (auto* queue = queue_with(agent)) queue->unwant(agent);
    forget_job(agent);
    job_ended ended{agent, core::ending::none, {}, false};
    ended.cause.cause = "cancelled";
    ended.cause.text = "the job " + job + " is cancelled: " + text;
    tell(ended);
}

void queue_launcher::leave() {
    agent_launcher::leave();
    keep_records();
    for (auto const& [key, queue] : queues_)
        queue->stop();
    agents_.clear();
}

// --- the way to agents

void queue_launcher::on_scheduler(bool is_there) {
    if (has_scheduler_ == is_there) return;
    has_scheduler_ = is_there;
    reporters_.clear(); // those that are there are told
    for (auto& [agent, known] : agents_) {
        known.patience.reset();
        if (known.way) known.way->set_present(false);
        if (is_there && known.way) wait_for_reporter(agent);
    }
}

void queue_launcher::on_reporter(std::string const& job, bool is_there) {
    if (is_there)
        reporters_.insert(job);
    else
        reporters_.erase(job);
    auto const agent = agent_of(job);
    auto const it = agents_.find(agent);
    if (it == agents_.end()) return;
    auto& known = it->second;
    if (auto* queue = queue_with(agent)) queue->look_soon();
    if (!is_there) {
        if (known.way) known.way->set_present(false);
        if (has_scheduler_ && known.way) wait_for_reporter(agent);
        return;
    }
    known.patience.reset();
    known.doomed.clear();
    if (known.way && talks_with(agent))
        known.way->set_present(true);
    else
        begin_talk(agent);
}

void queue_launcher::on_relayed(std::string const& job, json const& message) {
    auto const it = agents_.find(agent_of(job));
    if (it != agents_.end() && it->second.way) it->second.way->on_message(message);
}

void queue_launcher::on_relay_closed(std::string const& job) {
    auto const it = agents_.find(agent_of(job));
    if (it != agents_.end() && it->second.way) it->second.way->on_closed();
}

void queue_launcher::wait_for_reporter(std::string const& agent) {
    auto& patience = agents_.at(agent).patience;
    patience = std::make_unique<boost::asio::steady_timer>(executor(), reporter_grace);
    patience->async_wait([this, agent](boost::system::error_code ec) {
        if (!ec) lose(agent);
    });
}

/// Its node may be cut off, or dead: the queue will say. Who waits for its link in vain gives the job up.
void queue_launcher::lose(std::string const& agent) {
    auto const it = agents_.find(agent);
    if (it == agents_.end() || !talks_with(agent)) return;
    auto& known = it->second;
    forget(agent);
    known.way.reset();
    auto const& tolerance = known.spec.job->pool.link_tolerance;
    tell(host_lost{agent, "the job " + job_of(agent) + " has lost its connection to the scheduler"});
    known.patience = std::make_unique<boost::asio::steady_timer>(executor(), tolerance);
    known.patience->async_wait([this, agent, tolerance](boost::system::error_code ec) {
        if (!ec)
            give_up(agent, "nothing was heard of it for " + format_duration(tolerance) + " (link_tolerance)");
    });
}

void queue_launcher::on_failed(std::string const& id, error const& e) {
    if (e.code == errc::bad_configuration) return agent_launcher::on_failed(id, e);
    // The way to it has broken before it could greet. The queue says if it is its end.
    spdlog::info("agent {}: {}", id, e.what);
    // Not in its own callback.
    boost::asio::post(executor(), [this, id] {
        forget(id);
        auto const it = agents_.find(id);
        if (it == agents_.end()) return;
        it->second.way.reset();
        if (reporters_.contains(job_of(id))) begin_talk(id);
    });
}

void queue_launcher::on_lost(std::string const& /*id*/, std::string const& /*why*/) {
    // Not before its job has ended, which is told by the queue.
}

void queue_launcher::end_forgotten(core::running_process const& p) {
    // Its job was started anew, or the agent in it.
    spdlog::warn("{} (pid {}) is unknown to its host agent", p.launch.name, p.process.pid);
}

} // namespace daskd::launch
