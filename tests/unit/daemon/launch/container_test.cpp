#include "common/read_file.hpp"
#include "daemon/launch/container.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace daskd::launch {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

/// An engine that notes whether it was called in a scope, has an image only after `pull`, and then says what
/// enter.py says.
struct contained : testing::Test {
    contained() {
        std::filesystem::create_directory(dir / "logs");
        auto const engine = (dir / "engine").string();
        std::ofstream(engine) << "#!/bin/sh\ncd " << dir.path().string() << R"sh(
echo "${SCOPE:-none} $1" >>calls
case $1 in
image) test -e image ;;
pull) touch image ;;
run) test -e image || exit 125; echo "daskd-agent: listening"; exec sleep 60 ;;
esac
)sh";
        std::filesystem::permissions(engine, std::filesystem::perms::owner_all);
        spec.id = "a1";
        spec.python = "python3";
        spec.cwd = "/";
        spec.container.emplace();
        spec.container->program = engine;
        spec.container->image = "lab";
    }

    boost::asio::io_context io;
    test::temporary_directory dir;
    core::agent_spec spec;
    std::vector<std::string> news;
    int scopes = 0;
};

TEST_F(contained, each_start_is_in_a_scope_of_its_own_and_nothing_else_is) {
    auto const lab = std::make_shared<container>(
        io.get_executor(), spec, cluster_paths{"test", dir.path(), dir.path()},
        container::callbacks{[this](std::string const& text) { news.push_back(text); },
                             [this] {
                                 return words{"/usr/bin/env", "SCOPE=" + std::to_string(++scopes)};
                             }});
    EXPECT_TRUE(test::run_task(io, lab->start()));
    EXPECT_EQ(read_file(dir / "calls"), "1 run\nnone image\nnone pull\n2 run\n");
    EXPECT_THAT(news, ElementsAre(StartsWith("image lab is not here: fetching it")));
}

} // namespace
} // namespace daskd::launch
