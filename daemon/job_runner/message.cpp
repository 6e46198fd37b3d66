#include "daemon/job_runner/message.hpp"

#include <map>

namespace daskd::job_runner {
namespace {

errc read_code(std::string const& name) {
    static std::map<std::string, errc> const codes{{"usage", errc::usage},
                                                   {"unknown_name", errc::unknown_name},
                                                   {"busy", errc::busy},
                                                   {"timed_out", errc::timed_out}};
    auto const it = codes.find(name);
    return it == codes.end() ? errc::failed : it->second;
}

core::wanted::tell read_news(json const& v) {
    auto const text = [&](char const* key) { return v.value(key, std::string{}); };
    return {v.at("kind").get<std::string>(),
            v.at("name").get<std::string>(),
            text("from"),
            text("to"),
            {},
            text("text")};
}

reply read_reply(json const& v) {
    reply r{v.at("id").get<std::uint64_t>(), v.value("result", json())};
    auto const it = v.find("error");
    if (it != v.end() && it->is_object())
        r.outcome =
            error{read_code(it->value("code", "")), it->value("text", "it failed"), it->value("hint", "")};
    return r;
}

} // namespace

result<message> read_message(json const& v) {
    try {
        auto const event = v.at("event").get<std::string>();
        if (event == "ready") return message{core::happened::runner_ready{v.at("pid").get<int>()}};
        if (event == "news") return message{read_news(v)};
        if (event == "reply") return message{read_reply(v)};
        return error{errc::failed, "unknown event '" + event + "' from the job runner", ""};
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the job runner's message is not understood: ") + e.what(),
                     ""};
    }
}

} // namespace daskd::job_runner
