#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdlib.h>
#include <string>
#include <utility>

namespace daskd::test {

using namespace std::chrono_literals;

/// A directory of its own for one test.
class temporary_directory {
public:
    temporary_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "daskd-unit-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~temporary_directory() { std::filesystem::remove_all(path_); }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;

    [[nodiscard]] std::filesystem::path operator/(std::string const& name) const { return path_ / name; }
    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Runs the loop until `done` holds; false if it does not within `limit`.
inline bool run_until(boost::asio::io_context& io, std::function<bool()> const& done,
                      std::chrono::steady_clock::duration limit = 20s) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        io.restart();
        io.run_one_for(20ms);
    }
    return true;
}

/// Runs one coroutine to its end and returns what it returned. Throws what it threw.
template <class T>
T run_task(boost::asio::io_context& io, boost::asio::awaitable<T> task) {
    std::optional<T> outcome;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
        failure = e;
        outcome = std::move(value);
    });
    if (!run_until(io, [&] { return outcome.has_value(); })) throw std::runtime_error("the task did not end");
    if (failure) std::rethrow_exception(failure);
    return std::move(*outcome);
}

} // namespace daskd::test
