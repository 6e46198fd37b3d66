#include "ctl/commands/call.hpp"
#include "ctl/commands/job_progress.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/job.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unistd.h>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> formats{"json", "jsonl", "csv", "pickle"};

/// By the ending of the file's name; empty: none of them.
std::string format_of(fs::path const& file) {
    auto ending = file.extension().string();
    if (!ending.empty()) ending.erase(0, 1);
    if (ending == "pkl") ending = "pickle";
    return std::ranges::find(formats, ending) == formats.end() ? "" : ending;
}

/// The job runner has written it; it is moved to where the user wants it, across file systems if need be.
result<void> put(fs::path const& from, fs::path const& to) {
    std::error_code ec;
    fs::rename(from, to, ec);
    if (!ec) return {};
    ec.clear();
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, ec);
    std::error_code ignored;
    fs::remove(from, ignored);
    if (ec) return error{errc::failed, "cannot write " + to.string() + ": " + ec.message(), ""};
    return {};
}

class gather_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("job", job_, "Which job; see: daskctl jobs")->required()->type_name("JOB");
        app.add_option("-o,--output", file_, "Write into a file: .json, .jsonl, .csv or .pickle")
            ->type_name("FILE");
        app.add_flag("--errors", only_failures_, "Only the calls that failed, with arguments and traceback");
        app.add_flag("--no-wait", returns_at_once_, "Only what is there already");
        declare_timeout(app, timeout_s_);
    }

    std::optional<request> ask() const override {
        json params = {{"job", job_},
                       {"only_failures", only_failures_},
                       {"wait", !returns_at_once_},
                       {"timeout_s", timeout_s_ ? json(*timeout_s_) : json(nullptr)}};
        if (!file_.empty()) params["format"] = format_of(file_);
        return request{"job.gather", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        if (!file_.empty() && format_of(file_).empty())
            return error{errc::usage, "'" + file_ + "' says no format",
                         "end its name in .json, .jsonl, .csv or .pickle"};
        if (!returns_at_once_ && !timeout_s_ && ::isatty(STDERR_FILENO) == 1)
            if (auto const ended = watch_job(ctx, job_); !ended) return ended.error();
        return file_.empty() ? print_entries(ctx) : write_file(ctx);
    }

private:
    result<exit_code> write_file(context const& ctx) const {
        auto reply = call_any_daemon(ctx, *ask());
        if (!reply) return reply.error();
        if (auto const done = put(reply->at("path").get<std::string>(), file_); !done) return done.error();
        if (ctx.options.wants_json) {
            (*reply)["path"] = fs::absolute(file_).string();
            print_json(*reply);
        } else {
            tell(file_ + ": " + show_number(reply->at("entries").get<std::uint64_t>()) + " calls");
        }
        return outcome(*reply);
    }

    result<exit_code> print_entries(context const& ctx) const {
        auto question = *ask();
        json all = json::array();
        for (;;) {
            auto reply = call_any_daemon(ctx, question);
            if (!reply) return reply.error();
            for (auto& entry : reply->at("entries"))
                if (ctx.options.wants_json)
                    all.push_back(std::move(entry));
                else
                    show(ctx, entry);
            if (reply->at("next").is_null()) {
                if (ctx.options.wants_json) {
                    (*reply)["entries"] = std::move(all);
                    reply->erase("next");
                    print_json(*reply);
                }
                return outcome(*reply);
            }
            question.params["begin"] = reply->at("next");
        }
    }

    /// A result a line; of a command what it printed.
    void show(context const& ctx, json const& entry) const {
        if (only_failures_) return print(render_failure(entry, ctx.paint));
        auto const result = entry.find("result");
        if (result == entry.end()) return; // told at the end
        auto const printed = result->is_object() ? result->find("stdout") : result->end();
        bool const is_command =
            result->is_object() && result->contains("exit_code") && printed != result->end();
        print(is_command ? printed->get<std::string>() : to_line(*result) + "\n");
    }

    [[nodiscard]] exit_code outcome(json const& job) const {
        if (only_failures_ || returns_at_once_) return exit_code::done;
        return report_end(job);
    }

    std::string job_;
    std::string file_;
    bool only_failures_ = false;
    bool returns_at_once_ = false;
    std::optional<double> timeout_s_;
};

} // namespace

std::unique_ptr<verb> make_gather() {
    return std::make_unique<gather_verb>();
}

} // namespace daskd::ctl
