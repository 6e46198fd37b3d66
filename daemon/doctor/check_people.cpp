#include "common/join.hpp"
#include "daemon/doctor/examine.hpp"

// What becomes of the cluster at logout, and who else could reach it.

namespace daskd::doctor {

findings check_session(session_facts const& session) {
    auto const enable = "loginctl enable-linger " + session.user;
    if (!session.has_systemd && !session.kills_at_logout)
        return {{"logout", verdict::fine, "no systemd for you here: the cluster outlives your logout"}};
    if (session.has_linger)
        return {{"logout", verdict::fine, "lingering is on: the cluster outlives your logout"}};
    if (!session.unit.empty())
        return {{"logout", verdict::wrong,
                 "lingering is off: systemd ends " + session.unit + ", and the cluster, at your last logout",
                 enable}};
    if (session.kills_at_logout)
        return {{"logout", verdict::wrong, "logind ends all your processes at logout (KillUserProcesses)",
                 enable + ", then: daskctl daemon install --now"}};
    return {
        {"logout", verdict::fine, "daskd is no service of your systemd: the cluster outlives your logout"}};
}

findings check_users(reach_facts const& reach) {
    auto const at = "the scheduler at " + reach.address;
    if (reach.has_tls) return {{"users", verdict::fine, at + " lets in only who has your certificates"}};
    auto const mend = "write 'tls: on' under 'daskd:', then: daskctl down; daskctl up";
    if (!reach.is_loopback)
        return {
            {"users", verdict::wrong, "whoever reaches " + at + " can run code as you: it has no TLS", mend}};
    std::vector<std::string> here;
    std::vector<std::string> all;
    for (auto const& user : reach.others) {
        all.push_back(user.name);
        if (user.is_here) here.push_back(user.name);
    }
    if (all.empty())
        return {{"users", verdict::fine, "you are alone on this machine, and " + at + " is on it"}};
    auto const names = join(here.empty() ? all : here, ", ");
    return {{"users", here.empty() ? verdict::warning : verdict::wrong,
             names + (here.empty() ? " may log in here" : " works here too") +
                 ", and whoever is on this machine reaches " + at + ", and can run code as you",
             mend}};
}

} // namespace daskd::doctor
