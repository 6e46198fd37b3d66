#include "common/json.hpp"
#include "daemon/launch/bootstrap.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::launch {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<char const*, 6> login_shells{"dash", "bash", "zsh", "tcsh", "csh", "fish"};

/// What `shell -c COMMAND` writes, in a home of its own.
class far_end {
public:
    far_end() {
        auto pattern = (std::filesystem::temp_directory_path() / "daskd-far-XXXXXX").string();
        home_ = ::mkdtemp(pattern.data());
        std::ofstream(home_ / "command") << bootstrap_command();
    }
    ~far_end() { std::filesystem::remove_all(home_); }
    far_end(far_end const&) = delete;
    far_end& operator=(far_end const&) = delete;

    [[nodiscard]] std::filesystem::path const& home() const { return home_; }

    /// An interpreter that only says what it was started as; `works`: it has `distributed`.
    void add_python(std::string const& path, bool works) const {
        auto const file = home_ / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << "#!/bin/sh\n"
                               "case $2 in *find_spec*) exit "
                            << (works ? 0 : 1) << ";; esac\necho \"ran $0 $3\"\nhead -c \"$3\"\n";
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

    [[nodiscard]] std::string run(std::string const& shell, std::string const& input,
                                  std::string const& environment = "") const {
        std::ofstream(home_ / "input") << input;
        // As sshd does: the login shell gets the command as one word.
        auto const line = "cd " + home_.string() + " && env -i HOME=" + home_.string() +
                          " PATH=/usr/bin:/bin SHELL=$(command -v " + shell + ") " + environment + " " +
                          shell + " -c \"$(cat command)\" <input 2>&1";
        std::unique_ptr<std::FILE, decltype(&::pclose)> const pipe(::popen(line.c_str(), "r"), &::pclose);
        std::string text;
        std::array<char, 4096> chunk{};
        while (auto const n = std::fread(chunk.data(), 1, chunk.size(), pipe.get()))
            text.append(chunk.data(), n);
        return text;
    }

private:
    std::filesystem::path home_;
};

bool has(std::string const& shell) {
    return WEXITSTATUS(std::system(("command -v " + shell + " >/dev/null").c_str())) == 0; // NOLINT
}

class login_shell : public testing::TestWithParam<char const*> {
protected:
    void SetUp() override {
        if (!has(GetParam())) GTEST_SKIP() << "not installed";
    }
    far_end there;
};

TEST_P(login_shell, takes_the_command) {
    there.add_python("venv/bin/python3", true);
    EXPECT_EQ(there.run(GetParam(), "~/venv\n5\nHELLO more"),
              "ran " + there.home().string() + "/venv/bin/python3 5\nHELLO")
        << "and reads no more than is the program's";
}

TEST_P(login_shell, says_what_is_missing) {
    auto const said = there.run(GetParam(), "~/no/python\n5\nHELLO");
    bootstrap_answer answer;
    EXPECT_FALSE(answer.read(said));
    EXPECT_EQ(answer.ended(false).what, "there is no interpreter " + there.home().string() + "/no/python");
    EXPECT_EQ(answer.ended(false).code, errc::bad_configuration) << "it is not there next time either";
}

INSTANTIATE_TEST_SUITE_P(all, login_shell, testing::ValuesIn(login_shells));

TEST(bootstrap, auto_takes_the_first_python_with_distributed_of_a_login) {
    far_end const there;
    there.add_python("bin/python3", false);
    there.add_python("conda/bin/python3", true);
    std::ofstream(there.home() / ".profile") << "echo Welcome to the lab\n"
                                                "export PATH=$HOME/bin:$PATH CONDA_PREFIX=$HOME/conda\n";
    EXPECT_EQ(there.run("dash", "auto\n5\nHELLO"),
              "ran " + there.home().string() + "/conda/bin/python3 5\nHELLO");
    std::filesystem::remove(there.home() / "conda/bin/python3");
    there.add_python("bin/python3", true);
    EXPECT_EQ(there.run("dash", "auto\n5\nHELLO"), "ran " + there.home().string() + "/bin/python3 5\nHELLO");
}

TEST(bootstrap, command_needs_no_quoting_in_any_shell) {
    auto const command = bootstrap_command();
    auto const script = command.substr(17, command.size() - 18);
    EXPECT_TRUE(command.starts_with("exec /bin/sh -c '"));
    EXPECT_EQ(script.find_first_of("'\\!\n"), std::string::npos) << script;
}

TEST(bootstrap, input_holds_what_is_wanted_and_no_more_than_it_says) {
    core::agent_spec spec;
    spec.id = "a1";
    spec.python = "auto";
    spec.env = {{"X", "it's \"ü\" \\ \n"}};
    auto const input = bootstrap_input(spec, "default@head", "~/log", std::string("\x00\xff\x10z", 4));
    auto const second = input.find('\n') + 1;
    auto const third = input.find('\n', second) + 1;
    EXPECT_EQ(input.substr(0, second), "auto\n");
    EXPECT_EQ(std::stoul(input.substr(second)), input.size() - third);
    EXPECT_THAT(input, HasSubstr("b64decode('AP8Qeg==')"));
    EXPECT_EQ(input.find_first_not_of("\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                                      "abcdefghijklmnopqrstuvwxyz{|}~"),
              std::string::npos)
        << "ASCII alone: no locale spoils it";
}

TEST(bootstrap_answer, is_found_behind_what_start_up_files_print) {
    bootstrap_answer answer;
    EXPECT_FALSE(answer.read("Welcome to DASKD land\nDAS"));
    auto const read = answer.read("KD {\"pid\": 7}\n{\"event\":");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->value(), "{\"event\":");
    EXPECT_EQ(answer.pid(), 7);
}

TEST(bootstrap_answer, may_be_a_refusal) {
    bootstrap_answer answer;
    auto const read = answer.read("DASKD {\"error\": \"no room\", \"hint\": \"make some\"}\n");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->error().what, "no room");
    EXPECT_EQ(read->error().hint, "make some");
}

TEST(bootstrap_answer, may_come_after_news) {
    std::vector<std::string> news;
    bootstrap_answer answer([&](std::string const& text) { news.push_back(text); });
    EXPECT_FALSE(answer.read("hello\nDASKD {\"news\": \"pull\"}\nDASK"));
    EXPECT_EQ(news, std::vector<std::string>{"pull"});
    auto const read =
        answer.read("D {\"pid\": 7, \"python\": \"/p\", \"program\": \"/a\", \"mouth\": \"/m\"}\nrest");
    ASSERT_TRUE(read);
    EXPECT_EQ(**read, "rest");
    EXPECT_EQ(answer.pid(), 7);
    EXPECT_EQ(answer.python(), "/p");
    EXPECT_EQ(answer.program(), "/a");
    EXPECT_EQ(answer.mouth(), "/m");
}

TEST(bootstrap_answer, says_what_an_engine_has_said) {
    bootstrap_answer answer;
    auto const read = answer.read("DASKD {\"error\": \"run failed\", \"engine\": {\"tried\": \"run\"}}\n");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->has_error());
    EXPECT_EQ(answer.engine(), (json{{"tried", "run"}}));
}

TEST(bootstrap_answer, names_the_python_that_a_container_needs_outside) {
    bootstrap_answer answer;
    EXPECT_FALSE(answer.read("DASKD-NONE python3\n"));
    EXPECT_EQ(answer.ended(true).what, "there is no python3 outside of containers");
}

TEST(bootstrap_answer, is_bounded) {
    bootstrap_answer answer;
    auto const read = answer.read(std::string(100'000, 'x'));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->has_error());
    bootstrap_answer nonsense;
    EXPECT_TRUE(nonsense.read("DASKD [1]\n")->has_error());
}

TEST(bootstrap_answer, of_an_end_without_one_is_the_last_line) {
    bootstrap_answer answer;
    EXPECT_FALSE(answer.read("hello\nsh: not found\n"));
    EXPECT_EQ(answer.ended(false).what, "the host agent could not be started there: sh: not found");
    EXPECT_EQ(bootstrap_answer{}.ended(false).what, "the host agent could not be started there");
}

} // namespace
} // namespace daskd::launch
