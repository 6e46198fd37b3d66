#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/ssh/byte_stream.hpp"
#include "daemon/ssh/engine.hpp"

#include <libssh2.h>

#include <memory>
#include <optional>
#include <string>

namespace daskd::ssh {

/// How a remote command ended.
struct exit_status {
    int code = 0;
    std::string signal; ///< without SIG; empty if it was none

    bool operator==(exit_status const&) const = default;
};

/// One channel of a session. What was received and not read is bounded: 1 MiB by the window that the remote
/// side must respect, and 128 KiB of each stream here. Destroying it closes it; what was written before
/// finish_writing() is still sent then, as by a socket.
class channel : public byte_stream, public participant, public std::enable_shared_from_this<channel> {
public:
    channel(std::shared_ptr<engine> connection, LIBSSH2_CHANNEL* raw);
    ~channel() override;

    /// Starts a command on a channel of type "session". Only once.
    [[nodiscard]] boost::asio::awaitable<result<void>> exec(std::string command);

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override;
    /// The same of the error output, which has to be read too: both share the window.
    [[nodiscard]] boost::asio::awaitable<result<std::size_t>> read_error_some(std::span<char> into);
    /// Nobody will read the error output.
    void discard_errors();
    boost::asio::awaitable<result<void>> write(std::string_view bytes) override;
    void finish_writing() override;
    void close() override;

    /// Waits for the end of the command, and for all output to be read. A remote host that closes the channel
    /// without a word of how the command ended counts as 0: libssh2 does not tell.
    [[nodiscard]] boost::asio::awaitable<result<exit_status>> wait_exit();

    bool advance() override;
    void wake() override;

private:
    /// One stream from the remote side.
    struct incoming {
        int id;
        std::string bytes = {};
        std::size_t taken = 0;
        bool was_full = false;
        bool is_wanted = true;
        bool has_ended = false;
        async::notifier news = {};

        [[nodiscard]] std::size_t size() const { return bytes.size() - taken; }
    };

    boost::asio::awaitable<result<std::size_t>> read(incoming& from, std::span<char> into);
    bool start_command();
    bool receive(incoming& into);
    bool transmit();
    bool finish();
    void fail(error why);
    /// Why nothing more can be done with it; null as long as something can.
    [[nodiscard]] error const* obstacle() const;

    std::shared_ptr<engine> connection_;
    LIBSSH2_CHANNEL* raw_;
    std::optional<error> failure_;

    std::optional<std::string> command_;
    std::optional<int> started_;
    incoming out_{0};
    incoming err_{SSH_EXTENDED_DATA_STDERR};
    std::string to_write_;
    std::size_t written_ = 0;
    bool wants_finish_ = false;
    bool has_finished_ = false;
    std::optional<exit_status> exit_;
    async::notifier changed_; ///< started, room to write, finished
};

} // namespace daskd::ssh
