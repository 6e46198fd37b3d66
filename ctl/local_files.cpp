#include "ctl/local_files.hpp"

#include "common/names.hpp"

#include <algorithm>
#include <deque>
#include <fstream>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

/// The names of all logs, sorted.
std::vector<std::string> log_names(fs::path const& log_dir) {
    std::vector<std::string> names;
    std::error_code ec;
    for (auto const& entry : fs::directory_iterator(log_dir, ec))
        if (entry.path().extension() == ".log") names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> last_lines(fs::path const& path, std::size_t count) {
    std::deque<std::string> kept;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        kept.push_back(std::move(line));
        if (kept.size() > count) kept.pop_front();
    }
    return {kept.begin(), kept.end()};
}

} // namespace

result<std::vector<local_log>> read_local_logs(fs::path const& log_dir, std::vector<std::string> const& names,
                                               std::size_t lines) {
    auto const known = log_names(log_dir);
    for (auto const& name : names) {
        if (is_glob(name) || std::ranges::find(known, name) != known.end()) continue;
        return error{errc::unknown_name, "there is no log of '" + name + "' in " + log_dir.string(),
                     did_you_mean_or(name, known, "what is there: ls " + log_dir.string())};
    }
    std::vector<local_log> logs;
    for (auto const& name : known) {
        auto const means = [&name](std::string const& pattern) { return glob_matches(pattern, name); };
        if (names.empty() || std::ranges::any_of(names, means))
            logs.push_back({name, last_lines(log_dir / (name + ".log"), lines)});
    }
    return logs;
}

std::vector<json> read_local_events(fs::path const& events_file, std::uint64_t since) {
    std::vector<json> events;
    std::ifstream file(events_file);
    for (std::string line; std::getline(file, line);) {
        auto event = parse_json(line);
        if (!event || !event->is_object()) continue;
        auto const seq = event->find("seq");
        if (seq == event->end() || !seq->is_number_unsigned() || seq->get<std::uint64_t>() <= since) continue;
        events.push_back(std::move(*event));
    }
    return events;
}

std::optional<std::string> read_down_reason(fs::path const& events_file) {
    std::optional<std::string> reason;
    for (auto const& event : read_local_events(events_file, 0)) {
        if (event.value("kind", "") != "cluster.state") continue;
        reason.reset();
        if (auto text = event.value("text", ""); event.value("to", "") == "down" && !text.empty())
            reason = std::move(text);
    }
    return reason;
}

} // namespace daskd::ctl
