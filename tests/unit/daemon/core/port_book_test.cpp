#include "daemon/core/port_book.hpp"

#include <gmock/gmock.h>

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

bool all_free(int) {
    return true;
}

struct book : testing::Test {
    port_book ports{{100, 109}, 107};
};

TEST_F(book, gives_each_port_once_from_where_it_begins) {
    EXPECT_TRUE(ports.provide({{"a/p", "h1", 2}, {"b/p", "h2", 2}}, all_free));
    EXPECT_THAT(ports.ports_of("a/p"), ElementsAre(107, 108));
    EXPECT_THAT(ports.ports_of("b/p"), ElementsAre(109, 100));
    EXPECT_THAT(ports.homes(),
                ElementsAre(Pair(100, "h2"), Pair(107, "h1"), Pair(108, "h1"), Pair(109, "h2")));
    EXPECT_THAT(ports.ports_of("c/p"), IsEmpty());
}

TEST_F(book, keeps_what_is_given_and_adds_what_is_lacking) {
    ASSERT_TRUE(ports.provide({{"a/p", "h1", 2}}, all_free));
    EXPECT_FALSE(ports.provide({{"a/p", "h1", 1}}, all_free));
    EXPECT_TRUE(ports.provide({{"a/p", "h1", 3}}, all_free));
    EXPECT_THAT(ports.ports_of("a/p"), ElementsAre(107, 108, 109));
}

TEST_F(book, passes_over_what_is_not_free_or_reserved) {
    ports.reserve(108);
    ASSERT_TRUE(ports.provide({{"a/p", "h1", 2}}, [](int port) { return port != 107; }));
    EXPECT_THAT(ports.ports_of("a/p"), ElementsAre(109, 100));
    EXPECT_EQ(ports.spare(all_free), 107);
}

TEST_F(book, takes_a_range_of_ones_own_from_its_beginning) {
    ASSERT_TRUE(ports.provide(
        {{"a/p", "h1", 2, port_choice{9000, 9001}}, {"b/p", "h2", 1, port_choice{9000, 9005}}}, all_free));
    EXPECT_THAT(ports.ports_of("a/p"), ElementsAre(9000, 9001));
    EXPECT_THAT(ports.ports_of("b/p"), ElementsAre(9002));
}

TEST_F(book, gives_what_there_is_where_there_are_not_enough) {
    EXPECT_TRUE(ports.provide({{"a/p", "h1", 3, port_choice{9000, 9000}}}, all_free));
    EXPECT_THAT(ports.ports_of("a/p"), ElementsAre(9000));
    EXPECT_FALSE(ports.provide({{"a/p", "h1", 3, port_choice{9000, 9000}}}, all_free));
}

TEST_F(book, a_port_that_some_host_lacks_is_replaced_and_still_leads_home) {
    ASSERT_TRUE(ports.provide({{"a/p", "h1", 2}}, all_free));
    EXPECT_TRUE(ports.retire(107));
    EXPECT_FALSE(ports.retire(107)) << "it is known";
    EXPECT_FALSE(ports.retire(103)) << "nobody has it";
    ASSERT_TRUE(ports.provide({{"a/p", "h1", 2}}, all_free));
    EXPECT_THAT(ports.ports_of("a/p"), ElementsAre(108, 109));
    EXPECT_EQ(ports.homes().at(107), "h1") << "a process that runs may have it";
}

TEST_F(book, owners_that_are_gone_leave_their_ports) {
    ASSERT_TRUE(ports.provide({{"a/p", "h1", 1}, {"b/p", "h2", 1}}, all_free));
    EXPECT_TRUE(ports.keep({"b/p"}));
    EXPECT_FALSE(ports.keep({"b/p"}));
    EXPECT_THAT(ports.homes(), ElementsAre(Pair(108, "h2")));
}

TEST_F(book, goes_on_where_another_daskd_has_stopped) {
    ASSERT_TRUE(ports.provide({{"a/p", "h1", 2}}, all_free));
    port_book next{{100, 109}, 100};
    next.restore(ports.all());
    EXPECT_FALSE(next.provide({{"a/p", "h1", 2}}, [](int) { return false; }));
    EXPECT_THAT(next.ports_of("a/p"), ElementsAre(107, 108));
}

} // namespace
} // namespace daskd::core
