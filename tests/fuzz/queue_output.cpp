// What the commands of job queues print: which queue and which command, then the output.

#include "daemon/queue/dialect.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>

namespace {

using namespace daskd;

template <class Answer>
void must_answer_or_complain(result<Answer> const& answer) {
    fuzzing::require(answer.has_value() || !answer.error().what.empty(), "a refusal says why");
}

} // namespace

void fuzz(std::string_view input) {
    if (input.size() < 2) return;
    std::array const all{&queue::slurm, &queue::sge, &queue::htcondor, &queue::pbs, &queue::lsf};
    auto const& dialect = *all[static_cast<unsigned char>(input[0]) % all.size()];
    auto const which = static_cast<unsigned char>(input[1]) % 8;
    queue::command_output const output{which / 4, std::string(input.substr(2)), {}};
    switch (which % 4) {
    case 0: must_answer_or_complain(dialect.read_submitted(output)); break;
    case 1: must_answer_or_complain(dialect.read_list(output)); break;
    case 2: must_answer_or_complain(dialect.read_end(output)); break;
    default:
        if (dialect.read_reason != nullptr) must_answer_or_complain(dialect.read_reason(output));
    }
}
