#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

/// The source tree, five directories above this file.
std::filesystem::path examples() {
    auto root = std::filesystem::path(__FILE__);
    for (int i = 0; i < 5; ++i)
        root = root.parent_path();
    return root / "conf" / "examples";
}

TEST(examples, are_good_configurations) {
    int count = 0;
    for (auto const& file : std::filesystem::directory_iterator(examples())) {
        if (file.path().extension() != ".yaml") continue;
        sources from;
        from.config_file = file.path();
        EXPECT_THAT(test::messages(load(from).diagnostics), testing::IsEmpty());
        ++count;
    }
    EXPECT_GT(count, 0);
}

} // namespace
} // namespace daskd::config
