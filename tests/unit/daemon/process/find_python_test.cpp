#include "daemon/process/find_python.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <fstream>
#include <set>

namespace daskd::process {
namespace {

namespace fs = std::filesystem;

TEST(python_candidates, come_in_the_order_of_the_contract) {
    std::set<std::string> const files = {"/venv/bin/python", "/a/python3",       "/b/python3",
                                         "/b/python",        "/usr/bin/python3", "/b/python3.9"};
    auto const exists = [&](fs::path const& p) { return files.contains(p.string()); };
    struct row {
        char const* name;
        std::optional<std::string> wanted;
        environment env;
        std::vector<python_candidate> expected;
    };
    std::vector<row> const rows = {
        {"all",
         {},
         {{"VIRTUAL_ENV", "/venv"}, {"CONDA_PREFIX", "/conda"}, {"PATH", ":.:/none:/a:/b"}},
         {{"$VIRTUAL_ENV", "/venv/bin/python"},
          {"$CONDA_PREFIX", ""},
          {"python3 on PATH", "/a/python3"},
          {"python on PATH", "/b/python"},
          {"/usr/bin/python3", "/usr/bin/python3"}}},
        {"no environment",
         {},
         {},
         {{"python3 on PATH", ""}, {"python on PATH", ""}, {"/usr/bin/python3", "/usr/bin/python3"}}},
        {"wanted path", "/a/python3", {{"VIRTUAL_ENV", "/venv"}}, {{"'/a/python3'", "/a/python3"}}},
        {"wanted name", "python3.9", {{"PATH", "/a:/b"}}, {{"'python3.9'", "/b/python3.9"}}},
        {"wanted and missing", "/x/python", {}, {{"'/x/python'", ""}}},
    };
    for (auto const& r : rows)
        EXPECT_EQ(python_candidates(r.wanted, r.env, exists), r.expected) << r.name;
}

TEST(passed_over, names_the_first_activated_environment_unless_it_was_chosen) {
    std::string const python = "/usr/bin/python3";
    EXPECT_FALSE(passed_over({{"PATH", "/usr/bin"}}, python));
    EXPECT_FALSE(passed_over({{"VIRTUAL_ENV", "/venv"}, {"CONDA_PREFIX", "/conda"}}, "/venv/bin/python"));
    EXPECT_FALSE(passed_over({{"CONDA_PREFIX", "/conda"}}, "/conda/bin/python"));
    EXPECT_EQ(passed_over({{"VIRTUAL_ENV", "/venv"}}, python),
              "$VIRTUAL_ENV (/venv) has no Python with 'distributed'; using /usr/bin/python3");
    EXPECT_EQ(passed_over({{"VIRTUAL_ENV", "/venv"}, {"CONDA_PREFIX", "/conda"}}, "/conda/bin/python"),
              "$VIRTUAL_ENV (/venv) has no Python with 'distributed'; using /conda/bin/python");
}

class python_finder_with_fakes : public testing::Test {
protected:
    /// An interpreter that does as `script` says, whatever it is asked.
    std::string fake(std::string const& name, std::string const& script) {
        auto const file = dir / name / "bin" / "python";
        fs::create_directories(file.parent_path());
        std::ofstream(file) << "#!/bin/sh\necho x >> " << (dir / "asked").string() << "\n" << script << "\n";
        fs::permissions(file, fs::perms::owner_all);
        return (dir / name).string();
    }
    std::uintmax_t times_asked() { return fs::exists(dir / "asked") ? fs::file_size(dir / "asked") / 2 : 0; }
    result<std::string> find(std::optional<std::string> wanted, environment env) {
        return test::run_task(io, finder.find(std::move(wanted), std::move(env)));
    }

    boost::asio::io_context io;
    test::temporary_directory dir;
    python_finder finder;
};

TEST_F(python_finder_with_fakes, takes_the_first_that_has_distributed) {
    environment const env = {{"VIRTUAL_ENV", fake("venv", "exit 3")},
                             {"CONDA_PREFIX", fake("conda", "exit 0")}};
    EXPECT_EQ(find({}, env).value(), (dir / "conda" / "bin" / "python").string());
}

TEST_F(python_finder_with_fakes, remembers_only_success) {
    auto const good = fake("good", "exit 0") + "/bin/python";
    auto const bad = fake("bad", "exit 3") + "/bin/python";
    ASSERT_TRUE(find(good, {}));
    ASSERT_TRUE(find(good, {}));
    EXPECT_EQ(times_asked(), 1U);
    ASSERT_FALSE(find(bad, {}));
    ASSERT_FALSE(find(bad, {}));
    EXPECT_EQ(times_asked(), 3U);
    fs::last_write_time(good, fs::file_time_type::clock::now() + std::chrono::hours(1));
    ASSERT_TRUE(find(good, {}));
    EXPECT_EQ(times_asked(), 4U) << "a changed interpreter is asked again";
}

TEST_F(python_finder_with_fakes, says_why_none_will_do) {
    auto const broken =
        fake("broken", "echo Traceback >&2; echo 'ImportError: no' >&2; exit 1") + "/bin/python";
    auto const e = find(broken, {}).error();
    EXPECT_EQ(e.code, errc::bad_configuration);
    EXPECT_THAT(e.what,
                testing::EndsWith("'" + broken + "' (" + broken + "): does not run: ImportError: no"));
    EXPECT_FALSE(e.hint.empty());
    EXPECT_THAT(find("/no/python", {}).error().what, testing::EndsWith("'/no/python': not found"));
    EXPECT_THAT(find(fake("bare", "exit 3") + "/bin/python", {}).error().what,
                testing::EndsWith("has no module 'distributed'"));
}

} // namespace
} // namespace daskd::process
