#include "daemon/app/prepare.hpp"

#include "daemon/process/host_facts.hpp"

#include <unistd.h>

namespace daskd::app {
namespace {

result<void> make_directories(cluster_paths const& paths) {
    auto const uid = ::getuid();
    // In /tmp anybody could have made our directory's parent: it is checked like the directory itself.
    bool const is_default = paths.runtime_dir.parent_path().filename() == "daskd-" + std::to_string(uid);
    if (is_default) {
        auto parent = make_private_dir(paths.runtime_dir.parent_path(), uid, "DASKD_RUNTIME_DIR");
        if (!parent) return parent;
    }
    if (auto made = make_private_dir(paths.runtime_dir, uid, "DASKD_RUNTIME_DIR"); !made) return made;
    if (auto made = make_private_dir(paths.state_dir, uid, "DASKD_STATE_DIR"); !made) return made;
    return make_private_dir(paths.log_dir(), uid, "DASKD_STATE_DIR");
}

} // namespace

result<prepared> prepare(cluster_paths paths) {
    if (auto made = make_directories(paths); !made) return made.error();
    auto lock = state::daemon_lock::acquire(paths.lock_file());
    if (!lock) return lock.error();
    auto intent = state::store(paths.state_file()).load();
    if (!intent) return intent.error();

    auto const here = process::read_host_facts();
    bool const is_elsewhere =
        !intent->host.empty() && intent->host != here.hostname && intent->boot_id != here.boot_id;
    if (is_elsewhere && intent->up)
        return error{errc::failed,
                     "the cluster '" + paths.cluster + "' is up on " + intent->host +
                         ", which shares this home directory",
                     "use it from there: ssh " + intent->host + " daskctl --cluster " + paths.cluster +
                         " status"};
    intent->host = here.hostname;
    intent->boot_id = here.boot_id;
    return prepared{std::move(paths), std::move(*lock), std::move(*intent)};
}

} // namespace daskd::app
