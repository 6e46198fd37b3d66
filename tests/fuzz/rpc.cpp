// What a client of the control socket sends: lines in arbitrary pieces, requests, batches, parameters.

#include "common/rpc_message.hpp"
#include "daemon/async/line_splitter.hpp"
#include "daemon/rpc/parameters.hpp"
#include "daemon/rpc/reply.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <map>
#include <vector>

namespace {

using namespace daskd;
using fuzzing::require;

constexpr std::size_t limit_bytes = 512; // the real one is too long to be found

/// Each line, then what is left: the same however the bytes arrive.
std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
    async::line_splitter splitter(limit_bytes);
    std::vector<std::string> lines;
    while (!bytes.empty() && !splitter.is_overlong()) {
        splitter.append(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        while (auto const line = splitter.next())
            lines.emplace_back(*line);
    }
    lines.emplace_back(splitter.is_overlong() ? "(overlong)" : "(end)");
    return lines;
}

/// As handlers do, by every type that they ask for.
json read_all(json const& params) {
    rpc::parameters p(params);
    json const read = {p.get("workers", 0),
                       p.get<std::uint64_t>("since").value_or(0),
                       p.get("timeout_s", 0.0),
                       p.get("force", false),
                       p.get<std::string>("pool").value_or(""),
                       p.get("names", std::vector<std::string>{}),
                       p.get("scale", std::map<std::string, int>{}),
                       p.get("environment", std::map<std::string, std::string>{})};
    auto const problem = p.problem();
    require(!problem || !problem->what.empty(), "a refusal says why");
    return read;
}

std::string answer(json const& value) {
    auto const read = rpc::read_request(value);
    if (auto const* bad = std::get_if<rpc::bad_request>(&read)) {
        auto const line = to_line(rpc::make_error(bad->id, bad->code, bad->what));
        require(!rpc::read_reply(*parse_json(line)).has_value(), "an error is read as one");
        return line;
    }
    auto const& request = std::get<rpc::request>(read);
    return rpc::reply_line(request.id, rpc::raw_json{to_line(read_all(request.params))});
}

std::string answer_batch(json const& requests) {
    rpc::batch together(requests.size());
    std::string all;
    for (auto const& one : requests)
        all = together.settle(answer(one)).value_or("");
    return all;
}

} // namespace

void fuzz(std::string_view input) {
    if (input.empty()) return;
    auto const piece = std::size_t{1} + static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    auto const lines = lines_of(input, piece);
    require(lines == lines_of(input, input.size() + 1),
            "lines do not depend on the pieces in which they came");
    for (auto const& line : lines) {
        auto const value = parse_json(line);
        if (!value || (value->is_array() && value->empty())) continue;
        auto const reply = value->is_array() ? answer_batch(*value) : answer(*value);
        require(reply.find('\n') == std::string::npos, "a reply is one line");
        require(parse_json(reply, 80).has_value(), "a reply is JSON");
    }
}
