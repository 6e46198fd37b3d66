#pragma once

#include <optional>
#include <string>

namespace daskd::queue {

/// What a queue says of a job, in words that all queues share.

enum class job_state {
    pending,    ///< waits for its turn
    impossible, ///< waits, but will not run as it is: too large, or its start failed
    held,       ///< waits until somebody releases it
    starting,   ///< has its node
    running,
    suspended,  ///< its processes are stopped
    completing, ///< about to end
    ended,
    unknown, ///< a word that we do not know
};

enum class end_cause {
    exit,   ///< by itself, with a code
    signal, ///< killed, nobody says why
    walltime,
    memory,
    cancelled,
    preempted,
    node_failure,
    not_started, ///< it was never run
    unknown,     ///< nobody saw it
};

struct job_end {
    end_cause cause = end_cause::unknown;
    std::optional<int> code;   ///< with end_cause::exit
    std::optional<int> signal; ///< if one ended it
    std::string text;          ///< the queue's own words; may be empty

    bool operator==(job_end const&) const = default;
};

struct job_status {
    std::string id;
    std::string name;
    job_state state = job_state::unknown;
    std::string word;           ///< the state as the queue writes it
    std::string reason;         ///< why it waits; may be empty
    std::string node;           ///< the first one that it runs on; may be empty
    bool was_requeued = false;  ///< it ran before, and the queue has put it back
    std::optional<job_end> end; ///< with job_state::ended

    bool operator==(job_status const&) const = default;
};

} // namespace daskd::queue
