#include "ctl/commands/call.hpp"
#include "ctl/commands/job_progress.hpp"
#include "ctl/commands/numbers.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/job.hpp"

#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace daskd::ctl {
namespace {

/// More calls than this are asked for first.
constexpr std::uint64_t many = 1'000'000;

/// `@NAME` is data that was scattered, anything else JSON.
json read_argument(std::string const& text) {
    if (text.starts_with('@')) return {{"data", text.substr(1)}};
    return {{"value", json::parse(text)}};
}

std::string complaint_about_argument(std::string const& text) {
    if (text.starts_with('@') || parse_json(text)) return {};
    return "'" + text + "' is no JSON; a text needs its quotes: --arg '\"" + text + "\"'";
}

/// `daskctl run`: a job of many calls of a function, or of a command.
class run_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option(
               "function", words_,
               "MODULE:FUNC or FILE.py:FUNC; behind `--` a command, in which {1}, {2} … are the values of "
               "the lists, and {} all of them")
            ->required()
            ->type_name("FUNC");
        // Each may be given again, and the order of lists is that of the values in a call.
        app.add_option("--arg", arguments_,
                       "A first argument of each call; JSON, or @NAME for scattered data")
            ->check(CLI::Validator(complaint_about_argument, "", ""))
            ->expected(1)
            ->allow_extra_args(false) // CLI11 would take [1, 2] apart
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("JSON");
        app.add_option(
               "--iterate,--iterate-json", lists_,
               "A list: 'range(10)', '[1, 2]' or @FILE; there is a call for each combination of their values")
            ->expected(1)
            ->allow_extra_args(false) // CLI11 would take [1, 2] apart
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("LIST");
        app.add_option("--loops", loops_, "All of it so often")->check(whole_number(1))->type_name("N");
        app.add_option("--retries", retries_, "A call that fails is tried again so often")
            ->check(whole_number(0))
            ->type_name("N");
        app.add_option("--name", name_, "The job's name (default: the function's, with a number)")
            ->type_name("TEXT");
        app.add_flag("--shell", uses_shell_, "The command is one for the shell: pipes, variables …");
        app.add_flag("--watch", watches_,
                     "Show how it comes on until it has ended; exit code 1 if calls failed");
        app.add_flag("--yes", is_sure_, "Do not ask, however many calls there are");
        app.add_flag(command_mark, is_command_)->group("");
    }

    std::optional<request> ask() const override {
        json arguments = json::array();
        for (auto const& text : arguments_)
            arguments.push_back(read_argument(text));
        json params = {{"args", std::move(arguments)},
                       {"iterate", lists_},
                       {"loops", loops_},
                       {"retries", retries_},
                       {"shell", uses_shell_}};
        if (!name_.empty()) params["name"] = name_;
        if (is_command_ || uses_shell_)
            params["command"] = words_;
        else
            params["function"] = words_.front();
        return request{"job.submit", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        if (!is_command_ && !uses_shell_ && words_.size() > 1)
            return error{errc::usage,
                         "a function gets its arguments by --arg and --iterate, not '" + words_[1] + "'",
                         "a command stands behind `--`: daskctl run -- " + words_[0] + " " + words_[1]};
        if (is_command_ && !arguments_.empty())
            return error{errc::usage, "--arg is for functions", "write the argument into the command"};
        if (uses_shell_ && !is_command_)
            return error{errc::usage, "--shell is for commands", "a command stands behind `--`"};
        auto question = *ask();
        question.params["cwd"] = std::filesystem::current_path().string();
        auto daemon = ctx.daemon();
        if (!daemon) return daemon.error();
        if (auto const agreed = announce(*daemon, question); !agreed) return agreed.error();
        auto const job = daemon->call(question, std::nullopt);
        if (!job) return job.error();
        return report(ctx, *job);
    }

private:
    /// Says what will be submitted, and asks where that is a lot.
    result<void> announce(client& daemon, request question) const {
        question.params["dry_run"] = true;
        auto const planned = daemon.call(question, std::nullopt);
        if (!planned) return planned.error();
        auto const calls = planned->at("calls").get<std::uint64_t>();
        tell(planned->at("job").get<std::string>() + ": " + show_number(calls) +
             (calls == 1 ? " call" : " calls") + " of " + planned->at("function").get<std::string>());
        if (calls <= many || is_sure_) return {};
        if (::isatty(STDIN_FILENO) != 1)
            return error{errc::usage, show_number(calls) + " calls: nothing is submitted",
                         "add --yes if they are meant"};
        std::fputs("Submit them? [y/N] ", stderr);
        std::string answer;
        std::getline(std::cin, answer);
        if (answer == "y" || answer == "Y" || answer == "yes") return {};
        return error{errc::failed, "nothing is submitted", ""};
    }

    result<exit_code> report(context const& ctx, json const& job) const {
        auto const name = job.at("job").get<std::string>();
        if (!watches_) {
            if (ctx.options.wants_json)
                print_json(job);
            else
                print(name + "\n");
            tell("  see: daskctl progress " + name + ", daskctl gather " + name);
            return exit_code::done;
        }
        auto const ended = watch_job(ctx, name);
        if (!ended) return ended.error();
        if (ctx.options.wants_json) print_json(*ended);
        return report_end(*ended);
    }

    std::vector<std::string> words_;
    std::vector<std::string> arguments_;
    std::vector<std::string> lists_;
    int loops_ = 1;
    int retries_ = 0;
    std::string name_;
    bool uses_shell_ = false;
    bool watches_ = false;
    bool is_sure_ = false;
    bool is_command_ = false;
};

} // namespace

std::unique_ptr<verb> make_run() {
    return std::make_unique<run_verb>();
}

} // namespace daskd::ctl
