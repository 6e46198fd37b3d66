#pragma once

#include "common/json.hpp"
#include "common/names.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daskd::rpc {

/// Reads the parameters of one call and remembers the first thing that is wrong with them: a wrong type, or a
/// name that nobody asked for (a misspelt option must not be taken for its default).
class parameters {
public:
    explicit parameters(json const& values) : values_(values) {}

    /// The value, or `otherwise` if it is left out or null.
    template <class T>
    T get(std::string const& name, T otherwise) {
        known_.insert(name);
        auto const it = values_.find(name);
        if (it == values_.end() || it->is_null()) return otherwise;
        return convert<T>(name, *it, std::move(otherwise));
    }

    template <class T>
    std::optional<T> get(std::string const& name) {
        known_.insert(name);
        auto const it = values_.find(name);
        if (it == values_.end() || it->is_null()) return std::nullopt;
        return convert<T>(name, *it, T{});
    }

    /// After the last get(): what is wrong, if anything.
    [[nodiscard]] std::optional<error> problem() const {
        if (problem_) return problem_;
        for (auto const& [name, value] : values_.items())
            if (!known_.contains(name)) {
                std::vector<std::string> const known(known_.begin(), known_.end());
                return error{errc::usage, "unknown parameter '" + name + "'",
                             did_you_mean_or(name, known, see_methods)};
            }
        return std::nullopt;
    }

private:
    static constexpr auto see_methods = "daemon/rpc/METHODS.md lists the parameters of each method";

    template <class T>
    T convert(std::string const& name, json const& value, T otherwise) {
        try {
            return value.get<T>();
        } catch (json::exception const& e) {
            if (!problem_)
                problem_ = error{errc::usage, "parameter '" + name + "': " + e.what(), see_methods};
            return otherwise;
        }
    }

    json const& values_;
    std::set<std::string> known_;
    std::optional<error> problem_;
};

} // namespace daskd::rpc
