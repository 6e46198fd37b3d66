#include "common/bytes.hpp"
#include "ctl/commands/call.hpp"
#include "ctl/commands/verbs.hpp"

#include <filesystem>

namespace daskd::ctl {
namespace {

class scatter_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("name", name_, "What it is called: --arg @NAME")->required()->type_name("TEXT");
        app.add_option("file", file_,
                       ".json, .jsonl, .csv, .npy or .pickle; any other file is a text, or bytes")
            ->required()
            ->type_name("FILE");
    }

    std::optional<request> ask() const override {
        return request{"job.scatter", {{"name", name_}, {"path", std::filesystem::absolute(file_).string()}}};
    }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json)
            print_json(*reply);
        else
            tell(name_ + ": " + reply->value("type", "") + ", " +
                 format_bytes(reply->value("bytes", std::uint64_t{0})) +
                 "; use it with: daskctl run FUNC --arg @" + name_);
        return exit_code::done;
    }

private:
    std::string name_;
    std::string file_;
};

} // namespace

std::unique_ptr<verb> make_scatter() {
    return std::make_unique<scatter_verb>();
}

} // namespace daskd::ctl
