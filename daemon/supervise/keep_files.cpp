#include "daemon/state/durable_file.hpp"
#include "daemon/supervise/supervisor.hpp"

// What the supervisor keeps on the disk, whatever happens to the disk.

namespace daskd::supervise {
namespace {

bool is_there(std::filesystem::path const& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

} // namespace

result<void> supervisor::keep_intent_file() {
    if (!saved_ || !store_.is_there()) save();
    return saved_;
}

result<void> supervisor::keep_history() {
    return history_.flush();
}

result<void> supervisor::keep_scheduler_file() {
    if (has_scheduler_file_ == true && !is_there(paths_.scheduler_file())) has_scheduler_file_.reset();
    return update_scheduler_file();
}

result<void> supervisor::update_scheduler_file() {
    bool const is_up = cluster_.scheduler().state == core::process_state::running && link_.last_snapshot();
    if (is_up == has_scheduler_file_) return {};
    auto const path = paths_.scheduler_file();
    has_scheduler_file_.reset();
    if (is_up) {
        auto written = state::replace_file(path, link_.last_snapshot()->identity.dump(2) + "\n");
        if (!written) return written;
    } else {
        std::error_code ec;
        std::filesystem::remove(path, ec);
        if (ec) return state::disk_error("remove", path, ec.value());
    }
    has_scheduler_file_ = is_up;
    return {};
}

result<void> supervisor::keep_sockets() {
    if (auto kept = launcher_.local().keep_files(); !kept) return kept;
    if (auto kept = keep_job_socket(); !kept) return kept;
    auto const& scheduler = cluster_.scheduler();
    bool const should_answer = scheduler.process && (scheduler.state == core::process_state::running ||
                                                     scheduler.state == core::process_state::starting);
    if (!should_answer) return {};
    if (!link_.has_connection()) link_.connect();
    // It may just be ending: that is told by its agent, not by us.
    if (!link_.has_connection()) return error{errc::not_up, "the scheduler link is down", ""};
    if (!is_there(paths_.scheduler_socket())) link_.listen_again();
    return {};
}

result<void> supervisor::keep_job_socket() {
    if (cluster_.runner().state != core::process_state::running) return {};
    if (!job_link_.has_connection()) job_link_.connect();
    if (!job_link_.has_connection()) return error{errc::not_up, "the job link is down", ""};
    if (!is_there(paths_.job_socket())) job_link_.listen_again();
    return {};
}

result<void> supervisor::need_storage() const {
    auto tried = store_.try_out(intent_);
    if (tried) return tried;
    auto e = tried.error();
    return error{e.code, "nothing is changed, because it could not be recorded: " + e.what, e.hint};
}

void supervisor::set_impairment(std::string const& text) {
    if (text == impairment_) return;
    impairment_ = text;
    notice(text.empty() ? "everything is kept on the disk again" : text);
}

void supervisor::notice(std::string const& text) {
    perform({core::wanted::tell{"cluster.notice", paths_.cluster, "", "", {}, text}});
}

} // namespace daskd::supervise
