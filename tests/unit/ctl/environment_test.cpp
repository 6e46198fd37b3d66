#include "ctl/environment.hpp"

#include <gtest/gtest.h>

namespace daskd::ctl {
namespace {

TEST(environment, sends_what_shapes_a_cluster) {
    char const* const variables[] = {"PATH=/bin",       "VIRTUAL_ENV=/venv", "DASK_A__B=c=d",
                                     "DASKD_CLUSTER=x", "SECRET=hide",       "DASK_EMPTY=",
                                     "no equals",       "OMP_NUM_THREADS=2", nullptr};
    EXPECT_EQ(cluster_environment(variables), (json{{"PATH", "/bin"},
                                                    {"VIRTUAL_ENV", "/venv"},
                                                    {"DASK_A__B", "c=d"},
                                                    {"DASK_EMPTY", ""},
                                                    {"OMP_NUM_THREADS", "2"}}));
}

} // namespace
} // namespace daskd::ctl
