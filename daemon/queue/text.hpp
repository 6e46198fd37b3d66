#pragma once

#include "common/error.hpp"
#include "common/json.hpp"
#include "daemon/queue/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::queue {

/// Reading what the commands of queues print.

[[nodiscard]] std::string_view trim(std::string_view text);
/// Without what ends them; empty ones are left out.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
[[nodiscard]] std::optional<int> as_number(std::string_view text);
/// The digits that follow `mark`; empty if there are none.
[[nodiscard]] std::string number_after(std::string_view text, std::string_view mark);

/// The command has failed: its own words.
[[nodiscard]] error failure_of(command_output const& output, std::string_view program);
/// It has printed what it should not have.
[[nodiscard]] error unreadable(std::string_view text, std::string_view program);

/// The objects of a JSON list, at `key` of an object if that is given. Nothing printed is an empty list.
[[nodiscard]] result<std::vector<json>> read_objects(command_output const& output, std::string_view program,
                                                     std::string const& key = "");
/// A value as text, whether it was written as text or as a number; empty if there is none.
[[nodiscard]] std::string text_at(json const& object, std::string const& key);

/// An end by a wait status (0: code 0).
[[nodiscard]] job_end end_of_status(int wait_status, std::string text);

} // namespace daskd::queue
