#include "ctl/commands/numbers.hpp"

#include <charconv>
#include <string>

namespace daskd::ctl {

CLI::Validator whole_number(int minimum) {
    constexpr int maximum = 1'000'000;
    auto const check = [minimum](std::string const& text) -> std::string {
        int n = 0;
        auto const* const end = text.data() + text.size();
        auto const parsed = std::from_chars(text.data(), end, n);
        bool const is_number = parsed.ec == std::errc() && parsed.ptr == end && n >= minimum && n <= maximum;
        return is_number ? "" : "'" + text + "' is no whole number of at least " + std::to_string(minimum);
    };
    return CLI::Validator(check, "");
}

} // namespace daskd::ctl
