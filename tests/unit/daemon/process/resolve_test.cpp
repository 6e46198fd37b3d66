#include "daemon/process/resolve.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

namespace daskd::process {
namespace {

using namespace std::chrono_literals;
using addresses = std::vector<boost::asio::ip::address>;

addresses from(std::initializer_list<char const*> texts) {
    addresses list;
    for (auto const* text : texts)
        list.push_back(boost::asio::ip::make_address(text));
    return list;
}

result<addresses> look_up(std::string const& host) {
    boost::asio::io_context io;
    auto found = boost::asio::co_spawn(io, resolve(host, 10s), boost::asio::use_future);
    io.run();
    return found.get();
}

TEST(resolved, reads_each_address_once_in_order) {
    EXPECT_EQ(read_addresses("::1             STREAM localhost\n::1             DGRAM  \n"
                             "127.0.0.1       STREAM\n127.0.0.1       RAW\n"),
              from({"::1", "127.0.0.1"}));
    EXPECT_EQ(read_addresses("fe80::1%lo STREAM h\n"), from({"fe80::1%lo"}));
    EXPECT_EQ(read_addresses("no address\n\n"), addresses());
    EXPECT_EQ(read_addresses(""), addresses());
}

TEST(resolved, an_address_is_its_own) {
    EXPECT_EQ(look_up("192.0.2.7").value(), from({"192.0.2.7"}));
    EXPECT_EQ(look_up("::1").value(), from({"::1"}));
}

TEST(resolved, a_name_by_the_system) {
    auto const found = look_up("localhost");
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_TRUE(found->front().is_loopback());
}

TEST(resolved, a_name_that_is_none_has_a_remedy) {
    auto const found = look_up("no-such-host.invalid");
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().what, testing::HasSubstr("no-such-host.invalid"));
    EXPECT_FALSE(found.error().hint.empty());
}

} // namespace
} // namespace daskd::process
