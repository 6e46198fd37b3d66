#include "daemon/supervise/last_words.hpp"

#include "daemon/scheduler_link/message.hpp"
#include "daemon/state/durable_file.hpp"

namespace daskd::supervise {

std::optional<core::happened::scheduler_closing> read_last_words(std::filesystem::path const& file) {
    auto const text = state::read_whole(file);
    if (!text || !*text) return std::nullopt;
    auto const value = parse_json(**text);
    if (!value) return std::nullopt;
    auto const message = scheduler_link::read_message(*value);
    if (!message) return std::nullopt;
    auto const* closing = std::get_if<core::happened::scheduler_closing>(&*message);
    return closing == nullptr ? std::nullopt : std::optional(*closing);
}

} // namespace daskd::supervise
