#include "common/rpc_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd::rpc {
namespace {

TEST(read_request, takes_a_full_request) {
    auto const read = read_request({{"jsonrpc", "2.0"}, {"id", 7}, {"method", "m"}, {"params", {{"a", 1}}}});
    auto const* r = std::get_if<request>(&read);
    ASSERT_NE(r, nullptr);
    EXPECT_EQ(r->id, 7);
    EXPECT_EQ(r->method, "m");
    EXPECT_EQ(r->params, json({{"a", 1}}));
    EXPECT_FALSE(r->is_notification);
}

TEST(read_request, gives_missing_params_as_an_empty_object) {
    for (auto const& value : {json{{"jsonrpc", "2.0"}, {"id", "x"}, {"method", "m"}},
                              json{{"jsonrpc", "2.0"}, {"id", "x"}, {"method", "m"}, {"params", nullptr}}}) {
        auto const read = read_request(value);
        auto const* r = std::get_if<request>(&read);
        ASSERT_NE(r, nullptr);
        EXPECT_EQ(r->params, json::object());
    }
}

TEST(read_request, tells_a_notification_by_its_missing_id) {
    auto const without = read_request({{"jsonrpc", "2.0"}, {"method", "m"}});
    auto const with_null = read_request({{"jsonrpc", "2.0"}, {"id", nullptr}, {"method", "m"}});
    EXPECT_TRUE(std::get<request>(without).is_notification);
    EXPECT_FALSE(std::get<request>(with_null).is_notification);
}

struct bad {
    std::string name;
    json value;
    json id;
    int code;
};

class bad_requests : public testing::TestWithParam<bad> {};

TEST_P(bad_requests, are_refused_with_what_is_known_of_their_id) {
    auto const read = read_request(GetParam().value);
    auto const* refused = std::get_if<bad_request>(&read);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->id, GetParam().id);
    EXPECT_EQ(refused->code, GetParam().code);
    EXPECT_FALSE(refused->what.empty());
}

INSTANTIATE_TEST_SUITE_P(
    all, bad_requests,
    testing::ValuesIn(std::vector<bad>{
        {"no_object", json::array(), nullptr, code::invalid_request},
        {"id_is_an_object", {{"jsonrpc", "2.0"}, {"id", json::object()}}, nullptr, code::invalid_request},
        {"no_version", {{"id", 1}, {"method", "m"}}, 1, code::invalid_request},
        {"other_version", {{"jsonrpc", "1.0"}, {"id", 1}, {"method", "m"}}, 1, code::invalid_request},
        {"no_method", {{"jsonrpc", "2.0"}, {"id", 1}}, 1, code::invalid_request},
        {"method_is_a_number", {{"jsonrpc", "2.0"}, {"id", 1}, {"method", 5}}, 1, code::invalid_request},
        {"params_are_a_list",
         {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "m"}, {"params", json::array()}},
         1,
         code::invalid_params},
    }),
    [](auto const& test) { return test.param.name; });

TEST(replies, carry_a_result_to_the_other_end) {
    auto const read = read_reply(make_reply(1, {{"state", "down"}}));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, json({{"state", "down"}}));
}

TEST(replies, may_have_null_as_their_result) {
    EXPECT_TRUE(read_reply(make_reply(1, nullptr)));
}

TEST(replies, carry_an_error_with_its_hint_to_the_other_end) {
    auto const read = read_reply(make_error(1, error{errc::not_up, "the cluster is down", "start it"}));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::not_up);
    EXPECT_EQ(read.error().what, "the cluster is down");
    EXPECT_EQ(read.error().hint, "start it");
}

TEST(replies, have_no_data_without_a_hint) {
    EXPECT_FALSE(make_error(1, code::failed, "no")["error"].contains("data"));
}

TEST(replies, that_are_none_are_errors_themselves) {
    for (auto const& value : {json::object(), json{{"error", "text"}}}) {
        auto const read = read_reply(value);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, errc::failed);
    }
}

TEST(codes, survive_the_wire_where_the_contract_has_one) {
    for (auto const e : {errc::failed, errc::usage, errc::bad_configuration, errc::unknown_name, errc::busy,
                         errc::not_up, errc::timed_out})
        EXPECT_EQ(from_rpc_code(to_rpc_code(e)), e);
    EXPECT_EQ(to_rpc_code(errc::unknown_name), -32001);
    EXPECT_EQ(to_rpc_code(errc::bad_configuration), -32005);
    EXPECT_EQ(from_rpc_code(-1), errc::failed);
}

} // namespace
} // namespace daskd::rpc
