#include "daemon/tunnel/frame.hpp"

#include <gmock/gmock.h>

namespace daskd::tunnel {
namespace {

TEST(frame, is_read_as_it_was_written) {
    frame_header const header{frame_kind::data, 0x0102, 0x00030405, 0x0607080910111213, 0xfffefdfcfbfaf9f8};
    auto const bytes = packed(header);
    EXPECT_EQ(bytes.size(), header_bytes);
    EXPECT_EQ(header_of(bytes + "and more"), header);
}

TEST(frame, has_the_bytes_of_the_protocol) {
    EXPECT_EQ(packed({frame_kind::resume, 1, 2, 3, 4}),
              std::string("\6\0\0\1\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\4", header_bytes));
}

TEST(frame, is_not_read_before_all_of_it_is_there) {
    auto const bytes = packed({frame_kind::ack, 1, 0, 2, 3});
    for (std::size_t n = 0; n < header_bytes; ++n)
        EXPECT_EQ(header_of(bytes.substr(0, n)), std::nullopt) << n;
}

TEST(frame, of_control_carries_its_text) {
    auto const bytes = control_frame("{}");
    EXPECT_EQ(header_of(bytes), (frame_header{frame_kind::control, 0, 2, 0, 0}));
    EXPECT_EQ(bytes.substr(header_bytes), "{}");
}

} // namespace
} // namespace daskd::tunnel
