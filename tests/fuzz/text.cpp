// Small languages of one line: durations, sizes, YAML scalars, time stamps of logs.

#include "common/bytes.hpp"
#include "common/durations.hpp"
#include "daemon/config/scalar.hpp"
#include "daemon/logs/since.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    if (auto const duration = parse_duration(input)) (void)format_duration(*duration);
    if (auto const size = parse_bytes(input)) (void)format_bytes(*size);
    (void)to_line(config::resolve_scalar(std::string(input)));
    auto const kept = logs::since({std::string(input), "no stamp", std::string(input)}, 1e9);
    fuzzing::require(kept.size() == 3 || kept.empty(), "lines are dropped before a stamp only");
}
