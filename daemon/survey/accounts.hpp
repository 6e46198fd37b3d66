#pragma once

#include "daemon/doctor/facts.hpp"

#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace daskd::survey {

/// People other than `own` who may log in by this /etc/passwd; with processes if their number is in
/// `active`. Pure.
[[nodiscard]] std::vector<doctor::other_user> other_people(std::string const& passwd,
                                                           std::set<uid_t> const& active, uid_t own);

/// Whose processes run here.
[[nodiscard]] std::set<uid_t> active_users();

/// The user's name, or the number where there is none.
[[nodiscard]] std::string user_name(uid_t uid);

} // namespace daskd::survey
