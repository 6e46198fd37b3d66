#include "common/join.hpp"
#include "daemon/launch/container_command.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <functional>

namespace daskd::launch {
namespace {

using config::container_engine;
using testing::HasSubstr;

container_identity const someone{"lab", "a1", "/tmp/daskd-7/lab", "daskd-lab-a1-5eed", "7:8"};
words const agent{"python3", "/tmp/daskd-7/lab/agent.pyz", "enter"};

core::container_spec image(container_engine engine) {
    core::container_spec spec;
    spec.engine = engine;
    spec.program = "/bin/engine";
    spec.image = "lab:1";
    spec.directories = {"/work"};
    return spec;
}

constexpr auto ours =
    "--interactive --rm --name=daskd-lab-a1-5eed --label=daskd.cluster=lab --label=daskd.agent=a1 "
    "--label=daskd.runtime=/tmp/daskd-7/lab --network=host --pid=host --user=7:8 "
    "--security-opt=label=disable";
constexpr auto work = "--mount=type=bind,source=/work,destination=/work";

struct run_case {
    std::string name;
    container_engine engine;
    std::function<void(core::container_spec&)> edit;
    std::string line; ///< {ours} and {work} stand for the above
};

std::string filled_in(std::string line) {
    for (auto const& [mark, text] : {std::pair{"{ours}", ours}, {"{work}", work}})
        if (auto const at = line.find(mark); at != std::string::npos)
            line.replace(at, std::strlen(mark), text);
    return line;
}

class runs : public testing::TestWithParam<run_case> {};

TEST_P(runs, as_the_engine_wants_it) {
    auto spec = image(GetParam().engine);
    GetParam().edit(spec);
    EXPECT_EQ(join(run_command_line(spec, someone, "/work", {}, agent), " "),
              filled_in(GetParam().line) + " python3 /tmp/daskd-7/lab/agent.pyz enter");
}

INSTANTIATE_TEST_SUITE_P(
    table, runs,
    testing::ValuesIn(std::vector<run_case>{
        {"docker", container_engine::docker, [](auto&) {},
         "/bin/engine run {ours} --pull=never --workdir=/work {work} lab:1"},
        {"podman_keeps_the_user", container_engine::podman, [](auto&) {},
         "/bin/engine run {ours} --userns=keep-id --pull=never --workdir=/work {work} lab:1"},
        {"apptainer", container_engine::apptainer, [](auto&) {},
         "/bin/engine exec --cleanenv --pwd=/work {work} lab:1"},
        {"start_script", container_engine::docker,
         [](auto& s) {
             s.command = {"start.sh", "-q"};
         },
         "/bin/engine run {ours} --pull=never --workdir=/work {work} lab:1 start.sh -q"},
        {"options_come_last_and_win", container_engine::docker,
         [](auto& s) {
             s.options = {"--user=0", "--gpus=all"};
         },
         "/bin/engine run {ours} --pull=never --workdir=/work {work} --user=0 --gpus=all lab:1"},
        {"own_pull_policy", container_engine::docker, [](auto& s) { s.options = {"--pull=always"}; },
         "/bin/engine run {ours} --workdir=/work {work} --pull=always lab:1"},
        {"files_too", container_engine::apptainer, [](auto& s) { s.files = {"/pki/ca.pem"}; },
         "/bin/engine exec --cleanenv --pwd=/work "
         "--mount=type=bind,source=/pki/ca.pem,destination=/pki/ca.pem {work} "
         "lab:1"},
    }),
    [](auto const& one) { return one.param.name; });

TEST(run_command_line, needs_no_user_namespace_for_root) {
    auto root = someone;
    root.user = "0:0";
    EXPECT_THAT(run_command_line(image(container_engine::podman), root, "/", {}, agent),
                testing::Not(testing::Contains("--userns=keep-id")));
}

TEST(run_command_line, mounts_each_directory_once) {
    auto spec = image(container_engine::apptainer);
    spec.directories = {"/home/me", "/home/me/work", "/home/mexico", "/a,b \"c\""};
    auto const line = run_command_line(spec, someone, "/", {"/home/me/.local/state", "/tmp/run"}, agent);
    words mounts;
    for (auto const& word : line)
        if (word.starts_with("--mount")) mounts.push_back(word.substr(sizeof("--mount=type=bind,") - 1));
    EXPECT_THAT(mounts, testing::ElementsAre(R"("source=/a,b ""c""","destination=/a,b ""c""")",
                                             "source=/home/me,destination=/home/me",
                                             "source=/home/mexico,destination=/home/mexico",
                                             "source=/tmp/run,destination=/tmp/run"));
}

TEST(other_command_lines, are_those_of_the_engine) {
    auto const docker = image(container_engine::docker);
    auto const podman = image(container_engine::podman);
    auto const apptainer = image(container_engine::apptainer);
    EXPECT_EQ(join(image_query(docker), " "), "/bin/engine image inspect --format={{.Id}} lab:1");
    EXPECT_EQ(join(pull_command_line(podman), " "), "/bin/engine pull lab:1");
    EXPECT_EQ(join(list_command_line(podman, someone), " "),
              "/bin/engine ps --all --quiet --filter=label=daskd.agent=a1 "
              "--filter=label=daskd.runtime=/tmp/daskd-7/lab");
    EXPECT_EQ(join(remove_command_line(podman, {"x", "y"}), " "), "/bin/engine rm --force --time=0 x y");
    EXPECT_EQ(join(remove_command_line(docker, {"x"}), " "), "/bin/engine rm --force x");
    EXPECT_TRUE(image_query(apptainer).empty());
    EXPECT_TRUE(list_command_line(apptainer, someone).empty());
}

struct failure_case {
    std::string name;
    container_engine engine;
    int code;
    words lines;
    bool is_final;
    std::string what;
    std::string hint;
};

class failures : public testing::TestWithParam<failure_case> {};

TEST_P(failures, are_told_with_the_remedy) {
    auto const& c = GetParam();
    auto const told = explain_failure(image(c.engine), "python3", c.code, c.lines);
    EXPECT_EQ(told.code == errc::bad_configuration, c.is_final);
    EXPECT_EQ(told.what, c.what);
    EXPECT_THAT(told.hint, HasSubstr(c.hint));
}

constexpr auto socket_denied =
    "docker: Got permission denied while trying to connect to the Docker daemon socket at "
    "unix:///var/run/docker.sock";
constexpr auto no_python =
    "Error: crun: executable file `python3` not found in $PATH: No such file or directory";

INSTANTIATE_TEST_SUITE_P(
    table, failures,
    testing::ValuesIn(std::vector<failure_case>{
        {"docker_socket",
         container_engine::docker,
         125,
         {socket_denied, "See 'docker run --help'."},
         true,
         std::string("you may not use the Docker daemon: ") + socket_denied,
         "--groups docker"},
        {"docker_daemon",
         container_engine::docker,
         125,
         {"docker: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?."},
         true,
         "the Docker daemon does not run: docker: Cannot connect to the Docker daemon at unix:///x. Is the "
         "docker "
         "daemon running?.",
         "systemctl start docker"},
        {"no_python",
         container_engine::podman,
         127,
         {no_python},
         true,
         std::string("image lab:1 has no 'python3': ") + no_python,
         "python:"},
        {"engines_own",
         container_engine::podman,
         125,
         {"Error: no such volume", "x"},
         false,
         "podman cannot run image lab:1: Error: no such volume",
         "podman run --rm lab:1"},
        {"apptainers_own",
         container_engine::apptainer,
         255,
         {"FATAL:   could not open image lab:1"},
         false,
         "apptainer cannot run image lab:1: FATAL:   could not open image lab:1",
         "apptainer exec lab:1"},
        {"what_ran",
         container_engine::podman,
         3,
         {"hello", "start.sh: no licence"},
         false,
         "the container of image lab:1 ended with code 3: start.sh: no licence",
         ""},
        {"silent",
         container_engine::podman,
         137,
         {},
         false,
         "the container of image lab:1 ended with code 137: it said nothing",
         ""},
    }),
    [](auto const& one) { return one.param.name; });

TEST(failures, blame_the_start_script_if_there_is_one) {
    auto spec = image(container_engine::podman);
    spec.command = {"start.sh"};
    auto const told = explain_failure(spec, "python3", 127, {"Error: not found"});
    EXPECT_EQ(told.what, "image lab:1 has no 'start.sh': Error: not found");
    EXPECT_EQ(told.hint, "mend 'command:'");
}

TEST(failures, of_fetching_are_final) {
    auto const told = explain_missing_image(image(container_engine::podman), {"Error: no route to host"});
    EXPECT_EQ(told.code, errc::bad_configuration);
    EXPECT_EQ(told.what, "image lab:1 is not here and cannot be fetched: Error: no route to host");
    EXPECT_THAT(told.hint, HasSubstr("podman pull lab:1"));
}

} // namespace
} // namespace daskd::launch
