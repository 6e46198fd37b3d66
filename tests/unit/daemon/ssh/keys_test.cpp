#include "daemon/ssh/agent_client.hpp"
#include "daemon/ssh/private_key.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <gtest/gtest.h>

namespace daskd::ssh {
namespace {

std::string openssh(std::string const& cipher, std::string const& public_blob) {
    std::string bytes("openssh-key-v1\0", 15);
    put_string(bytes, cipher);
    put_string(bytes, "bcrypt");
    put_string(bytes, "parameters");
    put_u32(bytes, 1);
    put_string(bytes, public_blob);
    put_string(bytes, "secret");
    auto text = encode_base64(bytes);
    text.insert(70, "\n");
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + text + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

TEST(ssh_private_key, what_a_file_shows) {
    struct row {
        char const* name;
        std::string text;
        bool is_encrypted;
        std::string blob;
    } const table[] = {
        {"plain", openssh("none", "blob"), false, "blob"},
        {"locked", openssh("aes256-ctr", "blob"), true, "blob"},
        {"PEM", "-----BEGIN RSA PRIVATE KEY-----\nx\n", false, ""},
        {"locked PEM", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", true, ""},
        {"PKCS 8", "-----BEGIN PRIVATE KEY-----\nx\n", false, ""},
        {"locked PKCS 8", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n", true, ""},
    };
    for (auto const& r : table) {
        auto const facts = read_private_key(r.text);
        ASSERT_TRUE(facts) << r.name;
        EXPECT_EQ(facts->is_encrypted, r.is_encrypted) << r.name;
        EXPECT_EQ(facts->public_blob, r.blob) << r.name;
    }
}

TEST(ssh_private_key, what_is_none) {
    auto const whole = openssh("none", "blob");
    EXPECT_FALSE(read_private_key(""));
    EXPECT_FALSE(read_private_key("ssh-ed25519 AAAA"));
    EXPECT_FALSE(read_private_key(whole.substr(0, whole.size() - 40))) << "cut off";
    EXPECT_FALSE(
        read_private_key("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"));
}

TEST(ssh_private_key, public_half) {
    std::string blob;
    put_string(blob, "ssh-ed25519");
    put_string(blob, "key");
    EXPECT_EQ(read_public_key("ssh-ed25519 " + encode_base64(blob) + " alice@home\n"), blob);
    EXPECT_EQ(read_public_key("ssh-ed25519 " + encode_base64(blob)), blob);
    EXPECT_EQ(read_public_key("ssh-rsa " + encode_base64(blob)), "") << "not its type";
    EXPECT_EQ(read_public_key("nonsense"), "");
}

TEST(ssh_agent, keys) {
    std::string answer(1, '\x0c');
    put_u32(answer, 2);
    for (auto const* word : {"blob1", "alice@home", "blob2", ""})
        put_string(answer, word);
    auto const keys = read_agent_keys(answer);
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->size(), 2u);
    EXPECT_EQ(keys->at(0).blob, "blob1");
    EXPECT_EQ(keys->at(0).comment, "alice@home");
    for (std::size_t cut = 0; cut < answer.size(); ++cut)
        EXPECT_FALSE(read_agent_keys(answer.substr(0, cut))) << cut;
    EXPECT_FALSE(read_agent_keys("\x05"));
}

TEST(ssh_agent, signature) {
    std::string inner;
    put_string(inner, "ssh-ed25519");
    put_string(inner, "bytes");
    std::string answer(1, '\x0e');
    put_string(answer, inner);
    EXPECT_EQ(*read_agent_signature(answer), "bytes");
    for (std::size_t cut = 0; cut < answer.size(); ++cut)
        EXPECT_FALSE(read_agent_signature(answer.substr(0, cut))) << cut;
    EXPECT_FALSE(read_agent_signature("\x05")) << "refused";
}

TEST(ssh_agent, flags_follow_the_algorithm) {
    auto const request = [](std::string const& algorithm) {
        std::string data;
        put_string(data, "session");
        data += '\x32';
        put_string(data, "alice");
        put_string(data, "ssh-connection");
        put_string(data, "publickey");
        data += '\1';
        put_string(data, algorithm);
        put_string(data, "blob");
        return data;
    };
    EXPECT_EQ(signature_flags(request("ssh-ed25519")), 0u);
    EXPECT_EQ(signature_flags(request("rsa-sha2-256")), 2u);
    EXPECT_EQ(signature_flags(request("rsa-sha2-512")), 4u);
    EXPECT_EQ(signature_flags(""), 0u);
}

} // namespace
} // namespace daskd::ssh
