#include "daemon/async/unique_fd.hpp"
#include "daemon/supervise/port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace daskd::supervise {
namespace {

using testing::HasSubstr;

constexpr auto loopback = "127.0.0.1";

/// Somebody who listens on a free port.
class listener {
public:
    listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(fd_.get(), 1), 0);
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ::ntohs(address.sin_port);
    }
    [[nodiscard]] int port() const { return port_; }

private:
    async::unique_fd fd_;
    int port_ = 0;
};

int a_free_port() {
    return listener().port();
}

TEST(is_port_free, while_nobody_listens_there) {
    std::optional<listener> other(std::in_place);
    auto const port = other->port();
    EXPECT_FALSE(is_port_free(loopback, port));
    EXPECT_FALSE(is_port_free("", port)) << "every interface: also the one that is taken";
    other.reset();
    EXPECT_TRUE(is_port_free(loopback, port));
    EXPECT_TRUE(is_port_free("localhost", port));
}

TEST(is_port_free, not_on_a_host_that_is_none_of_ours) {
    EXPECT_FALSE(is_port_free("192.0.2.1", a_free_port()));
    EXPECT_FALSE(is_port_free("no such host", 8786));
}

TEST(choose_scheduler_port, a_demand_is_a_demand) {
    auto const port = a_free_port();
    EXPECT_EQ(choose_scheduler_port(loopback, port, 1, true).value(), port);
    listener const other;
    auto const refused = choose_scheduler_port(loopback, other.port(), std::nullopt, false);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what,
                HasSubstr("port " + std::to_string(other.port()) + " on 127.0.0.1 is in use"));
    EXPECT_THAT(refused.error().hint, HasSubstr("daskd.scheduler.port"));
}

TEST(choose_scheduler_port, the_former_one_is_kept) {
    auto const port = a_free_port();
    EXPECT_EQ(choose_scheduler_port(loopback, std::nullopt, port, false).value(), port);
    EXPECT_EQ(choose_scheduler_port(loopback, std::nullopt, port, true).value(), port);
}

TEST(choose_scheduler_port, a_former_one_that_is_taken) {
    listener const other;
    auto const kept = choose_scheduler_port(loopback, std::nullopt, other.port(), true);
    ASSERT_FALSE(kept) << "clients know it";
    EXPECT_THAT(kept.error().hint, HasSubstr("daskctl down"));
    auto const another = choose_scheduler_port(loopback, std::nullopt, other.port(), false);
    ASSERT_TRUE(another);
    EXPECT_THAT(*another, testing::AnyOf(8786, 0));
}

TEST(choose_scheduler_port, is_dasks_own_or_any) {
    auto const port = choose_scheduler_port(loopback, std::nullopt, std::nullopt, false);
    EXPECT_THAT(port.value(), testing::AnyOf(8786, 0)) << "whether somebody else has it on this machine";
}

struct address_case {
    char const* name;
    char const* address;
    std::optional<int> port;
};

class port_of_addresses : public testing::TestWithParam<address_case> {};

TEST_P(port_of_addresses, is_at_the_end) {
    EXPECT_EQ(port_of(GetParam().address), GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(table, port_of_addresses,
                         testing::Values(address_case{"tcp", "tcp://127.0.0.1:8786", 8786},
                                         address_case{"tls_ipv6", "tls://[::1]:41234", 41234},
                                         address_case{"no_scheme", "host:1", 1},
                                         address_case{"no_port", "tcp://host", {}},
                                         address_case{"no_colon", "host", {}}, address_case{"empty", "", {}},
                                         address_case{"ends_in_colon", "tcp://host:", {}},
                                         address_case{"more_than_a_number", "tcp://host:80/x", {}}),
                         [](auto const& one) { return std::string(one.param.name); });

} // namespace
} // namespace daskd::supervise
