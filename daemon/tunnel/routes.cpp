#include "daemon/tunnel/routes.hpp"

#include <algorithm>

namespace daskd::tunnel {
namespace {

bool share_loopback(mouth_place const& a, mouth_place const& b) {
    return a.name == b.name || (!a.loopback.empty() && a.loopback == b.loopback);
}

} // namespace

mouth_role role_of(mouth_place const& self, std::vector<mouth_place> const& mouths, port_homes const& homes) {
    auto const first =
        std::ranges::find_if(mouths, [&](auto const& other) { return share_loopback(self, other); });
    bool const listens = first == mouths.end() || first->name == self.name;
    mouth_role role;
    for (auto const& [port, home] : homes) {
        auto const place = std::ranges::find(mouths, home, &mouth_place::name);
        bool const is_near = home == self.name || (place != mouths.end() && share_loopback(self, *place));
        if (home == self.name)
            role.serve.push_back(port);
        else if (!is_near && listens)
            role.listen[port] = home;
    }
    return role;
}

} // namespace daskd::tunnel
