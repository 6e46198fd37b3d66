#include "daemon/queue/dialect.hpp"

#include <stdexcept>

namespace daskd::queue {

command cancel(dialect const& d, std::vector<std::string> const& ids) {
    command c{{d.cancel_program}};
    c.argv.insert(c.argv.end(), ids.begin(), ids.end());
    return c;
}

dialect const& dialect_of(config::launcher_kind launcher) {
    for (auto const* one : {&slurm, &sge, &htcondor, &pbs, &lsf})
        if (one->launcher == launcher) return *one;
    throw std::logic_error("'" + config::to_string(launcher) + "' is no job queue");
}

} // namespace daskd::queue
