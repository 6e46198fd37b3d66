#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daskd::core {

/// Ports from which an owner takes its own.
struct port_choice {
    int first = 0;
    int last = 0;

    bool operator==(port_choice const&) const = default;
};

/// So many ports for whoever starts processes on one host.
struct port_need {
    std::string owner;
    std::string home; ///< which host that is; "": this machine
    int count = 0;
    std::optional<port_choice> from = {}; ///< empty: the book's own range

    bool operator==(port_need const&) const = default;
};

/// The ports of one owner.
struct port_block {
    std::string home;
    std::vector<int> ports;
    std::vector<int> retired; ///< not to be given any more, but a process that runs may have one

    bool operator==(port_block const&) const = default;
};

/// Who may use which port: each is given once in the cluster, since it means the same on every host. Pure.
class port_book {
public:
    using blocks = std::map<std::string, port_block>; ///< by owner

    /// `range` and where in it to begin, so that two clusters on the same hosts seldom meet.
    port_book(port_choice range, int begin) : range_(range), begin_(begin) {}

    /// Gives each owner what it lacks of its need; none loses any. `is_free`: on this machine. Whether
    /// anything has changed.
    bool provide(std::vector<port_need> const& needs, std::function<bool(int)> const& is_free);
    /// This port is for something else.
    void reserve(int port) { not_given_.insert(port); }
    /// Only these owners are left.
    bool keep(std::set<std::string> const& owners);
    /// Some host cannot have this port: it is not given any more. Whether it was given until now.
    bool retire(int port);

    [[nodiscard]] std::vector<int> ports_of(std::string const& owner) const;
    /// Port -> host.
    [[nodiscard]] std::map<int, std::string> homes() const;
    [[nodiscard]] blocks const& all() const { return blocks_; }
    void restore(blocks all) { blocks_ = std::move(all); }
    /// One that nobody has, for something else than a block; empty: there is none.
    [[nodiscard]] std::optional<int> spare(std::function<bool(int)> const& is_free) const;

private:
    [[nodiscard]] std::optional<int> find(port_choice from, int begin,
                                          std::function<bool(int)> const& is_free) const;

    port_choice range_;
    int begin_;
    blocks blocks_;
    std::set<int> not_given_; ///< reserved, or known to be of no use
};

} // namespace daskd::core
