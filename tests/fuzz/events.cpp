// Lines of the event history.

#include "daemon/state/event.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    fuzzing::each_json_line(input, [](json const& line) {
        auto const read = state::event_from_json(line);
        if (!read) return;
        auto const again = state::event_from_json(*parse_json(to_line(to_json(*read))));
        fuzzing::require(again && *again == *read, "an event that is kept is read again as it was");
    });
}
