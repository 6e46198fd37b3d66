#include "daemon/queue/xml.hpp"

#include <gmock/gmock.h>

namespace daskd::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(xml, finds_elements_by_their_whole_name) {
    EXPECT_THAT(elements("<a>1</a><ab>2</ab><a x='y'>3</a>", "a"), ElementsAre("1", "3"));
    EXPECT_THAT(elements("", "a"), IsEmpty());
}

TEST(xml, leaves_out_what_does_not_end) {
    EXPECT_THAT(elements("<a>1</a><a>2", "a"), ElementsAre("1"));
    EXPECT_THAT(elements("<a", "a"), IsEmpty());
    EXPECT_THAT(elements("<a </a>", "a"), IsEmpty());
}

TEST(xml, resolves_entities_once) {
    EXPECT_EQ(element_text("<n>&lt;&amp;lt;&gt;&quot;&apos;&other;</n>", "n"), "<&lt;>\"'&other;");
    EXPECT_EQ(element_text("<n></n>", "n"), "");
    EXPECT_EQ(element_text("", "n"), "");
}

} // namespace
} // namespace daskd::queue
