#include "daemon/survey/accounts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <pwd.h>
#include <sstream>
#include <string_view>
#include <sys/stat.h>

namespace daskd::survey {
namespace {

constexpr uid_t first_person = 1000;
constexpr uid_t nobody = 65534;

std::vector<std::string> fields_of(std::string const& line) {
    std::vector<std::string> fields;
    std::istringstream in(line);
    for (std::string field; std::getline(in, field, ':');)
        fields.push_back(field);
    return fields;
}

/// /usr/sbin/nologin, /bin/false …
bool is_login_shell(std::string const& shell) {
    constexpr std::array<std::string_view, 3> none{"nologin", "false", "sync"};
    return std::ranges::find(none, std::filesystem::path(shell).filename().string()) == none.end();
}

} // namespace

std::vector<doctor::other_user> other_people(std::string const& passwd, std::set<uid_t> const& active,
                                             uid_t own) {
    std::vector<doctor::other_user> people;
    std::istringstream in(passwd);
    for (std::string line; std::getline(in, line);) {
        auto const fields = fields_of(line);
        if (fields.size() < 6) continue;
        uid_t uid = 0;
        auto const& number = fields[2];
        if (std::from_chars(number.data(), number.data() + number.size(), uid).ec != std::errc{}) continue;
        bool const is_person = uid >= first_person && uid != nobody && uid != own;
        bool const is_here = active.contains(uid);
        bool const has_shell = fields.size() < 7 || is_login_shell(fields[6]);
        if (is_person && (is_here || has_shell)) people.push_back({fields[0], is_here});
    }
    return people;
}

std::set<uid_t> active_users() {
    std::set<uid_t> users;
    std::error_code ec;
    for (auto const& entry : std::filesystem::directory_iterator("/proc", ec)) {
        auto const name = entry.path().filename().string();
        struct stat facts {};
        if (std::ranges::all_of(name, [](unsigned char c) { return c >= '0' && c <= '9'; }) &&
            ::stat(entry.path().c_str(), &facts) == 0)
            users.insert(facts.st_uid);
    }
    return users;
}

std::string user_name(uid_t uid) {
    auto const* account = ::getpwuid(uid); // NOLINT(concurrency-mt-unsafe): one thread
    return account == nullptr ? std::to_string(uid) : account->pw_name;
}

} // namespace daskd::survey
