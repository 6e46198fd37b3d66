#include "daemon/ssh/known_hosts.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum known_hosts::verdict;

std::string const a = "AAAAC3NzaC1lZDI1NTE5AAAAIGFX5mXNCI1EVvybJLIxZdyjUlXfAAS0tLxSDtS7FdXs";
std::string const b = "AAAAC3NzaC1lZDI1NTE5AAAAIHp2iD9vRHdWXz3aih4VeLKdmlsy7ySYW1YpbbIs/dmv";
std::string const c =
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFjWZnmTarvUebCx1jdEABz7PoQ+1VsQutidqyDd6P"
    "G10PucrxkG45GhjoXrQeY/IizSsmzER8UNRJm4p2gqkto=";
std::string const line_a = " ssh-ed25519 " + a;
std::string const line_b = " ssh-ed25519 " + b;
std::string const line_c = " ecdsa-sha2-nistp256 " + c;
// Both stand for key a: node1, and [node1]:2222, as ssh-keygen -H writes them.
std::string const hashed = "|1|RBZZ6Ae8zHTmhR+ImusG0VjNshE=|ZISzNekVnnbF7LGpJXXJgtjx2b0=" + line_a;
std::string const hashed_port = "|1|Xmwq/Otf/u53J7kFBR6G6FoUNSk=|TRvKNvHyJF4UDA4p/lImeYVXx9s=" + line_a;

known_hosts reading(std::string const& text) {
    known_hosts known;
    known.add("/kh", text);
    return known;
}

known_hosts::verdict judge(std::string const& text, std::string const& host, std::uint16_t port,
                           std::string const& key) {
    return reading(text).check(host, port, *decode_base64(key)).what;
}

TEST(ssh_known_hosts, verdicts) {
    struct row {
        char const* name;
        std::string text;
        std::string host;
        std::uint16_t port;
        known_hosts::verdict expected; ///< of key a
    } const table[] = {
        {"the key", "node1" + line_a, "node1", 22, known},
        {"case does not count", "Node1" + line_a, "NODE1", 22, known},
        {"another host", "node1" + line_a, "node2", 22, unknown},
        {"another key of its type", "node1" + line_b, "node1", 22, changed},
        {"another key of another type", "node1" + line_c, "node1", 22, unknown},
        {"two keys of its type", "node1" + line_b + "\nnode1" + line_a, "node1", 22, known},
        {"a comment and white space", "# x\n\n\t node1" + line_a + " root@node1", "node1", 22, known},
        {"a list", "node1,10.0.0.1" + line_a, "10.0.0.1", 22, known},
        {"a pattern", "node*" + line_a, "node77", 22, known},
        {"negated", "node*,!node7" + line_a, "node7", 22, unknown},
        {"another port is another host", "node1" + line_a, "node1", 2222, unknown},
        {"with its port", "[node1]:2222" + line_a, "node1", 2222, known},
        {"with another port", "[node1]:2222" + line_a, "node1", 22, unknown},
        {"hashed", hashed, "node1", 22, known},
        {"hashed, another host", hashed, "node2", 22, unknown},
        {"hashed with its port", hashed_port, "node1", 2222, known},
        {"hashed without its port", hashed_port, "node1", 22, unknown},
        {"revoked", "node1" + line_a + "\n@revoked *" + line_a, "node1", 22, revoked},
        {"revoked elsewhere", "node1" + line_a + "\n@revoked node2" + line_a, "node1", 22, known},
        {"a revoked key trusts nothing", "@revoked node1" + line_b, "node1", 22, unknown},
        {"an authority is not the host", "@cert-authority node1" + line_a, "node1", 22, unknown},
        {"broken", "node1 ssh-ed25519 !!!", "node1", 22, unknown},
        {"type and key differ", "node1 ssh-rsa " + a, "node1", 22, unknown},
        {"cut off", "node1 ssh-ed25519", "node1", 22, unknown},
        {"broken hash", "|1|x|y" + line_a, "node1", 22, unknown},
        {"empty", "", "node1", 22, unknown},
    };
    for (auto const& r : table)
        EXPECT_EQ(judge(r.text, r.host, r.port, a), r.expected) << r.name;
}

TEST(ssh_known_hosts, says_where) {
    known_hosts known;
    known.add("/mine", "# mine\nnode1" + line_b + "\n");
    known.add("/theirs", "node1" + line_c + "\n");
    auto const found = known.check("node1", 22, *decode_base64(a));
    EXPECT_EQ(found.what, changed);
    EXPECT_EQ(found.place, "/mine:2");
    EXPECT_EQ(found.file, "/mine");
    EXPECT_THAT(found.types, ElementsAre("ssh-ed25519", "ecdsa-sha2-nistp256"));
    EXPECT_THAT(known.types("node2", 22), IsEmpty());
}

TEST(ssh_known_hosts, unsupported_lines_are_noted) {
    auto const known = reading("@cert-authority *" + line_a + "\nnode1 ssh-ed25519 x\nnode1" + line_a);
    EXPECT_THAT(known.notes(),
                ElementsAre(HasSubstr("/kh:1: @cert-authority"), HasSubstr("/kh:2: no host key")));
}

TEST(ssh_wire_format, fingerprint_is_that_of_ssh_keygen) {
    EXPECT_EQ(fingerprint(*decode_base64(a)), "SHA256:43GP/hxepGxx2T6+MXPGsWh2/NouaDwaqKJ6NuwVheA");
    EXPECT_EQ(key_type(*decode_base64(a)), "ssh-ed25519");
}

TEST(ssh_wire_format, values) {
    std::string bytes;
    put_u32(bytes, 0x01020304);
    put_string(bytes, "ab");
    EXPECT_EQ(bytes, std::string("\1\2\3\4\0\0\0\2ab", 10));
    std::string_view rest = bytes;
    EXPECT_EQ(take_u32(rest), 0x01020304u);
    EXPECT_EQ(take_string(rest), "ab");
    EXPECT_TRUE(rest.empty());
    EXPECT_FALSE(take_u32(rest));
    for (std::size_t cut = 0; cut < 6; ++cut) {
        auto part = std::string_view(bytes).substr(4, cut);
        EXPECT_FALSE(take_string(part)) << cut;
        EXPECT_EQ(part.size(), cut) << "nothing is taken";
    }
    std::string_view lie("\xff\xff\xff\xff", 4);
    EXPECT_FALSE(take_string(lie));
}

TEST(ssh_wire_format, base64) {
    EXPECT_EQ(decode_base64("YQ=="), "a");
    for (auto const* wrong : {"    ", "YQ= ", "Y=Q=", "Y Q=", "===="})
        EXPECT_FALSE(decode_base64(wrong)) << wrong;
    EXPECT_EQ(decode_base64("YWI="), "ab");
    EXPECT_EQ(decode_base64("YWJj"), "abc");
    EXPECT_EQ(encode_base64("ab"), "YWI=");
    for (auto const* wrong : {"", "YQ", "YQ=", "Y!==", "====="})
        EXPECT_FALSE(decode_base64(wrong)) << wrong;
}

} // namespace
} // namespace daskd::ssh
