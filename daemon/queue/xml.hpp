#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daskd::queue {

/// The little of XML that Grid Engine's qstat prints: elements with text, without comments or sections.

/// What is inside each element `name`, in order. An element that does not end is left out.
[[nodiscard]] std::vector<std::string_view> elements(std::string_view xml, std::string_view name);

/// The text of the first element `name`, entities resolved; empty if there is none.
[[nodiscard]] std::string element_text(std::string_view xml, std::string_view name);

} // namespace daskd::queue
