#include "daemon/launch/job_agent.hpp"

#include <boost/asio/local/connect_pair.hpp>

#include <utility>

namespace daskd::launch {

using boost::asio::local::stream_protocol;

job_agent::job_agent(boost::asio::any_io_executor executor, relay const& way, std::string job)
    : executor_(std::move(executor)), way_(way), job_(std::move(job)) {}

job_agent::~job_agent() {
    if (far_) far_->close();
}

void job_agent::open(opened done) {
    break_off();
    if (is_present_)
        done(connect());
    else
        wait_ = std::move(done);
}

result<agent_transport::stream> job_agent::connect() {
    stream_protocol::socket ours(executor_);
    stream_protocol::socket theirs(executor_);
    boost::system::error_code ec;
    boost::asio::local::connect_pair(ours, theirs, ec);
    if (ec) return error{errc::failed, "no way to the host agent in job " + job_ + ": " + ec.message(), ""};
    far_ = std::make_shared<async::json_connection>(std::move(theirs));
    far_->start({[this](json const& message) { way_.send(job_, message); },
                 [this](std::string const&) {
                     far_.reset();
                     way_.close(job_);
                 }});
    way_.open(job_);
    return std::make_shared<async::json_connection>(std::move(ours));
}

void job_agent::set_present(bool is_present) {
    is_present_ = is_present;
    if (!is_present) return break_off();
    if (auto const done = std::exchange(wait_, {})) done(connect());
}

void job_agent::on_message(json const& message) {
    if (far_) far_->send(message);
}

void job_agent::on_closed() {
    break_off();
}

void job_agent::break_off() {
    if (auto const old = std::exchange(far_, nullptr)) old->close();
}

void job_agent::make_sure_it_ends(std::optional<int> /*pid*/, std::function<void()> on_ended) {
    on_ended();
}

std::string job_agent::where_to_look() const {
    return "the output of job " + job_;
}

} // namespace daskd::launch
