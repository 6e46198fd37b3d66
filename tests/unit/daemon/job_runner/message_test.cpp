#include "daemon/job_runner/message.hpp"

#include <gmock/gmock.h>

namespace daskd::job_runner {
namespace {

message read(char const* text) {
    return read_message(json::parse(text)).value();
}

TEST(job_runner_message, ready) {
    auto const m = read(R"({"event":"ready","pid":17})");
    EXPECT_EQ(std::get<core::happened::runner_ready>(m).pid, 17);
}

TEST(job_runner_message, news) {
    auto const m =
        read(R"({"event":"news","kind":"job.state","name":"j","from":"running","to":"finished","text":"t"})");
    auto const& news = std::get<core::wanted::tell>(m);
    EXPECT_EQ(news.kind, "job.state");
    EXPECT_EQ(news.name, "j");
    EXPECT_EQ(news.from, "running");
    EXPECT_EQ(news.to, "finished");
    EXPECT_EQ(news.text, "t");
}

TEST(job_runner_message, replies) {
    auto const good = read(R"({"event":"reply","id":3,"result":{"jobs":[]}})");
    EXPECT_EQ(std::get<reply>(good).id, 3U);
    EXPECT_TRUE(std::get<reply>(good).outcome->contains("jobs"));
    auto const bad =
        read(R"({"event":"reply","id":4,"error":{"code":"unknown_name","text":"no job","hint":"h"}})");
    auto const& e = std::get<reply>(bad).outcome.error();
    EXPECT_EQ(e.code, errc::unknown_name);
    EXPECT_EQ(e.what, "no job");
    EXPECT_EQ(e.hint, "h");
    auto const odd = read(R"({"event":"reply","id":4,"error":{"code":"other"}})");
    EXPECT_EQ(std::get<reply>(odd).outcome.error().code, errc::failed);
}

TEST(job_runner_message, nonsense_is_refused) {
    for (auto const* text :
         {"1", "[]", "{}", R"({"event":"new"})", R"({"event":"ready"})", R"({"event":"ready","pid":"x"})",
          R"({"event":"ready","pid":1e300})", R"({"event":"reply"})", R"({"event":"reply","id":-1})",
          R"({"event":"reply","id":1,"error":{"code":7}})", R"({"event":"news","name":1})"})
        EXPECT_FALSE(read_message(json::parse(text))) << text;
}

} // namespace
} // namespace daskd::job_runner
