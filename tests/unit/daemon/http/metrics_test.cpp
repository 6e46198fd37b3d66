#include "daemon/http/answer.hpp"
#include "daemon/http/exposition.hpp"
#include "daemon/http/metrics.hpp"

#include <gmock/gmock.h>

namespace daskd::http {
namespace {

using testing::HasSubstr;
using testing::Not;

cluster_view some_view() {
    cluster_view v;
    v.cluster = "lab";
    v.state = "degraded";
    v.daemon = daemon_view{1, "0.1.0", 1, 1, "/s"};
    v.scheduler.emplace();
    v.scheduler->state = "running";
    v.scheduler->tasks = {1, 2, 3, 4};
    v.pools = {{"local", "local", 2, 1}};
    worker_view w;
    w.name = "local-0";
    w.pool = "local";
    w.host = "localhost";
    w.state = "running";
    w.threads = 2;
    w.memory_bytes = 1'234'567'890;
    w.cpu_percent = 150;
    v.workers.push_back(w);
    w.name = "local-1";
    w.state = "backoff";
    w.memory_bytes.reset();
    v.workers.push_back(w);
    v.summary = {2, 1, 0, 1};
    return v;
}

std::string some_metrics() {
    core::tally counted;
    counted.worker_restarts["local"]["memory"] = 3;
    counted.worker_restarts["former"]["signal"] = 1;
    counted.worker_starts["local"].observe(0.02);
    counted.worker_starts["local"].observe(90);
    return render_metrics(some_view(), counted, {});
}

TEST(metrics, tell_states_figures_and_counts_in_base_units) {
    auto const text = some_metrics();
    for (
        auto const* line : {
            R"(daskd_cluster_state{cluster="lab",state="degraded"} 1)",
            R"(daskd_cluster_state{cluster="lab",state="running"} 0)",
            R"(daskd_scheduler_up{cluster="lab"} 1)",
            R"(daskd_tasks{cluster="lab",state="erred"} 4)",
            R"(daskd_pool_workers_desired{cluster="lab",pool="local"} 2)",
            R"(daskd_workers{cluster="lab",pool="local",state="backoff"} 1)",
            R"(daskd_workers{cluster="lab",pool="local",state="failed"} 0)",
            R"(daskd_worker_memory_bytes{cluster="lab",worker="local-0",pool="local",host="localhost"} 1234567890)",
            R"(daskd_worker_cpu_ratio{cluster="lab",worker="local-0",pool="local",host="localhost"} 1.5)",
            R"(daskd_worker_restarts_total{cluster="lab",pool="local",cause="memory"} 3)",
            R"(daskd_worker_restarts_total{cluster="lab",pool="local",cause="hung"} 0)",
            R"(daskd_worker_restarts_total{cluster="lab",pool="former",cause="signal"} 1)",
            R"(daskd_worker_start_seconds_bucket{cluster="lab",pool="local",le="0.01"} 0)",
            R"(daskd_worker_start_seconds_bucket{cluster="lab",pool="local",le="0.025"} 1)",
            R"(daskd_worker_start_seconds_bucket{cluster="lab",pool="local",le="+Inf"} 2)",
            R"(daskd_worker_start_seconds_sum{cluster="lab",pool="local"} 90.02)",
            R"(daskd_worker_start_seconds_count{cluster="lab",pool="local"} 2)",
        })
        EXPECT_THAT(text, HasSubstr(std::string(line) + "\n"));
    EXPECT_THAT(text, Not(HasSubstr("memory_bytes{cluster=\"lab\",worker=\"local-1\""))) << "nobody knows it";
}

TEST(metrics, of_a_cluster_that_is_down_are_few_but_there) {
    auto view = down_view("default");
    auto const text = render_metrics(view, {}, {});
    EXPECT_THAT(text, HasSubstr("daskd_cluster_state{cluster=\"default\",state=\"down\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("daskd_scheduler_up{cluster=\"default\"} 0\n"));
}

TEST(exposition, escapes_what_would_end_a_label) {
    exposition e("a");
    e.metric("m", "gauge", "Help.");
    e.sample({{"l", "quote \" backslash \\ line\nend"}}, 0.1);
    EXPECT_EQ(e.take(), "# HELP m Help.\n# TYPE m gauge\n"
                        "m{cluster=\"a\",l=\"quote \\\" backslash \\\\ line\\nend\"} 0.1\n");
}

struct request_case {
    char const* name;
    char const* method;
    char const* target;
    unsigned status;
    char const* body;
};

class requests : public testing::TestWithParam<request_case> {};

TEST_P(requests, are_answered) {
    auto const& c = GetParam();
    auto const a = respond(c.method, c.target, some_view(), [] { return std::string("m 1\n"); });
    EXPECT_EQ(a.status, c.status);
    EXPECT_EQ(a.body, c.body);
}

INSTANTIATE_TEST_SUITE_P(all, requests,
                         testing::ValuesIn(std::vector<request_case>{
                             {"metrics", "GET", "/metrics", 200, "m 1\n"},
                             {"with_a_query", "GET", "/metrics?name=x", 200, "m 1\n"},
                             {"health", "GET", "/healthz", 503, "degraded, 1 of 2 workers running\n"},
                             {"head", "HEAD", "/healthz", 503, "degraded, 1 of 2 workers running\n"},
                             {"index", "GET", "/", 200, "daskd, cluster 'lab': /metrics, /healthz\n"},
                             {"nothing", "GET", "/metrics/x", 404, "there is /metrics and /healthz\n"},
                             {"write", "POST", "/metrics", 405, "only GET and HEAD\n"},
                         }),
                         [](auto const& c) { return std::string(c.param.name); });

TEST(health, is_good_where_all_workers_run_and_not_when_the_cluster_is_down) {
    auto view = some_view();
    view.state = "running";
    EXPECT_EQ(respond("GET", "/healthz", view, {}).status, 200U);
    view = down_view("lab");
    view.reason = "idle for 10 s (idle_timeout)";
    auto const a = respond("GET", "/healthz", view, {});
    EXPECT_EQ(a.status, 503U);
    EXPECT_EQ(a.body, "down, idle for 10 s (idle_timeout)\n");
}

} // namespace
} // namespace daskd::http
