#include "ctl/run.hpp"

#include "common/owner.hpp"
#include "common/shell_quote.hpp"
#include "ctl/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace daskd::ctl {
namespace {

/// The same command, for the shell of another machine.
std::string remote_command(context const& ctx, std::vector<std::string> const& arguments) {
    std::string command = "daskctl";
    bool const is_named_by_variable = ctx.options.cluster.empty() && ctx.paths.cluster != "default";
    if (is_named_by_variable) command += " --cluster " + ctx.paths.cluster;
    for (auto const& argument : arguments)
        command += " " + shell_quote(argument);
    // ssh hands its words to that shell, so what is quoted must be quoted once more for ours.
    bool const is_plain = std::ranges::all_of(
        arguments, [](auto const& argument) { return shell_quote(argument) == argument; });
    return is_plain ? command : shell_quote(command);
}

/// `__complete WORD…`: what the shells' completions ask. It never fails: no answer is an answer.
result<exit_code> print_completions(std::vector<std::string> words) {
    words.erase(words.begin());
    for (auto const& candidate : complete_command_line(words, names_of_cluster(words)))
        print(candidate + "\n");
    return exit_code::done;
}

result<exit_code> carry_out(std::vector<std::string> arguments) {
    if (!arguments.empty() && arguments.front() == "__complete")
        return print_completions(std::move(arguments));
    auto line = parse_command_line(arguments);
    if (!line) return line.error();
    if (!line->chosen) {
        print(line->text);
        return exit_code::done;
    }
    auto ctx = make_context(line->options);
    if (!ctx) return ctx.error();
    if (line->is_about_cluster)
        if (auto const owner = other_owner(ctx->paths))
            return up_elsewhere(ctx->paths, *owner, remote_command(*ctx, arguments));
    try {
        return line->chosen->run(*ctx);
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the daemon's answer is not understood: ") + e.what(),
                     "are daskctl and daskd of one version? `daskctl daemon restart` renews the daemon"};
    } catch (std::exception const& e) {
        return error{errc::failed, e.what(), "see: daskctl doctor"};
    }
}

} // namespace

exit_code run(std::vector<std::string> arguments) {
    auto const done = carry_out(std::move(arguments));
    if (!done) complain(done.error());
    if (std::fflush(stdout) != 0) {
        complain({errc::failed, "cannot write to the standard output", ""});
        return exit_code::failed;
    }
    return done ? *done : to_exit_code(done.error().code);
}

} // namespace daskd::ctl
