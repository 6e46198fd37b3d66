#include "common/paths.hpp"

#include "common/names.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace daskd {
namespace {

/// sizeof(sockaddr_un::sun_path) less the final NUL.
constexpr std::size_t max_socket_path = 107;
/// The longest socket name that is put into a runtime directory, with its slash: a host agent's, or a
/// scheduler's that is not yet in its place.
constexpr std::size_t longest_socket_name =
    std::max(sizeof("/agent-01234567.sock") - 1, sizeof("/scheduler.sock.4194304") - 1);

} // namespace

environment_lookup process_environment() {
    return [](std::string const& name) -> std::optional<std::string> {
        char const* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): one thread
        if (value == nullptr || *value == '\0') return std::nullopt;
        return value;
    };
}

result<cluster_paths> find_paths(std::string name, environment_lookup const& env, uid_t uid) {
    if (name.empty()) name = env("DASKD_CLUSTER").value_or("default");
    if (!is_valid_cluster_name(name))
        return error{errc::usage, "'" + name + "' is no cluster name",
                     "use 1 to 64 letters, digits, '.', '_' or '-'"};

    cluster_paths paths;
    paths.cluster = name;
    if (auto dir = env("DASKD_RUNTIME_DIR"))
        paths.runtime_dir = std::filesystem::absolute(*dir).lexically_normal();
    else
        paths.runtime_dir = "/tmp/daskd-" + std::to_string(uid) + "/" + name;
    if (paths.runtime_dir.native().size() + longest_socket_name > max_socket_path)
        return error{errc::usage,
                     "the runtime directory " + paths.runtime_dir.string() +
                         " is too long: a Unix socket in it would " + "exceed " +
                         std::to_string(max_socket_path) + " bytes",
                     "set DASKD_RUNTIME_DIR to a directory of at most " +
                         std::to_string(max_socket_path - longest_socket_name) + " bytes"};

    if (auto dir = env("DASKD_STATE_DIR")) {
        paths.state_dir = std::filesystem::absolute(*dir).lexically_normal();
    } else if (auto xdg = env("XDG_STATE_HOME"); xdg && xdg->starts_with('/')) {
        paths.state_dir = std::filesystem::path(*xdg) / "daskd" / name;
    } else if (auto home = env("HOME")) {
        paths.state_dir = std::filesystem::path(*home) / ".local/state/daskd" / name;
    } else {
        return error{errc::usage, "no place for the state directory: HOME is not set",
                     "set HOME or DASKD_STATE_DIR"};
    }
    return paths;
}

result<void> make_private_dir(std::filesystem::path const& dir, uid_t uid, std::string const& variable) {
    auto const remedy = "set " + variable + " to a directory of your own";
    std::error_code ec;
    if (auto parent = dir.parent_path(); !parent.empty() && !std::filesystem::exists(parent, ec)) {
        if (auto made = make_private_dir(parent, uid, variable); !made) return made;
    }
    if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST)
        return error{errc::failed, "cannot create " + dir.string() + ": " + errno_text(), remedy};

    int const fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error{errc::failed, "cannot open " + dir.string() + " as a directory: " + errno_text(),
                     remedy};
    struct stat st {};
    bool const is_known = ::fstat(fd, &st) == 0;
    ::close(fd);
    if (!is_known || st.st_uid != uid)
        return error{errc::failed, dir.string() + " belongs to another user", remedy};
    // One that was there before may be shared on purpose: whoever owns it closes it, not we.
    if ((st.st_mode & 077) != 0)
        return error{errc::failed, dir.string() + " is open to other users", "chmod 700 it, or " + remedy};
    return {};
}

} // namespace daskd
