#include "common/manual/options.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <gmock/gmock.h>

namespace daskd::manual {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

page empty() {
    return {"daskd.yaml", 5, "2026-01-02", "what - it is"};
}

TEST(page, begins_as_man_wants_it) {
    EXPECT_THAT(empty().text(), StartsWith(".TH DASKD.YAML 5 2026-01-02 \"daskd "));
    EXPECT_THAT(empty().text(), EndsWith("\n.SH NAME\ndaskd.yaml \\- what \\- it is\n"));
}

TEST(page, leaves_nothing_to_roff_that_is_text) {
    struct text_case {
        char const* text;
        char const* written;
    };
    // clang-format off
    text_case const cases[] = {
        {"call `daskctl up --workers 4` now", "call \\fBdaskctl up \\-\\-workers 4\\fR now"},
        {".config is no macro", "\\&.config is no macro"},
        {"'quoted' is none", "\\&'quoted' is none"},
        {"a \\ is a \\", "a \\e is a \\e"},
        {"→ … é", "→ … é"},
        {"``", ""},
    };
    // clang-format on
    for (auto const& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_THAT(empty().section("x").paragraph(c.text).text(),
                    EndsWith(".SH X\n" + std::string(c.written) + "\n"));
    }
}

TEST(page, separates_paragraphs_but_not_from_headings) {
    auto p = empty();
    p.section("one").paragraph("a").paragraph("b").code("c\n.d\n");
    EXPECT_THAT(p.text(), EndsWith(".SH ONE\na\n.PP\nb\n.PP\n.RS 4\n.EX\nc\n\\&.d\n.EE\n.RE\n"));
}

TEST(options, are_those_of_the_help) {
    CLI::App app;
    std::string pool;
    std::vector<std::string> names;
    bool follows = false;
    app.add_option("pool", pool, "Which pool")->required()->type_name("POOL");
    app.add_option("name", names, "Some names")->type_name("NAME");
    app.add_flag("-f,--follow", follows, "Keep on");
    app.add_option("--since", pool, "From then on")->check(CLI::IsMember({"a", "b"}))->type_name("T");
    EXPECT_EQ(usage_of(app, "logs"), "\\fBlogs\\fR [\\fIOPTION\\fR ...] \\fIPOOL\\fR [\\fINAME\\fR ...]");
    auto p = empty();
    add_options(p, app);
    EXPECT_THAT(p.text(), HasSubstr(".TP\n\\fIPOOL\\fR\nWhich pool\n"));
    EXPECT_THAT(p.text(), HasSubstr(".TP\n\\fB\\-f\\fR, \\fB\\-\\-follow\\fR\nKeep on\n"));
    EXPECT_THAT(p.text(), HasSubstr(".TP\n\\fB\\-\\-since\\fR \\fIT\\fR\nFrom then on\n"));
}

} // namespace
} // namespace daskd::manual
