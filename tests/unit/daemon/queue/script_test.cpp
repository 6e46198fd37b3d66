#include "daemon/queue/script.hpp"
#include "tests/unit/daemon/queue/support.hpp"

namespace daskd::queue {
namespace {

TEST(header, leaves_out_what_is_skipped_but_nothing_of_the_users) {
    job what;
    what.directives_skip = {"-n 1", "--mem"};
    what.directives = {"--mem=0", "--exclusive"};
    EXPECT_THAT(header(what, {"-J x", "-n 1", "--mem=4G"}, "#SBATCH "),
                testing::ElementsAre("#SBATCH -J x", "#SBATCH --mem=0", "#SBATCH --exclusive"));
}

TEST(body, reads_secrets_from_a_file_then_prepares_then_works) {
    job what;
    what.private_file = "/home/me/my secrets";
    what.prologue = {"module load python", "source venv/bin/activate"};
    what.cwd = "/scratch dir";
    what.command = {"python", "-c", "print('$HOME')"};
    EXPECT_THAT(body(what, true),
                testing::ElementsAre(". '/home/me/my secrets'", "module load python",
                                     "source venv/bin/activate", "cd '/scratch dir' || exit 1",
                                     R"(exec python -c 'print('\''$HOME'\'')')"));
}

TEST(script, is_the_command_alone_without_wishes) {
    job what;
    what.command = {"true"};
    EXPECT_THAT(body(what, true), testing::ElementsAre("exec true"));
}

TEST(body, ends_with_what_it_carries) {
    job what;
    what.command = {"python"};
    what.payload = std::string(150, 'x');
    EXPECT_THAT(body(what, true), testing::ElementsAre("exec python '\n" + std::string(100, 'x') + "\n" +
                                                       std::string(50, 'x') + "'"));
    EXPECT_THAT(body(what, false), testing::ElementsAre("exec python " + std::string(150, 'x')));
}

TEST(plain_name, has_only_letters_that_every_queue_takes) {
    EXPECT_EQ(plain_name("dask-a@b:1%j$(x)|y"), "dask-a_b_1_j__x__y");
}

TEST(in_units, rounds_up) {
    EXPECT_EQ(in_units(0, 1024), "0");
    EXPECT_EQ(in_units(1, 1024), "1");
    EXPECT_EQ(in_units(1024, 1024), "1");
    EXPECT_EQ(in_units(1025, 1024), "2");
}

TEST(dialect_of, knows_every_queue_of_the_configuration) {
    for (auto const& [name, launcher] : config::launcher_names)
        if (config::is_job_queue(launcher)) {
            EXPECT_EQ(dialect_of(launcher).launcher, launcher) << name;
        }
}

} // namespace
} // namespace daskd::queue
