#include "daemon/job_runner/link.hpp"

#include <spdlog/spdlog.h>

namespace daskd::job_runner {

link::link(boost::asio::any_io_executor executor, std::string socket, callbacks calls)
    : executor_(std::move(executor)), socket_(std::move(socket)), calls_(std::move(calls)) {}

link::~link() {
    disconnect();
}

void link::connect() {
    disconnect();
    auto made = async::json_connection::connect(executor_, socket_);
    if (!made) {
        spdlog::warn("job link: {}", made.error().what);
        return;
    }
    connection_ = std::move(*made);
    connection_->start({[this](json const& value) { on_message(value); },
                        [this](std::string const& why) {
                            spdlog::debug("job link closed: {}", why);
                            connection_.reset();
                            fail_questions();
                        }});
}

void link::disconnect() {
    if (!connection_) return;
    connection_->close();
    connection_.reset();
    fail_questions();
}

void link::listen_again() {
    connection_->send({{"op", "listen"}});
}

void link::fail_questions() {
    questions_.answer_all(error{errc::not_up, "the job runner ended", "see: daskctl logs job-runner"});
}

void link::on_message(json const& value) {
    auto parsed = read_message(value);
    if (!parsed) {
        spdlog::warn("{}", parsed.error().what);
        return;
    }
    if (auto const* is_ready = std::get_if<core::happened::runner_ready>(&*parsed)) {
        calls_.on_event(*is_ready);
    } else if (auto* news = std::get_if<core::wanted::tell>(&*parsed)) {
        calls_.on_news(std::move(*news));
    } else {
        auto& answer = std::get<reply>(*parsed);
        questions_.answer(answer.id, std::move(answer.outcome));
    }
}

boost::asio::awaitable<result<json>> link::ask(std::string op, json params) {
    if (!connection_)
        co_return error{errc::not_up, "the job runner is not running", "see: daskctl logs job-runner"};
    auto question = questions_.ask();
    struct forget { // when the waiting is cancelled
        decltype(question) const& asked;
        std::weak_ptr<async::json_connection> connection;
        ~forget() {
            if (auto const peer = connection.lock(); peer && asked.is_open())
                peer->send({{"op", "forget"}, {"id", asked.id}});
        }
    } const forget_it{question, connection_};
    connection_->send({{"op", std::move(op)}, {"id", question.id}, {"params", std::move(params)}});
    auto waiting = question.answer({});
    co_return *co_await std::move(waiting);
}

} // namespace daskd::job_runner
