#include "daemon/doctor/examine.hpp"

#include <gmock/gmock.h>

namespace daskd::doctor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using versions = std::map<std::string, std::string>;

versions usual() {
    return {{"python", "3.11.2.final.0"}, {"dask", "2022.12.1+ds.1"}, {"distributed", "2022.12.1+ds.1"},
            {"msgpack", "1.0.3"},         {"numpy", "1.24.2"},        {"tornado", "6.2"}};
}

versions usual_with(versions const& changes) {
    auto all = usual();
    for (auto const& [package, version] : changes)
        all[package] = version;
    return all;
}

place make_place(std::string name, std::string pool, std::string host, versions v) {
    place p;
    p.name = std::move(name);
    p.pool = std::move(pool);
    p.host = std::move(host);
    p.python = "/opt/py/bin/python3";
    p.versions = std::move(v);
    return p;
}

/// The scheduler and a shell as usual, and one host with these.
facts with_host(versions v) {
    facts f;
    f.scheduler = make_place("scheduler", "", "", usual());
    f.scheduler.python = "/usr/bin/python3";
    f.shell = make_place("this shell", "", "", usual());
    f.workers.push_back(make_place("node1", "lab", "node1", std::move(v)));
    return f;
}

TEST(check_versions, are_fine_where_all_are_equal) {
    auto const found = check_versions(with_host(usual()));
    EXPECT_THAT(found, ElementsAre(finding{"versions", verdict::fine,
                                           "python 3.11.2, dask 2022.12.1+ds.1, distributed 2022.12.1+ds.1, "
                                           "msgpack 1.0.3: the scheduler, node1, this shell"}));
}

TEST(check_versions, tell_what_fails_from_what_dask_only_warns_of) {
    struct difference_case {
        char const* name;
        versions there;
        verdict is;
        char const* saw;
        char const* remedy;
    };
    // clang-format off
    difference_case const cases[] = {
        {"another distributed", {{"distributed", "2023.1.0"}}, verdict::wrong,
         "node1 differs from the scheduler in distributed 2023.1.0 (2022.12.1+ds.1): computations may fail",
         "ssh node1 /opt/py/bin/python3 -m pip install distributed==2022.12.1"},
        {"both of Dask", {{"dask", "2023.1.0"}, {"distributed", "2023.1.0"}}, verdict::wrong,
         "node1 differs from the scheduler in dask 2023.1.0 (2022.12.1+ds.1), distributed 2023.1.0 (2022.12.1+ds.1): computations may fail",
         "ssh node1 /opt/py/bin/python3 -m pip install dask==2022.12.1 distributed==2022.12.1"},
        {"the same release, packed by another", {{"distributed", "2022.12.1"}}, verdict::warning,
         "node1 differs from the scheduler in distributed 2022.12.1 (2022.12.1+ds.1): Dask warns", ""},
        {"another minor Python", {{"python", "3.9.1.final.0"}}, verdict::wrong,
         "node1 differs from the scheduler in python 3.9.1 (3.11.2): computations may fail",
         "name an interpreter of Python 3.11 there in daskd.pools.lab.python, then: daskctl reload"},
        {"another patch of Python", {{"python", "3.11.9.final.0"}}, verdict::warning,
         "node1 differs from the scheduler in python 3.11.9 (3.11.2): Dask warns", ""},
        {"an old msgpack", {{"msgpack", "0.6.2"}}, verdict::wrong,
         "node1 differs from the scheduler in msgpack 0.6.2 (1.0.3): computations may fail",
         "ssh node1 /opt/py/bin/python3 -m pip install msgpack==1.0.3"},
        {"a newer msgpack", {{"msgpack", "1.0.8"}}, verdict::warning,
         "node1 differs from the scheduler in msgpack 1.0.8 (1.0.3): Dask warns", ""},
        {"what is only there", {{"lz4", "4.3"}}, verdict::warning,
         "node1 differs from the scheduler in lz4 4.3 (none): Dask warns", ""},
        {"results are made of it", {{"numpy", "2.0.0"}}, verdict::warning,
         "node1 differs from this shell in numpy 2.0.0 (1.24.2): Dask warns", ""},
    };
    // clang-format on
    for (auto const& c : cases) {
        SCOPED_TRACE(c.name);
        auto const found = check_versions(with_host(usual_with(c.there)));
        ASSERT_EQ(found.size(), 2U);
        EXPECT_EQ(found[0].is, verdict::fine);
        EXPECT_EQ(found[1].is, c.is);
        EXPECT_EQ(found[1].saw, c.saw);
        EXPECT_EQ(found[1].remedy, c.remedy);
    }
}

TEST(check_versions, of_the_shell_count_too) {
    auto seen = with_host(usual());
    seen.shell->versions = usual_with({{"python", "3.12.1.final.0"}});
    auto const found = check_versions(seen);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_THAT(found[1].saw, StartsWith("this shell differs from the scheduler in python 3.12.1"));
    EXPECT_THAT(found[1].remedy, AllOf(HasSubstr("Python 3.11"), HasSubstr("/usr/bin/python3")));
}

TEST(check_versions, say_nothing_of_what_is_not_known) {
    auto seen = with_host({});
    EXPECT_EQ(check_versions(seen).size(), 1U);
    seen.scheduler.versions.clear();
    EXPECT_THAT(check_versions(seen), ElementsAre(testing::Field(
                                          &finding::saw, HasSubstr("those of the scheduler are not known"))));
}

} // namespace
} // namespace daskd::doctor
