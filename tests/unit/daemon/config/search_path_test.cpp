#include "daemon/config/search_path.hpp"
#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

class search_path : public testing::Test {
protected:
    /// The files found, relative to the test's directory, which is / to these variables.
    std::vector<std::string> found(std::map<std::string, std::string> places, std::string sys_prefix = "") {
        environment_map environment{{"DASK_ROOT_CONFIG", in("none")}};
        for (auto const& [name, place] : places)
            environment[name] = in(place);
        auto const prefix = sys_prefix.empty() ? "" : in(sys_prefix);
        std::vector<std::string> relative;
        for (auto const& file : find_sources(environment, std::nullopt, prefix).files)
            relative.push_back(file.lexically_relative(directory_.path()).string());
        return relative;
    }

    std::string in(std::string const& place) const {
        return place.starts_with('~') ? place : (directory_.path() / place).string();
    }

    test::temporary_directory directory_;
};

TEST_F(search_path, is_dasks_in_order) {
    for (auto const* file : {"home/.config/dask/d.yaml", "etc/a.yaml", "venv/etc/dask/c.yaml",
                             "conda/etc/dask/b.yaml", "sys/etc/dask/s.yaml", "mine/e.yaml"})
        directory_.write(file, "");
    EXPECT_THAT(found({{"DASK_ROOT_CONFIG", "etc"},
                       {"VIRTUAL_ENV", "venv"},
                       {"CONDA_PREFIX", "conda"},
                       {"HOME", "home"},
                       {"DASK_CONFIG", "mine"}},
                      "sys"),
                testing::ElementsAre("etc/a.yaml", "conda/etc/dask/b.yaml", "venv/etc/dask/c.yaml",
                                     "sys/etc/dask/s.yaml", "home/.config/dask/d.yaml", "mine/e.yaml"));
}

TEST_F(search_path, takes_configuration_files_of_a_directory_by_name) {
    for (auto const* file :
         {"etc/b.yml", "etc/a.JSON", "etc/c.yaml", "etc/d.txt", "etc/.yaml", "etc/e.yaml/x"})
        directory_.write(file, "");
    EXPECT_THAT(found({{"DASK_ROOT_CONFIG", "etc"}}),
                testing::ElementsAre("etc/a.JSON", "etc/b.yml", "etc/c.yaml"));
}

TEST_F(search_path, takes_dask_config_as_a_file_with_any_name) {
    directory_.write("mine.conf", "");
    EXPECT_THAT(found({{"DASK_CONFIG", "mine.conf"}}), testing::ElementsAre("mine.conf"));
}

TEST_F(search_path, counts_a_place_that_comes_twice_where_it_comes_last) {
    directory_.write("home/.config/dask/a.yaml", "");
    directory_.write("v/etc/dask/b.yaml", "");
    EXPECT_THAT(found({{"HOME", "home"}, {"DASK_ROOT_CONFIG", "~/.config/dask"}, {"VIRTUAL_ENV", "v"}}),
                testing::ElementsAre("v/etc/dask/b.yaml", "home/.config/dask/a.yaml"));
}

TEST_F(search_path, is_empty_where_nothing_exists) {
    EXPECT_THAT(found({{"HOME", "home"}, {"DASK_CONFIG", "mine"}, {"VIRTUAL_ENV", "v"}}), testing::IsEmpty());
}

TEST(find_sources, keeps_the_file_of_the_command_line_apart) {
    auto const sources = find_sources({{"DASK_ROOT_CONFIG", ""}}, "c.yaml", "");
    EXPECT_TRUE(sources.files.empty());
    EXPECT_EQ(sources.config_file, "c.yaml");
}

TEST(expand_home, replaces_only_a_leading_tilde_of_our_own) {
    EXPECT_EQ(expand_home("~/x", "/h"), "/h/x");
    EXPECT_EQ(expand_home("~", "/h"), "/h");
    EXPECT_EQ(expand_home("~ann/x", "/h"), "~ann/x");
    EXPECT_EQ(expand_home("/a/~/x", "/h"), "/a/~/x");
    EXPECT_EQ(expand_home("~/x", ""), "~/x");
}

} // namespace
} // namespace daskd::config
