#include "common/paths.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace daskd {
namespace {

namespace fs = std::filesystem;

environment_lookup variables(std::map<std::string, std::string> values) {
    return [values = std::move(values)](std::string const& name) -> std::optional<std::string> {
        auto const it = values.find(name);
        if (it == values.end()) return std::nullopt;
        return it->second;
    };
}

TEST(find_paths, has_defaults_by_user_and_home) {
    auto const paths = find_paths("", variables({{"HOME", "/home/ann"}}), 1000);
    ASSERT_TRUE(paths) << paths.error().what;
    EXPECT_EQ(paths->cluster, "default");
    EXPECT_EQ(paths->runtime_dir, "/tmp/daskd-1000/default");
    EXPECT_EQ(paths->state_dir, "/home/ann/.local/state/daskd/default");
    EXPECT_EQ(paths->control_socket(), "/tmp/daskd-1000/default/control.sock");
    EXPECT_EQ(paths->log_file("local-0"), "/home/ann/.local/state/daskd/default/logs/local-0.log");
    EXPECT_EQ(paths->agent_socket("a1"), "/tmp/daskd-1000/default/agent-a1.sock");
}

TEST(find_paths, prefers_the_argument_to_the_variable) {
    auto const env = variables({{"HOME", "/home/ann"}, {"DASKD_CLUSTER", "other"}});
    EXPECT_EQ(find_paths("", env, 1)->cluster, "other");
    EXPECT_EQ(find_paths("mine", env, 1)->cluster, "mine");
}

TEST(find_paths, takes_the_directories_from_their_variables) {
    auto const paths =
        find_paths("c", variables({{"DASKD_RUNTIME_DIR", "/r/./x"}, {"DASKD_STATE_DIR", "/s"}}), 1);
    ASSERT_TRUE(paths) << paths.error().what;
    EXPECT_EQ(paths->runtime_dir, "/r/x");
    EXPECT_EQ(paths->state_dir, "/s");
}

TEST(find_paths, takes_xdg_state_home_only_if_it_is_absolute) {
    auto const absolute = variables({{"HOME", "/h"}, {"XDG_STATE_HOME", "/x"}});
    auto const relative = variables({{"HOME", "/h"}, {"XDG_STATE_HOME", "x"}});
    EXPECT_EQ(find_paths("c", absolute, 1)->state_dir, "/x/daskd/c");
    EXPECT_EQ(find_paths("c", relative, 1)->state_dir, "/h/.local/state/daskd/c");
}

TEST(find_paths, refuses_a_bad_name) {
    auto const paths = find_paths("../x", variables({{"HOME", "/h"}}), 1);
    ASSERT_FALSE(paths);
    EXPECT_EQ(paths.error().code, errc::usage);
}

TEST(find_paths, needs_a_home_or_a_state_directory) {
    auto const paths = find_paths("c", variables({}), 1);
    ASSERT_FALSE(paths);
    EXPECT_NE(paths.error().hint.find("DASKD_STATE_DIR"), std::string::npos);
}

TEST(find_paths, refuses_a_runtime_directory_too_long_for_a_socket) {
    std::string const longest = "/" + std::string(83, 'x');
    auto const env = [](std::string const& dir) {
        return variables({{"HOME", "/h"}, {"DASKD_RUNTIME_DIR", dir}});
    };
    EXPECT_TRUE(find_paths("c", env(longest), 1));
    auto const paths = find_paths("c", env(longest + "x"), 1);
    ASSERT_FALSE(paths);
    EXPECT_NE(paths.error().hint.find("DASKD_RUNTIME_DIR"), std::string::npos);
}

class private_dir : public testing::Test {
protected:
    private_dir() {
        std::string pattern = (fs::temp_directory_path() / "daskd-paths-XXXXXX").string();
        root_ = ::mkdtemp(pattern.data());
    }
    ~private_dir() override { fs::remove_all(root_); }

    static mode_t mode_of(fs::path const& path) {
        struct stat st {};
        EXPECT_EQ(::stat(path.c_str(), &st), 0);
        return st.st_mode & 0777;
    }

    fs::path root_;
};

TEST_F(private_dir, is_made_with_its_parents) {
    auto const dir = root_ / "a" / "b";
    ASSERT_TRUE(make_private_dir(dir, ::getuid(), "X"));
    EXPECT_EQ(mode_of(dir), 0700u);
    EXPECT_EQ(mode_of(root_ / "a"), 0700u);
}

TEST_F(private_dir, is_refused_if_it_is_open_to_others) {
    auto const dir = root_ / "open";
    fs::create_directory(dir);
    fs::permissions(dir, fs::perms::all);
    auto const made = make_private_dir(dir, ::getuid(), "X");
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().hint.find("chmod 700"), std::string::npos);
    EXPECT_EQ(mode_of(dir), 0777u);
}

TEST_F(private_dir, is_refused_if_it_belongs_to_somebody_else) {
    auto const made = make_private_dir(root_, ::getuid() + 1, "DASKD_RUNTIME_DIR");
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().hint.find("DASKD_RUNTIME_DIR"), std::string::npos);
}

TEST_F(private_dir, is_refused_if_it_is_a_symbolic_link) {
    fs::create_directory(root_ / "real");
    fs::create_directory_symlink(root_ / "real", root_ / "link");
    EXPECT_FALSE(make_private_dir(root_ / "link", ::getuid(), "X"));
}

TEST_F(private_dir, is_refused_if_it_is_a_file) {
    ::close(::creat((root_ / "file").c_str(), 0600));
    EXPECT_FALSE(make_private_dir(root_ / "file", ::getuid(), "X"));
}

} // namespace
} // namespace daskd
