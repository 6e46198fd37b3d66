#include "daemon/app/prepare.hpp"

#include "common/owner.hpp"

#include <unistd.h>

namespace daskd::app {

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

result<prepared> prepare(cluster_paths paths) {
    if (auto made = make_directories(paths); !made) return made.error();
    auto lock = state::daemon_lock::acquire(paths.lock_file());
    if (!lock) return lock.error();
    state::store store(paths.state_file(), paths.state_copy());
    auto intent = store.load();
    if (!intent) return intent.error();

    auto const here = this_host();
    if (intent->up && is_elsewhere(intent->owner, here))
        return up_elsewhere(paths, intent->owner, "daskctl --cluster " + paths.cluster + " status");
    intent->owner = here;
    return prepared{std::move(paths), std::move(*lock), std::move(*intent), store.notice(), store.is_lost()};
}

} // namespace daskd::app
