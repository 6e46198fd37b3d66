#include "common/names.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd {
namespace {

struct candidate {
    std::string name;
    std::string text;
    bool cluster;
    bool worker;
};

class name_validity : public testing::TestWithParam<candidate> {};

TEST_P(name_validity, is_judged_for_clusters_and_workers) {
    EXPECT_EQ(is_valid_cluster_name(GetParam().text), GetParam().cluster);
    EXPECT_EQ(is_valid_worker_name(GetParam().text), GetParam().worker);
}

INSTANTIATE_TEST_SUITE_P(all, name_validity,
                         testing::ValuesIn(std::vector<candidate>{
                             {"simple", "local-0", true, true},
                             {"all_kinds_of_characters", "A.b_c-9", true, true},
                             {"leading_dot", ".hidden", true, true},
                             {"longest", std::string(64, 'x'), true, true},
                             {"too_long", std::string(65, 'x'), false, false},
                             {"empty", "", false, false},
                             {"dot", ".", false, false},
                             {"two_dots", "..", false, false},
                             {"at_sign", "01@node", false, true},
                             {"equals_sign", "a=b", false, true},
                             {"slash", "a/b", false, false},
                             {"space", "a b", false, false},
                             {"star", "a*", false, false},
                             {"question_mark", "a?", false, false},
                             {"bracket", "a[1]", false, false},
                             {"backslash", "a\\b", false, false},
                             {"new_line", "a\n", false, false},
                             {"nul", std::string("a\0b", 3), false, false},
                             {"not_ascii", "w\xc3\xb6rker", false, false},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(glob, matches_as_a_shell_would) {
    EXPECT_TRUE(glob_matches("local-*", "local-12"));
    EXPECT_TRUE(glob_matches("local-?", "local-1"));
    EXPECT_TRUE(glob_matches("local-[0-3]", "local-2"));
    EXPECT_TRUE(glob_matches("local-0", "local-0"));
    EXPECT_FALSE(glob_matches("local-?", "local-12"));
    EXPECT_FALSE(glob_matches("local-[0-3]", "local-4"));
    EXPECT_FALSE(glob_matches("", "local-0"));
}

TEST(glob, is_told_from_a_name) {
    EXPECT_TRUE(is_glob("a*"));
    EXPECT_TRUE(is_glob("a?"));
    EXPECT_TRUE(is_glob("[ab]"));
    EXPECT_FALSE(is_glob("local-0"));
}

struct typo {
    std::string name;
    std::string word;
    std::optional<std::string> meant;
};

class spelling : public testing::TestWithParam<typo> {};

TEST_P(spelling, finds_what_was_meant) {
    std::vector<std::string> const known{"threads", "workers", "memory", "env"};
    EXPECT_EQ(did_you_mean(GetParam().word, known), GetParam().meant);
}

INSTANTIATE_TEST_SUITE_P(all, spelling,
                         testing::ValuesIn(std::vector<typo>{
                             {"letter_left_out", "threds", "threads"},
                             {"letter_too_many", "worrkers", "workers"},
                             {"neighbours_swapped", "memroy", "memory"},
                             {"short_word", "enw", "env"},
                             {"nothing_like_it", "lifetime", std::nullopt},
                             {"empty", "", std::nullopt},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(did_you_mean_or, has_something_to_say_in_any_case) {
    std::vector<std::string> const known{"local-0", "local-1"};
    EXPECT_EQ(did_you_mean_or("lcoal-0", known, "see: daskctl status"), "did you mean 'local-0'?");
    EXPECT_EQ(did_you_mean_or("gpu", known, "see: daskctl status"), "see: daskctl status");
}

} // namespace
} // namespace daskd
