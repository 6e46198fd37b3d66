#include "daemon/core/port_book.hpp"

#include <algorithm>
#include <utility>

namespace daskd::core {

std::optional<int> port_book::find(port_choice from, int begin,
                                   std::function<bool(int)> const& is_free) const {
    auto const taken = homes();
    int const count = from.last - from.first + 1;
    for (int n = 0; n < count; ++n) {
        int const port = from.first + (begin - from.first + n) % count;
        if (!taken.contains(port) && !not_given_.contains(port) && is_free(port)) return port;
    }
    return std::nullopt;
}

bool port_book::provide(std::vector<port_need> const& needs, std::function<bool(int)> const& is_free) {
    bool has_changed = false;
    for (auto const& need : needs) {
        auto& block = blocks_[need.owner];
        block.home = need.home;
        auto const from = need.from.value_or(range_);
        while (std::cmp_less(block.ports.size(), need.count)) {
            auto const port = find(from, need.from ? from.first : begin_, is_free);
            if (!port) break; // who gets none says so
            block.ports.push_back(*port);
            has_changed = true;
        }
    }
    return has_changed;
}

bool port_book::keep(std::set<std::string> const& owners) {
    return std::erase_if(blocks_, [&](auto const& entry) { return !owners.contains(entry.first); }) > 0;
}

bool port_book::retire(int port) {
    not_given_.insert(port);
    for (auto& [owner, block] : blocks_) {
        if (std::erase(block.ports, port) == 0) continue;
        block.retired.push_back(port);
        return true;
    }
    return false;
}

std::vector<int> port_book::ports_of(std::string const& owner) const {
    auto const it = blocks_.find(owner);
    return it == blocks_.end() ? std::vector<int>() : it->second.ports;
}

std::map<int, std::string> port_book::homes() const {
    std::map<int, std::string> homes;
    for (auto const& [owner, block] : blocks_)
        for (auto const* ports : {&block.ports, &block.retired})
            for (int const port : *ports)
                homes[port] = block.home;
    return homes;
}

std::optional<int> port_book::spare(std::function<bool(int)> const& is_free) const {
    return find(range_, begin_, is_free);
}

} // namespace daskd::core
