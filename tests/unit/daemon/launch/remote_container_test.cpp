#include "daemon/launch/remote_container.hpp"

#include <gmock/gmock.h>

namespace daskd::launch {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

core::agent_spec contained(config::container_engine engine) {
    core::agent_spec spec;
    spec.id = "a1";
    spec.python = "python3";
    spec.env = {{"SECRET", "xyzzy"}};
    spec.warm = {"numpy"};
    auto& container = spec.container.emplace();
    container.engine = engine;
    container.program = engine == config::container_engine::docker ? "docker" : "apptainer";
    container.image = "lab";
    container.directories = {"/data"};
    return spec;
}

std::vector<std::string> words_of(json const& list) {
    return list.get<std::vector<std::string>>();
}

TEST(remote_container, leaves_to_that_machine_what_only_it_knows) {
    auto const order =
        container_order(contained(config::container_engine::docker), "lab@head", "~/state/logs/agent-a1.log");
    auto const run = words_of(order.at("run"));
    EXPECT_EQ(run.front(), "docker");
    EXPECT_THAT(run, AllOf(Contains("--name=daskd-lab-head-a1-@START@"), Contains("--user=@USER@"),
                           Contains("--workdir=@CWD@"), Contains("--label=daskd.runtime=@RUNTIME@")));
    EXPECT_THAT(run, Contains("--mount=type=bind,source=@HOME@/state/logs,destination=@HOME@/state/logs"));
    EXPECT_THAT(run, Contains("--mount=type=bind,source=/data,destination=/data"));
    EXPECT_THAT(run, AllOf(Contains("@RUNTIME@/agent.pyz"), Contains("@RUNTIME@/agent-a1.sock")));
    EXPECT_THAT(order.dump(), Not(HasSubstr("xyzzy")));
    EXPECT_FALSE(order.at("stays"));
}

TEST(remote_container, of_apptainer_is_an_ordinary_process) {
    auto const spec = contained(config::container_engine::apptainer);
    auto const order = container_order(spec, "lab@head", "/logs/agent.log");
    EXPECT_TRUE(order.at("stays"));
    EXPECT_THAT(words_of(order.at("query")), IsEmpty());
    EXPECT_THAT(words_of(container_removal(spec, "lab@head").at("list")), IsEmpty());
}

TEST(remote_container, is_found_by_its_labels_to_be_removed) {
    auto const removal = container_removal(contained(config::container_engine::docker), "lab@head");
    EXPECT_THAT(words_of(removal.at("list")), AllOf(Contains("--filter=label=daskd.agent=a1"),
                                                    Contains("--filter=label=daskd.runtime=@RUNTIME@")));
    EXPECT_EQ(words_of(removal.at("remove")), (std::vector<std::string>{"docker", "rm", "--force"}));
}

TEST(remote_container, says_what_its_engine_lacks) {
    auto const spec = contained(config::container_engine::docker);
    auto const what = [&](json const& told) { return explain_engine(spec, told).what; };
    EXPECT_EQ(what({{"tried", "find"}, {"code", 127}, {"lines", json::array()}}),
              "there is no 'docker' on PATH there");
    EXPECT_THAT(what({{"tried", "pull"}, {"code", 1}, {"lines", {"Error response: denied"}}}),
                HasSubstr("image lab is not here and cannot be fetched: Error response: denied"));
    EXPECT_THAT(what({{"tried", "run"}, {"code", 127}, {"lines", {"Error: no python3"}}}),
                HasSubstr("image lab has no 'python3'"));
    EXPECT_THAT(what({{"tried", 1}}), HasSubstr("docker cannot run image lab there"));
}

} // namespace
} // namespace daskd::launch
