#include "ctl/command_line.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace daskd::ctl {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using strings = std::vector<std::string>;

name_source const names{[] {
                            return strings{"gpu-0", "local-0", "local-1", "01@node1"};
                        },
                        [] {
                            return strings{"gpu", "local"};
                        },
                        [] {
                            return strings{"default", "lab"};
                        },
                        [] {
                            return strings{"mean-1", "square-1"};
                        }};

/// The candidates behind these words; a space at the end begins a new one.
strings after(std::string const& line) {
    std::istringstream in(line);
    strings words{std::istream_iterator<std::string>(in), {}};
    if (line.empty() || line.ends_with(' ')) words.emplace_back();
    return complete_command_line(words, names);
}

TEST(complete, verbs) {
    EXPECT_THAT(after("sta"), ElementsAre("start-worker", "start-scheduler", "status"));
    EXPECT_THAT(after(""),
                AllOf(Contains("up"), Contains("help"), Contains("daemon"), Not(Contains("__complete"))));
    EXPECT_THAT(after("daemon st"), ElementsAre("start", "stop", "status"));
    EXPECT_THAT(after("help ev"), ElementsAre("events"));
}

TEST(complete, names_where_names_are_wanted) {
    EXPECT_THAT(after("restart-worker lo"), ElementsAre("local-0", "local-1"));
    EXPECT_THAT(after("restart-worker local-0 g"), ElementsAre("gpu-0"));
    EXPECT_THAT(after("stop-worker 01@"), ElementsAre("01@node1"));
    EXPECT_THAT(after("logs -f "),
                ElementsAre("scheduler", "daskd", "job-runner", "gpu-0", "local-0", "local-1", "01@node1"));
    EXPECT_THAT(after("up "), ElementsAre("gpu", "local"));
    EXPECT_THAT(after("adapt l"), ElementsAre("local"));
    EXPECT_THAT(after("adapt local "), IsEmpty()) << "it takes one pool";
    EXPECT_THAT(after("job-script g"), ElementsAre("gpu"));
    EXPECT_THAT(after("scale "), ElementsAre("gpu=", "local="));
    EXPECT_THAT(after("down "), IsEmpty());
    EXPECT_THAT(after("gather s"), ElementsAre("square-1"));
    EXPECT_THAT(after("gather square-1 "), IsEmpty());
    EXPECT_THAT(after("cancel square-1 "), ElementsAre("mean-1", "square-1"));
    EXPECT_THAT(after("scatter table "), ElementsAre(complete_files));
    EXPECT_THAT(after("gather square-1 -o "), ElementsAre(complete_files));
}

TEST(complete, options_and_their_values) {
    EXPECT_THAT(after("up --wo"), ElementsAre("--workers"));
    EXPECT_THAT(after("up --c"), ElementsAre("--config", "--cluster", "--color"));
    EXPECT_THAT(after("up --workers "), IsEmpty());
    EXPECT_THAT(after("up --workers 4 "), ElementsAre("gpu", "local"));
    EXPECT_THAT(after("wait --state ru"), ElementsAre("running"));
    EXPECT_THAT(after("up --config "), ElementsAre(complete_files));
    EXPECT_THAT(after("up --config da"), ElementsAre(complete_files));
    EXPECT_THAT(after("--color "), ElementsAre("auto", "never", "always"));
    EXPECT_THAT(after("--cluster l"), ElementsAre("lab"));
    EXPECT_THAT(after("completion "), ElementsAre("bash", "zsh", "fish"));
}

} // namespace
} // namespace daskd::ctl
