#include "ctl/user_units.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

/// A user with a systemd that answers and, in his home, the unit files.
class UserUnits : public testing::Test {
protected:
    UserUnits() {
        auto pattern = (fs::temp_directory_path() / "daskctl-test-XXXXXX").string();
        home_ = ::mkdtemp(pattern.data());
        variables_ = {{"HOME", home_.string()}, {"XDG_RUNTIME_DIR", (home_ / "run").string()}};
        touch(home_ / "run/systemd/private", "");
        touch(home_ / ".config/systemd/user/daskd.service", "");
    }
    ~UserUnits() override { fs::remove_all(home_); }

    static void touch(fs::path const& file, std::string const& text) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

    environment_lookup env() const {
        return [this](std::string const& name) -> std::optional<std::string> {
            auto const it = variables_.find(name);
            return it == variables_.end() ? std::nullopt : std::optional(it->second);
        };
    }

    fs::path home_;
    std::map<std::string, std::string> variables_;
};

TEST_F(UserUnits, manage_the_cluster_that_they_are_for) {
    EXPECT_EQ(managing_unit(env(), "default"), "daskd.service");
    EXPECT_EQ(managing_unit(env(), "lab"), std::nullopt) << "there is no template";
    touch(home_ / ".config/systemd/user/daskd@.service", "");
    EXPECT_EQ(managing_unit(env(), "lab"), "daskd@lab.service");
}

TEST_F(UserUnits, manage_nothing_where_no_systemd_answers) {
    fs::remove(home_ / "run/systemd/private");
    EXPECT_EQ(managing_unit(env(), "default"), std::nullopt);
    variables_.erase("XDG_RUNTIME_DIR");
    EXPECT_EQ(managing_unit(env(), "default"), std::nullopt);
}

TEST_F(UserUnits, manage_only_their_own_directories) {
    variables_["DASKD_STATE_DIR"] = "/data/state 100%";
    EXPECT_EQ(managing_unit(env(), "default"), std::nullopt) << "the unit would use another one";
    touch(environment_file(env(), "default"), environment_text({{"DASKD_STATE_DIR", "/data/state 100%"}}));
    EXPECT_EQ(managing_unit(env(), "default"), "daskd.service");
    variables_.erase("DASKD_STATE_DIR");
    EXPECT_EQ(managing_unit(env(), "default"), std::nullopt);
}

TEST(environment_text, escapes_what_systemd_would_read) {
    EXPECT_EQ(environment_text({{"A", R"(50% "of" c:\d)"}, {"B", "two\nlines"}}),
              "# Written by daskctl daemon install.\n[Service]\nEnvironment=\"A=50%% \\\"of\\\" c:\\\\d\"\n");
}

} // namespace
} // namespace daskd::ctl
