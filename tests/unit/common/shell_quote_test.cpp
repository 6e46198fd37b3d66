#include "common/shell_quote.hpp"

#include <gtest/gtest.h>

namespace daskd {
namespace {

TEST(shell_quote, quotes_where_a_shell_would_see_more_than_text) {
    struct {
        char const* text;
        char const* quoted;
    } const cases[] = {{"tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"},
                       {"", "''"},
                       {"a b", "'a b'"},
                       {"it's", "'it'\\''s'"},
                       {"tcp://[::1]:1", "'tcp://[::1]:1'"},
                       {"$(reboot)", "'$(reboot)'"}};
    for (auto const& c : cases)
        EXPECT_EQ(shell_quote(c.text), c.quoted);
}

} // namespace
} // namespace daskd
