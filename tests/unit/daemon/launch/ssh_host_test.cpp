#include "daemon/async/spawn_task.hpp"
#include "daemon/launch/ssh_host.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <memory>

namespace daskd::launch {
namespace {

using namespace std::chrono_literals;

boost::asio::awaitable<void> wait(std::shared_ptr<ssh_host> host, bool& may_start) {
    auto waiting = host->wait_to_start();
    co_await std::move(waiting);
    may_start = true;
}

TEST(ssh_host, lets_an_agent_start_when_all_that_end_there_have) {
    boost::asio::io_context io;
    auto const host = std::make_shared<ssh_host>(ssh_login{{"h1", {}, {}}, {}, {}});
    bool at_first = false;
    bool at_last = false;
    async::spawn_task(io.get_executor(), "at first", wait(host, at_first));
    EXPECT_TRUE(test::run_until(io, [&] { return at_first; }));

    auto one = host->block_starts();
    auto other = host->block_starts();
    async::spawn_task(io.get_executor(), "at last", wait(host, at_last));
    one.reset();
    EXPECT_FALSE(test::run_until(
        io, [&] { return at_last; }, 50ms));
    other.reset();
    EXPECT_TRUE(test::run_until(io, [&] { return at_last; }));
}

} // namespace
} // namespace daskd::launch
