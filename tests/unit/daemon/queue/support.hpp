#pragma once

#include "daemon/queue/dialect.hpp"

#include <gmock/gmock.h>

#include <ostream>

namespace daskd::queue {

// So that a failing test shows more than bytes.
inline void PrintTo(job_end const& end, std::ostream* to) {
    *to << "cause " << static_cast<int>(end.cause) << ", code " << end.code.value_or(-1) << ", signal "
        << end.signal.value_or(-1) << ", '" << end.text << "'";
}

inline void PrintTo(job_status const& job, std::ostream* to) {
    *to << job.id << " '" << job.name << "' state " << static_cast<int>(job.state) << " (" << job.word
        << ") reason '" << job.reason << "' node '" << job.node << "'"
        << (job.was_requeued ? " requeued" : "");
    if (job.end) PrintTo(*job.end, to);
}

} // namespace daskd::queue

namespace daskd::queue::test {

inline command_output printed(std::string out) {
    return {0, std::move(out), ""};
}

inline command_output failed(std::string err, int exit_code = 1) {
    return {exit_code, "", std::move(err)};
}

/// A job with a bit of everything that all dialects know.
inline job some_job() {
    job what;
    what.name = "dask-batch-0";
    what.shebang = "#!/usr/bin/env bash";
    what.command = {"python", "-m", "worker"};
    what.cores = 4;
    what.memory_bytes = std::uint64_t{8} << 30;
    what.project = "physics";
    what.walltime = "02:00:00";
    what.log_directory = "/logs";
    return what;
}

inline job_end because(end_cause cause, std::string text) {
    return {cause, std::nullopt, std::nullopt, std::move(text)};
}

inline job_end exited(int code, std::string text = "") {
    return {end_cause::exit, code, std::nullopt, std::move(text)};
}

inline job_end killed(int signal, std::string text = "") {
    return {end_cause::signal, std::nullopt, signal, std::move(text)};
}

/// The fields of a job_status, in their order: id, name, state, word, reason, node.
inline job_status status(std::string id, std::string name, job_state state, std::string word,
                         std::string reason = "", std::string node = "") {
    return {std::move(id),     std::move(name), state, std::move(word),
            std::move(reason), std::move(node), false, std::nullopt};
}

inline job_status requeued(job_status job) {
    job.was_requeued = true;
    return job;
}

inline job_status gone(std::string id, std::string name, std::string word, std::string node, job_end end) {
    auto job = status(std::move(id), std::move(name), job_state::ended, std::move(word), "", std::move(node));
    job.end = std::move(end);
    return job;
}

/// Reads the list and expects these jobs, in any order.
inline void expect_list(dialect const& d, std::string out, std::vector<job_status> const& expected) {
    auto const jobs = d.read_list(printed(std::move(out)));
    ASSERT_TRUE(jobs) << jobs.error().what;
    EXPECT_THAT(*jobs, testing::UnorderedElementsAreArray(expected));
}

inline void expect_end(dialect const& d, std::string out, job_end const& expected) {
    auto const end = d.read_end(printed(std::move(out)));
    ASSERT_TRUE(end) << end.error().what;
    EXPECT_EQ(*end, expected);
}

/// The error of a reader, which must fail.
template <class T>
std::string error_of(result<T> const& r) {
    return r ? "no error" : r.error().what;
}

} // namespace daskd::queue::test
