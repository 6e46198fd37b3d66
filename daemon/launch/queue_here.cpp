#include "daemon/launch/queue_host.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/process/short_command.hpp"

#include <fstream>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::launch {

namespace asio = boost::asio;

namespace {

constexpr int first_signal_code = 128;

class local_queue_host : public queue_host {
public:
    explicit local_queue_host(std::filesystem::path directory) : directory_(std::move(directory)) {}

    asio::awaitable<result<queue::command_output>> run(queue::command c, queue_user user) override {
        auto const name = c.argv.front();
        auto all = process::own_environment();
        for (auto const& [variable, value] : user.environment)
            all[variable] = value;
        c.argv.front() = process::find_on_path(name, all["PATH"], process::is_executable);
        if (c.argv.front().empty())
            co_return error{errc::bad_configuration, "there is no '" + name + "' on PATH",
                            "is this a machine that jobs are submitted from? submit_host names another"};
        std::error_code ec;
        bool const is_there = !user.directory.empty() && std::filesystem::is_directory(user.directory, ec);
        process::program const p{c.argv, all, is_there ? user.directory : "/"};
        auto running = process::run_command(p, queue_command_limit, c.input);
        auto const done = co_await std::move(running);
        if (!done) co_return done.error();
        int const status = done->wait_status;
        int const code = WIFEXITED(status) ? WEXITSTATUS(status) : first_signal_code + WTERMSIG(status);
        co_return queue::command_output{code, done->out, done->err};
    }

    asio::awaitable<result<std::string>> user() override {
        auto const* entry = ::getpwuid(::getuid()); // NOLINT(concurrency-mt-unsafe): one thread
        co_return entry == nullptr ? std::to_string(::getuid()) : std::string(entry->pw_name);
    }

    asio::awaitable<result<std::string>> keep(std::string name, std::string content) override {
        std::error_code ec;
        std::filesystem::create_directories(directory_, ec);
        ::chmod(directory_.c_str(), 0700);
        auto const path = directory_ / name;
        auto const temporary = path.string() + ".new";
        ::unlink(temporary.c_str());
        auto const before = ::umask(0077);
        std::ofstream file(temporary, std::ios::binary);
        ::umask(before);
        file << content;
        file.close();
        if (file) std::filesystem::rename(temporary, path, ec);
        if (!file || ec) co_return error{errc::failed, "cannot write " + path.string(), "is its disk full?"};
        co_return path.string();
    }

    asio::awaitable<void> remove(std::string name) override {
        std::error_code ignored;
        std::filesystem::remove(directory_ / name, ignored);
        co_return;
    }

private:
    std::filesystem::path directory_;
};

} // namespace

std::unique_ptr<queue_host> queue_here(std::filesystem::path directory) {
    return std::make_unique<local_queue_host>(std::move(directory));
}

} // namespace daskd::launch
