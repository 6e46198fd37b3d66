#pragma once

#include "daemon/async/unique_fd.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <filesystem>

namespace daskd::app {

/// A log that never fails whoever writes to it. What a full disk does not take is left out, and counted; a
/// file that was removed is made again. Rotated: `x.log`, `x.log.1` (newest) … `x.log.3`.
class log_file final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit log_file(std::filesystem::path file) : file_(std::move(file)) {}

protected:
    void sink_it_(spdlog::details::log_msg const& message) override;
    void flush_() override {}

private:
    [[nodiscard]] bool open();
    [[nodiscard]] bool write(std::string_view text);
    void rotate();

    std::filesystem::path file_;
    async::unique_fd fd_;
    std::uint64_t size_bytes_ = 0;
    std::uint64_t left_out_ = 0; ///< lines since the last that was written
};

} // namespace daskd::app
