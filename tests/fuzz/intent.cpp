// The state file: what was read is written again the same.

#include "daemon/state/intent.hpp"

#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    auto const value = parse_json(input);
    if (!value) return;
    auto const read = state::intent_from_json(*value);
    if (!read) return;
    auto const again = state::intent_from_json(*parse_json(to_line(to_json(*read))));
    fuzzing::require(again && *again == *read, "what is saved is what was meant");
}
