#pragma once

#include "common/json.hpp"

#include <string>
#include <vector>

namespace daskd::doctor {

enum class verdict {
    fine,
    warning, ///< it works, but may surprise
    wrong,
};

[[nodiscard]] std::string to_string(verdict v);

/// One check: what it saw, whether that is fine, and the command that mends it.
struct finding {
    std::string check; ///< versions, ports …: several findings may share it
    verdict is = verdict::fine;
    std::string saw;
    std::string remedy = {}; ///< empty where nothing is to be done

    bool operator==(finding const&) const = default;
};

/// {"findings": [{check, verdict, saw, remedy}], "verdict": the worst}
[[nodiscard]] ordered_json to_json(std::vector<finding> const& findings);

[[nodiscard]] verdict worst(std::vector<finding> const& findings);

} // namespace daskd::doctor
