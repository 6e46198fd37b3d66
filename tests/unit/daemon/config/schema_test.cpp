#include "daemon/config/schema.hpp"
#include "daemon/config/yaml_reader.hpp"
#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

/// Every key at its documented default must be accepted and must change nothing.
template <class Settings>
void expect_true_defaults(table<Settings> const& keys) {
    for (auto const& key : keys) {
        SCOPED_TRACE(key.doc.name);
        std::vector<diagnostic> problems;
        auto const value = read_yaml_value(key.doc.default_text, key.doc.name, {}, problems);
        ASSERT_TRUE(value);
        Settings read;
        key.read(*value, read, reading(problems, key.doc.name));
        EXPECT_THAT(test::messages(problems), testing::IsEmpty());
        EXPECT_EQ(read, Settings{});
    }
}

void expect_documented(key_doc const& key, std::string const& path) {
    for (auto const& field : key.fields) {
        auto const full = path + "." + field.name;
        EXPECT_FALSE(field.text.empty()) << full;
        EXPECT_EQ(field.text.find('\n'), std::string::npos) << full;
        expect_documented(field, full);
    }
}

TEST(schema, documents_the_defaults_of_the_settings) {
    expect_true_defaults(cluster_keys());
    expect_true_defaults(scheduler_keys());
    expect_true_defaults(pool_keys());
}

TEST(schema, has_one_line_of_documentation_a_key) {
    expect_documented(documentation(), "daskd");
}

TEST(schema, has_every_key_of_the_contract_once) {
    auto const names = [](auto const& keys) {
        std::vector<std::string> all;
        for (auto const& key : keys)
            all.push_back(key.doc.name);
        return all;
    };
    EXPECT_THAT(names(cluster_keys()),
                testing::UnorderedElementsAre("scheduler", "tls", "log_size", "on_event", "http", "defaults",
                                              "pools"));
    EXPECT_THAT(names(scheduler_keys()),
                testing::UnorderedElementsAre("host", "port", "dashboard", "python", "env", "args", "preload",
                                              "idle_timeout", "container"));
    EXPECT_THAT(names(pool_keys()), testing::UnorderedElementsAreArray(std::vector<std::string>{
                                        "launcher",      "workers",        "names",
                                        "threads",       "memory",         "python",
                                        "env",           "spawn",          "warm",
                                        "standby",       "preload",        "args",
                                        "resources",     "interface",      "local_directory",
                                        "cwd",           "nice",           "restart",
                                        "backoff",       "max_restarts",   "memory_terminate",
                                        "liveness",      "lifetime",       "lifetime_stagger",
                                        "start_timeout", "stop_timeout",   "orphan_timeout",
                                        "adapt",         "container",      "nanny",
                                        "hosts",         "identity",       "known_hosts",
                                        "tunnel",        "link_tolerance", "jobs",
                                        "processes",     "cores",          "job_memory",
                                        "queue",         "project",        "walltime",
                                        "resource_spec", "directives",     "directives_skip",
                                        "prologue",      "shebang",        "log_directory",
                                        "submit_host",   "poll_interval"}));
}

} // namespace
} // namespace daskd::config
