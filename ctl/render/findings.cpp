#include "ctl/render/findings.hpp"

#include <algorithm>

namespace daskd::ctl {
namespace {

struct mark {
    char const* text;
    color paint;
};

mark mark_of(std::string const& verdict) {
    if (verdict == "fine") return {"✓", color::green};
    if (verdict == "warning") return {"!", color::yellow};
    return {"✗", color::red};
}

} // namespace

std::string render_findings(json const& findings, style paint) {
    std::size_t width = 0;
    for (auto const& finding : findings)
        width = std::max(width, finding.at("check").get<std::string>().size());
    std::string text;
    std::string last;
    for (auto const& finding : findings) {
        auto const check = finding.at("check").get<std::string>();
        auto const [sign, tint] = mark_of(finding.at("verdict").get<std::string>());
        auto label = check == last ? "" : check; // one heading for those that share it
        label.resize(width, ' ');
        text += paint.paint(tint, sign) + " " + label + "  " + finding.at("saw").get<std::string>() + "\n";
        if (auto const& remedy = finding.at("remedy"); remedy.is_string())
            text += std::string(width + 4, ' ') + paint.paint(color::bold, "→ " + remedy.get<std::string>()) +
                    "\n";
        last = check;
    }
    return text;
}

} // namespace daskd::ctl
