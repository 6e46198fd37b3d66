#include "daemon/ssh/host_pattern.hpp"
#include "daemon/ssh/ssh_config.hpp"
#include "daemon/ssh/ssh_config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using files = std::map<std::string, std::string>;

/// Alice on a machine with these files; the user's configuration is "/home/alice/.ssh/config".
config_world world(files all) {
    config_world w;
    w.home = "/home/alice";
    w.user = "alice";
    w.uid = "1000";
    w.variable = [](std::string const& name) -> std::optional<std::string> {
        if (name == "SSH_AUTH_SOCK") return "/run/agent";
        if (name == "KEYS") return "/keys";
        return std::nullopt;
    };
    w.read = [all](std::filesystem::path const& path) -> std::optional<std::string> {
        auto const found = all.find(path.string());
        return found == all.end() ? std::nullopt : std::optional(found->second);
    };
    w.glob = [all](std::filesystem::path const& pattern) {
        std::vector<std::filesystem::path> paths;
        for (auto const& [path, text] : all)
            if (pattern_matches(pattern.string(), path)) paths.emplace_back(path);
        return paths;
    };
    w.files = {"/home/alice/.ssh/config", "/etc/ssh/ssh_config"};
    return w;
}

config_world world(std::string const& text) {
    return world(files{{"/home/alice/.ssh/config", text}});
}

host_settings target(std::string const& name, config_world const& w) {
    auto const found = resolve_route(*parse_destination(name), w);
    EXPECT_TRUE(found) << found.error().what;
    return found ? found->hosts.back() : host_settings{};
}

std::vector<std::string> names(std::string const& name, config_world const& w) {
    auto const found = resolve_route(*parse_destination(name), w);
    std::vector<std::string> list;
    for (auto const& host : found ? found->hosts : route())
        list.push_back(host.user + "@" + host.host_name + ":" + std::to_string(host.port));
    return list;
}

TEST(ssh_destination, forms) {
    struct row {
        std::string text;
        destination expected;
    } const table[] = {
        {"node1", {"node1", {}, {}}},
        {"alice@node1", {"node1", "alice", {}}},
        {"alice@node1:2222", {"node1", "alice", 2222}},
        {"node1:22", {"node1", {}, 22}},
        {"::1", {"::1", {}, {}}},
        {"[::1]:2222", {"::1", {}, 2222}},
        {"ssh://bob@node1:7/", {"node1", "bob", 7}},
        {"a@b@node1", {"node1", "a@b", {}}},
    };
    for (auto const& r : table) {
        auto const got = parse_destination(r.text);
        ASSERT_TRUE(got) << r.text;
        EXPECT_EQ(*got, r.expected) << r.text;
    }
    for (auto const* wrong :
         {"", "@node1", "node1:0", "node1:x", "node1:70000", "-oProxyCommand=x", "a b", "ssh://"})
        EXPECT_FALSE(parse_destination(wrong)) << wrong;
}

TEST(ssh_config, words_of_a_line) {
    EXPECT_THAT(*split_line("  Host a b\t!c  # not me"), ElementsAre("Host", "a", "b", "!c"));
    EXPECT_THAT(*split_line("Port=22"), ElementsAre("Port", "22"));
    EXPECT_THAT(*split_line("Port = 22"), ElementsAre("Port", "22"));
    EXPECT_THAT(*split_line("IdentityFile \"/my keys/id\""), ElementsAre("IdentityFile", "/my keys/id"));
    EXPECT_THAT(*split_line("User a=b"), ElementsAre("User", "a=b"));
    EXPECT_THAT(*split_line("# all"), IsEmpty());
    EXPECT_FALSE(split_line("User \"open"));
}

TEST(ssh_config, without_any_file) {
    auto const h = target("node1", world(files{}));
    EXPECT_EQ(h.host_name, "node1");
    EXPECT_EQ(h.port, 22);
    EXPECT_EQ(h.user, "alice");
    EXPECT_EQ(h.agent_socket, "/run/agent");
    EXPECT_THAT(h.identity_files, ElementsAre("/home/alice/.ssh/id_rsa", "/home/alice/.ssh/id_ecdsa",
                                              "/home/alice/.ssh/id_ed25519"));
    EXPECT_FALSE(h.has_identity_files);
    EXPECT_EQ(h.known_hosts_files.front(), "/home/alice/.ssh/known_hosts");
}

TEST(ssh_config, first_value_wins_and_what_was_said_wins_over_it) {
    auto const w =
        world("Host node1\n User bob\n Port 2200\nHost *\n User carol\n HostName %h.example.org\n");
    EXPECT_THAT(names("node1", w), ElementsAre("bob@node1.example.org:2200"));
    EXPECT_THAT(names("dave@node1:7", w), ElementsAre("dave@node1.example.org:7"));
    EXPECT_THAT(names("node2", w), ElementsAre("carol@node2.example.org:22"));
}

TEST(ssh_config, user_file_before_system_file) {
    auto const w = world(files{{"/home/alice/.ssh/config", "Host node1\n Port 1\n"},
                               {"/etc/ssh/ssh_config", "Port 2\nUser root\n"}});
    EXPECT_THAT(names("node1", w), ElementsAre("root@node1:1"));
    EXPECT_THAT(names("node2", w), ElementsAre("root@node2:2"));
}

TEST(ssh_config, host_patterns) {
    auto const w = world("Host node* !node3 *.lab\n Port 5\n");
    EXPECT_EQ(target("node1", w).port, 5);
    EXPECT_EQ(target("a.lab", w).port, 5);
    EXPECT_EQ(target("node3", w).port, 22) << "negated";
    EXPECT_EQ(target("other", w).port, 22);
}

TEST(ssh_config, match) {
    auto const w = world("Match originalhost node1\n HostName real\nMatch host real user alice\n Port 5\n"
                         "Match !host real\n Port 6\nMatch all\n User zoe\n");
    EXPECT_THAT(names("node1", w), ElementsAre("zoe@real:5"));
    EXPECT_THAT(names("bob@node1", w), ElementsAre("bob@real:22"));
    EXPECT_THAT(names("node2", w), ElementsAre("zoe@node2:6"));
}

TEST(ssh_config, identities) {
    auto const w =
        world("IdentityFile ~/.ssh/%r_%h\nIdentityFile ${KEYS}/%u\nIdentitiesOnly yes\nIdentityAgent "
              "~/agent.%n\n");
    auto const h = target("bob@node1", w);
    EXPECT_THAT(h.identity_files, ElementsAre("/home/alice/.ssh/bob_node1", "/keys/alice"));
    EXPECT_TRUE(h.has_identity_files);
    EXPECT_TRUE(h.identities_only);
    EXPECT_EQ(h.agent_socket, "/home/alice/agent.node1");
    EXPECT_EQ(target("x", world("IdentityAgent none\n")).agent_socket, "");
    EXPECT_EQ(target("x", world("IdentityAgent $KEYS\n")).agent_socket, "/keys");
}

TEST(ssh_config, known_hosts_files_and_alias) {
    auto const h =
        target("x", world("UserKnownHostsFile ~/a /b\nGlobalKnownHostsFile none\nHostKeyAlias cluster\n"));
    EXPECT_THAT(h.known_hosts_files, ElementsAre("/home/alice/a", "/b"));
    EXPECT_EQ(h.host_key_alias, "cluster");
}

TEST(ssh_config, jumps) {
    auto const w =
        world("Host far\n ProxyJump gate,bob@inner:2222\nHost gate\n ProxyJump outer\n User gus\n"
              "Host inner\n ProxyJump nowhere\nHost near\n ProxyJump none\nHost n*\n ProxyJump gate\n");
    EXPECT_THAT(names("far", w),
                ElementsAre("alice@outer:22", "gus@gate:22", "bob@inner:2222", "alice@far:22"))
        << "of several, only the first may have jumps of its own";
    EXPECT_THAT(names("near", w), ElementsAre("alice@near:22"));
}

TEST(ssh_config, jumps_in_a_circle_are_refused) {
    auto const found = resolve_route({"a"}, world("Host a\n ProxyJump b\nHost b\n ProxyJump a\n"));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, errc::bad_configuration);
    EXPECT_THAT(found.error().what, HasSubstr("circle"));
}

TEST(ssh_config, include) {
    auto const w =
        world(files{{"/home/alice/.ssh/config", "Include conf.d/*\nHost node1\n Include ~/more\n Port 9\n"},
                    {"/home/alice/.ssh/conf.d/a", "Host node2\n Port 3\n"},
                    {"/home/alice/more", "User ivy\nHost node1\n Port 4\n"}});
    EXPECT_THAT(names("node2", w), ElementsAre("alice@node2:3"));
    EXPECT_THAT(names("node1", w), ElementsAre("ivy@node1:4"));
    EXPECT_THAT(names("node3", w), ElementsAre("alice@node3:22"));
    auto const circle = resolve_route({"x"}, world("Include config\n"));
    ASSERT_FALSE(circle);
    EXPECT_THAT(circle.error().what, HasSubstr("/home/alice/.ssh/config:1: Include goes too deep"));
}

TEST(ssh_config, what_is_not_honoured_is_told_with_its_place) {
    struct row {
        std::string text;
        std::string note;
    } const table[] = {
        {"\nProxyCommand nc %h %p\n", "config:2: ProxyCommand is not honoured; use ProxyJump"},
        {"CertificateFile ~/x\n", "config:1: CertificateFile"},
        {"StrictHostKeyChecking no\n", "an unknown host key is always refused"},
        {"Match exec \"test -f x\"\n Port 3\n", "config:1: Match exec is not honoured; use Host"},
        {"Match final all\n", "Match final"},
    };
    for (auto const& r : table) {
        auto const found = resolve_route({"x"}, world(r.text));
        ASSERT_TRUE(found) << r.text;
        EXPECT_THAT(found->notes, ElementsAre(HasSubstr(r.note))) << r.text;
        EXPECT_EQ(found->hosts.back().port, 22) << r.text;
    }
    for (auto const* quiet : {"ProxyCommand none\n", "StrictHostKeyChecking yes\n", "ForwardX11 yes\n",
                              "Host x\n ProxyJump g\n ProxyCommand nc\n", "Host other\n ProxyCommand nc\n"})
        EXPECT_THAT(resolve_route({"x"}, world(quiet))->notes, IsEmpty()) << quiet;
}

TEST(ssh_config, broken_lines) {
    for (auto const* text : {"Host a\n User \"x\n", "Host a\nPort\n", "Match host\n", "Port abc\n"}) {
        auto const found = resolve_route({"a"}, world(text));
        ASSERT_FALSE(found) << text;
        EXPECT_EQ(found.error().code, errc::bad_configuration) << text;
    }
}

} // namespace
} // namespace daskd::ssh
