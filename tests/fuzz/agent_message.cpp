// What a host agent says, a line each.

#include "daemon/agent_link/message.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    fuzzing::each_json_line(input, [](json const& line) {
        auto const read = agent_link::read_message(line);
        fuzzing::require(read || !read.error().what.empty(), "a message that is not understood is told why");
    });
}
