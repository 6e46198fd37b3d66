#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/ssh/byte_stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <libssh2.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daskd::ssh {

class channel;

/// What lives in a connection and gets its turn in every pump(): a channel, a listener.
class participant {
public:
    participant() = default;
    virtual ~participant() = default;
    participant(participant const&) = delete;
    participant& operator=(participant const&) = delete;

    /// Does what can be done without waiting; whether anything was.
    virtual bool advance() = 0;
    /// The connection is over: whoever waits shall look.
    virtual void wake() = 0;
};

/// One SSH connection over any byte stream. libssh2 is used for the protocol alone: its callbacks take from a
/// buffer of what has come and add to a buffer of what is to go, and two coroutines move those. So a libssh2
/// call never stops in the middle of a packet that it sends, "try again" always means "more must come first",
/// and a connection through another connection is nothing special.
///
/// pump() is the heart: whenever bytes have come, bytes have gone, or somebody wants something, every pending
/// operation and every channel gets its turn. Nothing is called while nothing happens.
class engine : public std::enable_shared_from_this<engine> {
public:
    engine(boost::asio::any_io_executor executor, std::unique_ptr<byte_stream> wire);
    ~engine();
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    /// Begins to move bytes.
    void start();

    /// Repeats a libssh2 call until it is done; its last return value. Operations run one after the other,
    /// since libssh2 has one place for their state in a session. One that was begun is brought to its end
    /// even if nobody waits any more: what `attempt` owns is released then.
    [[nodiscard]] boost::asio::awaitable<result<int>> run(std::function<int()> attempt);

    /// Opens a channel of any type; `message` is what follows the type on the wire. A refusal is an error of
    /// this channel alone.
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<channel>>> open(std::string type,
                                                                                std::string message);

    /// Asks the other side for an answer every `interval` in which nothing has come, and fails without one:
    /// for a connection through another host, where no socket of ours breaks when the far link does.
    void ask_every(std::chrono::milliseconds interval);

    /// Gives every operation and channel its turn.
    void pump();
    /// The connection is over: every channel and operation fails with `why`. Only the first reason counts.
    void fail(error why);
    [[nodiscard]] std::optional<error> const& failure() const { return failure_; }
    /// Returns once the connection is over.
    [[nodiscard]] boost::asio::awaitable<void> wait_for_end();
    /// Returns once all that was to go has gone, or the connection is over.
    [[nodiscard]] boost::asio::awaitable<void> wait_until_sent();

    [[nodiscard]] LIBSSH2_SESSION* raw() const { return raw_; }
    [[nodiscard]] boost::asio::any_io_executor const& executor() const { return executor_; }
    /// Whether more may be written: what waits to go is bounded.
    [[nodiscard]] bool has_room() const;
    /// What the other side said when it disconnected; empty if nothing.
    [[nodiscard]] std::string const& farewell() const { return farewell_; }
    /// The error of a libssh2 call that failed with `code`. One that concerns the connection ends it.
    [[nodiscard]] error explain(std::string const& what, int code);

    void add(participant* p) { participants_.push_back(p); }
    void remove(participant* p) { std::erase(participants_, p); }
    /// Ends something that nobody wants any more; `close`, a libssh2 call, is repeated until it is done.
    void release(std::function<int()> close);

private:
    struct operation;

    bool attempt_operation();
    void close_released();

    static boost::asio::awaitable<void> receive(std::shared_ptr<engine> self);
    static boost::asio::awaitable<void> send(std::shared_ptr<engine> self);
    static boost::asio::awaitable<void> keep_asking(std::shared_ptr<engine> self,
                                                    std::chrono::milliseconds interval);

    static ssize_t on_send(libssh2_socket_t, void const* bytes, std::size_t length, int, void** abstract);
    static ssize_t on_receive(libssh2_socket_t, void* into, std::size_t length, int, void** abstract);
    static void on_disconnect(LIBSSH2_SESSION*, int reason, char const* text, int length, char const*, int,
                              void** abstract);

    boost::asio::any_io_executor executor_;
    std::unique_ptr<byte_stream> wire_;
    LIBSSH2_SESSION* raw_ = nullptr;
    std::optional<error> failure_;
    std::string farewell_;

    std::string in_; ///< has come, libssh2 has not seen it
    std::size_t in_taken_ = 0;
    std::uint64_t received_bytes_ = 0;
    std::string out_;     ///< libssh2 has sent it
    std::string sending_; ///< is on its way

    std::deque<std::shared_ptr<operation>> operations_;
    std::vector<participant*> participants_;
    std::size_t first_ = 0; ///< whose turn it is to be first
    std::vector<std::function<int()>> released_;
    bool is_pumping_ = false;

    async::notifier to_send_;
    async::notifier sent_;
    async::notifier ended_;
};

} // namespace daskd::ssh
