#include "daemon/doctor/finding.hpp"

#include <algorithm>

namespace daskd::doctor {

std::string to_string(verdict v) {
    switch (v) {
    case verdict::fine: return "fine";
    case verdict::warning: return "warning";
    case verdict::wrong: return "wrong";
    }
    return "?";
}

verdict worst(std::vector<finding> const& findings) {
    auto const it = std::ranges::max_element(findings, {}, &finding::is);
    return it == findings.end() ? verdict::fine : it->is;
}

ordered_json to_json(std::vector<finding> const& findings) {
    auto list = ordered_json::array();
    for (auto const& f : findings)
        list.push_back({{"check", f.check},
                        {"verdict", to_string(f.is)},
                        {"saw", f.saw},
                        {"remedy", f.remedy.empty() ? ordered_json(nullptr) : ordered_json(f.remedy)}});
    return {{"verdict", to_string(worst(findings))}, {"findings", std::move(list)}};
}

} // namespace daskd::doctor
