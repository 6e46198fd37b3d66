#include "common/join.hpp"
#include "daemon/launch/queue_host.hpp"
#include "daemon/ssh/unix_bridge.hpp"

namespace daskd::launch {

namespace asio = boost::asio;

namespace {

constexpr int killed_code = 128;

/// By a login shell, which knows the queue: that sshd's plain one does not is usual.
std::string in_login_shell(std::vector<std::string> const& argv) {
    std::vector<std::string> words;
    for (auto const& word : argv)
        words.push_back(ssh::shell_word(word));
    return "exec ${SHELL:-/bin/sh} -lc " + ssh::shell_word("exec " + join(words, " "));
}

class ssh_queue_host : public queue_host {
public:
    ssh_queue_host(ssh_login login, std::string cluster)
        : host_(std::move(login)), directory_(".local/state/daskd/" + cluster + "/queue") {}

    asio::awaitable<result<queue::command_output>> run(queue::command c, queue_user /*user*/) override {
        auto running = run_there(in_login_shell(c.argv), c.input);
        co_return co_await std::move(running);
    }

    asio::awaitable<result<std::string>> user() override {
        if (user_.empty()) {
            auto asking = run_there("id -un && pwd", "");
            auto const said = co_await std::move(asking);
            if (!said) co_return said.error();
            auto const end = said->out.find('\n');
            if (said->exit_code != 0 || end == std::string::npos)
                co_return error{errc::failed, place() + ": who am I? " + said->err, ""};
            user_ = said->out.substr(0, end);
            home_ = said->out.substr(end + 1);
            home_.erase(home_.find_last_not_of('\n') + 1);
        }
        co_return user_;
    }

    asio::awaitable<result<std::string>> keep(std::string name, std::string content) override {
        auto asking = user();
        auto const known = co_await std::move(asking);
        if (!known) co_return known.error();
        auto const path = home_ + "/" + directory_ + "/" + name;
        auto const word = ssh::shell_word(path);
        auto writing = run_there("umask 077 && mkdir -p " + ssh::shell_word(home_ + "/" + directory_) +
                                     " && cat >" + word + ".new && mv " + word + ".new " + word,
                                 std::move(content));
        auto const written = co_await std::move(writing);
        if (!written) co_return written.error();
        if (written->exit_code != 0)
            co_return error{errc::failed, place() + ": cannot write " + path + ": " + written->err, ""};
        co_return path;
    }

    asio::awaitable<void> remove(std::string name) override {
        auto removing = run_there("rm -f " + ssh::shell_word(directory_ + "/" + name), "");
        (void)co_await std::move(removing); // what cannot be reached is left behind
    }

private:
    [[nodiscard]] std::string place() const { return config::to_string(host_.login().host); }

    asio::awaitable<result<queue::command_output>> run_there(std::string command, std::string input) {
        auto connecting = host_.connect();
        auto session = co_await std::move(connecting);
        if (!session) co_return session.error();
        auto running = (*session)->run(std::move(command), std::move(input), queue_command_limit);
        auto const done = co_await std::move(running);
        if (!done) co_return done.error();
        int const code = done->status.signal.empty() ? done->status.code : killed_code;
        co_return queue::command_output{code, done->out, done->err};
    }

    ssh_host host_;
    std::string directory_; ///< below the home
    std::string user_;
    std::string home_;
};

} // namespace

std::unique_ptr<queue_host> queue_by_ssh(ssh_login login, std::string cluster) {
    return std::make_unique<ssh_queue_host>(std::move(login), std::move(cluster));
}

} // namespace daskd::launch
