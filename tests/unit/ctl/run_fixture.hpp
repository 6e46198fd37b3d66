#pragma once

#include "ctl/run.hpp"
#include "fake_daemon.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

namespace daskd::ctl {

/// Whole verbs against a daemon of a few lines: what they print, and their exit codes.
struct run_test : testing::Test {
    run_test() {
        ::setenv("DASKD_RUNTIME_DIR", dir.path().c_str(), 1);
        ::setenv("DASKD_STATE_DIR", dir.path().c_str(), 1);
        ::unsetenv("DASKD_CLUSTER");
    }

    [[nodiscard]] std::filesystem::path socket() const { return dir.path() / "control.sock"; }

    exit_code run_line(std::vector<std::string> arguments) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        auto const code = run(std::move(arguments));
        out = testing::internal::GetCapturedStdout();
        err = testing::internal::GetCapturedStderr();
        return code;
    }

    void stop() {
        daemon.reset();
        std::filesystem::remove(socket());
    }

    /// A daemon whose cluster is in `state` and which answers `method` with `answer`.
    void start(std::string const& state, std::string const& method = "", json const& answer = {}) {
        daemon.emplace(socket(), [=](json const& q) -> std::vector<std::string> {
            auto const& asked = q.at("method");
            if (asked == method) {
                if (answer.contains("error"))
                    return {to_line(json{{"id", q.at("id")}, {"error", answer.at("error")}})};
                return {reply_to(q, answer)};
            }
            if (asked == "cluster.status") return {reply_to(q, status(state))};
            return {reply_to(q, json::object())};
        });
    }

    static json status(std::string const& state) {
        json s = {{"cluster", "default"}, {"state", state}};
        if (state != "down") s["scheduler"] = {{"state", "running"}, {"address", "tcp://127.0.0.1:8786"}};
        return s;
    }

    scratch_dir dir;
    std::optional<fake_daemon> daemon;
    std::string out;
    std::string err;
};

} // namespace daskd::ctl
