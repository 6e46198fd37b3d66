#include "daemon/async/unique_fd.hpp"
#include "daemon/process/descriptors.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace daskd::process {
namespace {

/// Each test in a process of its own: limits cannot be undone, and the first one asked for is remembered.
template <class F>
void in_child(F check) {
    EXPECT_EXIT(check(), testing::ExitedWithCode(0), "");
}

void require(bool holds) {
    if (!holds) ::_exit(1);
}

TEST(descriptors, are_allowed_up_to_the_hard_limit_and_the_former_is_remembered) {
    in_child([] {
        rlimit const former{100, 200};
        require(::setrlimit(RLIMIT_NOFILE, &former) == 0);
        allow_descriptors();
        rlimit present{};
        ::getrlimit(RLIMIT_NOFILE, &present);
        require(present.rlim_cur == 200 && inherited_descriptor_limit().rlim_cur == 100);
        ::_exit(0);
    });
}

TEST(descriptors, some_are_kept_of_a_large_limit_and_fewer_of_a_small_one) {
    struct row {
        rlim_t limit;
        int kept;
    };
    for (auto const& r : std::vector<row>{{200, 32}, {40, 10}})
        in_child([&] {
            rlimit const few{r.limit, r.limit};
            require(::setrlimit(RLIMIT_NOFILE, &few) == 0);
            std::vector<async::unique_fd> taken;
            while (has_spare_descriptors())
                taken.emplace_back(::open("/dev/null", O_RDONLY));
            require(taken.back().get() == static_cast<int>(r.limit) - r.kept - 1);
            while (taken.back())
                taken.emplace_back(::open("/dev/null", O_RDONLY));
            require(!has_spare_descriptors());
            ::_exit(0);
        });
}

} // namespace
} // namespace daskd::process
