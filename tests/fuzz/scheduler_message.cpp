// What the scheduler link and the job link say, a line each; any of them may be an answer as well.

#include "daemon/job_runner/message.hpp"
#include "daemon/scheduler_link/message.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    fuzzing::each_json_line(input, [](json const& line) {
        auto const read = scheduler_link::read_message(line);
        fuzzing::require(read || !read.error().what.empty(), "a message that is not understood is told why");
        (void)scheduler_link::read_demand(line);
        (void)scheduler_link::read_statistics(line);
        auto const job = job_runner::read_message(line);
        fuzzing::require(job || !job.error().what.empty(), "a message that is not understood is told why");
    });
}
