#include "daemon/core/containers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using config::container_engine;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

config::container_settings const wanted{container_engine::podman, "lab:1", {"start.sh"}, {"--gpus=all"}};

plan_input one_core() {
    plan_input in;
    in.settings.pools.resize(1);
    in.settings.pools[0].name = "local";
    in.context = {{{"PATH", "/bin"}, {"DASK_A", "1"}, {"VIRTUAL_ENV", "/env"}}, "/work"};
    in.local_host = {1, std::uint64_t{1} << 30};
    in.pythons = {{"", "python3"}, {"local", "python3"}};
    in.log_dir = "/logs";
    return in;
}

TEST(describe_container, takes_along_what_processes_open) {
    auto in = one_core();
    in.settings.dask = {{"temporary_directory", "/scratch"},
                        {"distributed", {{"comm", {{"tls", {{"ca-file", "/pki/ca.pem"}}}}}}}};
    in.engines[container_engine::podman] = "/usr/bin/podman";
    auto const c = describe_container(wanted, in, {"/work", "below/work", "", "/work"});
    EXPECT_EQ(c.program, "/usr/bin/podman");
    EXPECT_EQ(c.image, "lab:1");
    EXPECT_THAT(c.command, ElementsAre("start.sh"));
    EXPECT_THAT(c.options, ElementsAre("--gpus=all"));
    EXPECT_THAT(c.directories, ElementsAre("/scratch", "/work"));
    EXPECT_THAT(c.files, IsEmpty()) << "there is no TLS";
    in.tls = tls_source::dask;
    EXPECT_THAT(describe_container(wanted, in, {}).files, ElementsAre("/pki/ca.pem"));
    in.tls_paths = tls_files{"/own/ca.pem", "/own/c.pem", "/own/c.key", "/client.pem", "/client.key", "1"};
    EXPECT_THAT(describe_container(wanted, in, {}).files,
                ElementsAre("/own/c.key", "/own/c.pem", "/own/ca.pem"));
}

TEST(contained_environment, is_what_is_meant_for_dask) {
    environment const user{{"PATH", "/bin"},
                           {"DASK_DISTRIBUTED__X", "1"},
                           {"DASK_CONFIG", "/home/me"},
                           {"OMP_NUM_THREADS", "4"},
                           {"CONDA_PREFIX", "/opt"}};
    auto const env = contained_environment({}, user, {{"A", "b"}});
    EXPECT_THAT(env, testing::UnorderedElementsAre(
                         Pair("A", "b"), Pair("DASK_DISTRIBUTED__X", "1"), Pair("OMP_NUM_THREADS", "4"),
                         Pair("MKL_NUM_THREADS", "1"), Pair("OPENBLAS_NUM_THREADS", "1"),
                         Pair("PYTHONHASHSEED", "6640"), Pair("MALLOC_TRIM_THRESHOLD_", "65536")));
}

TEST(make_plan, shares_a_container_only_where_it_is_the_same) {
    auto in = one_core();
    in.settings.pools[0].container = wanted;
    EXPECT_EQ(make_plan(in).agents.size(), 2U) << "the scheduler is outside";
    in.settings.scheduler.container = wanted;
    auto const together = make_plan(in);
    ASSERT_EQ(together.agents.size(), 1U);
    EXPECT_THAT(together.agents[0].container->directories, ElementsAre("/work"));
    EXPECT_FALSE(together.agents[0].env.contains("PATH"));
    in.settings.pools[0].cwd = "/elsewhere";
    EXPECT_EQ(make_plan(in).agents.size(), 2U) << "the scheduler could not see its directory there";
    in.settings.pools[0].cwd.reset();
    in.settings.scheduler.container->image = "other";
    EXPECT_EQ(make_plan(in).agents.size(), 2U);
    EXPECT_NE(make_plan(in).agents[0].id, make_plan(in).agents[1].id);
}

TEST(make_plan, tells_of_directories_that_would_hide_the_images_own) {
    std::pair<char const*, bool> const cases[] = {
        {"/", true},          {"/usr", true},      {"/usr/share/x", true}, {"/etc/", true},
        {"/usrlocal", false}, {"/home/me", false}, {"/opt", false},        {"/tmp", false}};
    for (auto const& [cwd, is_refused] : cases) {
        auto in = one_core();
        in.settings.pools[0].container = wanted;
        in.context.cwd = cwd;
        EXPECT_EQ(why_impossible(in.settings, make_plan(in)).has_value(), is_refused) << cwd;
    }
}

TEST(container_reason, says_what_is_another) {
    container_spec const a{container_engine::podman, "podman", "lab:1", {}, {}, {"/work"}, {}};
    auto image = a;
    image.image = "lab:2";
    auto options = a;
    options.options = {"--gpus=all"};
    auto directories = a;
    directories.directories = {"/home"};
    EXPECT_EQ(container_reason(a, image), "container podman lab:1 → podman lab:2");
    EXPECT_EQ(container_reason(std::nullopt, a), "container none → podman lab:1");
    EXPECT_EQ(container_reason(a, std::nullopt), "container podman lab:1 → none");
    EXPECT_EQ(container_reason(a, options), "options of the container");
    EXPECT_EQ(container_reason(a, directories), "directories of the container");
}

} // namespace
} // namespace daskd::core
