#include "daemon/ssh/channel.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_unread_bytes = 128 * 1024;
constexpr std::size_t max_unsent_bytes = 128 * 1024;

/// Sends what was written to a channel before it was closed; true once that is done, or in vain.
bool send_rest(engine const& connection, LIBSSH2_CHANNEL* raw, std::string& rest) {
    while (!rest.empty() && libssh2_channel_wait_closed(raw) != 0) {
        if (!connection.has_room()) return false;
        auto const n = libssh2_channel_write_ex(raw, 0, rest.data(), rest.size());
        if (n == 0 || n == LIBSSH2_ERROR_EAGAIN) return false;
        if (n < 0) return true;
        rest.erase(0, static_cast<std::size_t>(n));
    }
    return true;
}

} // namespace

channel::channel(std::shared_ptr<engine> connection, LIBSSH2_CHANNEL* raw)
    : connection_(std::move(connection)), raw_(raw) {
    connection_->add(this);
}

channel::~channel() {
    close();
}

void channel::close() {
    if (!raw_) return;
    connection_->remove(this);
    auto* const raw = std::exchange(raw_, nullptr);
    if (wants_finish_ && !has_finished_ && !failure_)
        connection_->release([raw, rest = to_write_.substr(written_), c = connection_.get()]() mutable {
            return send_rest(*c, raw, rest) ? libssh2_channel_free(raw) : LIBSSH2_ERROR_EAGAIN;
        });
    else
        connection_->release([raw] { return libssh2_channel_free(raw); });
    fail({errc::failed, "the channel is closed", ""});
}

void channel::fail(error why) {
    if (!failure_) failure_ = std::move(why);
    wake();
}

void channel::wake() {
    out_.news.notify_all();
    err_.news.notify_all();
    changed_.notify_all();
}

error const* channel::obstacle() const {
    if (failure_) return &*failure_;
    auto const& lost = connection_->failure();
    return lost ? &*lost : nullptr;
}

asio::awaitable<result<void>> channel::exec(std::string command) {
    auto const self = shared_from_this();
    command_ = std::move(command);
    connection_->pump();
    while (!started_) {
        if (auto const* why = obstacle()) co_return *why;
        auto waiting = changed_.wait({});
        co_await std::move(waiting);
    }
    if (*started_ != 0) co_return connection_->explain("cannot run a command", *started_);
    co_return result<void>{};
}

asio::awaitable<result<std::size_t>> channel::read_some(std::span<char> into) {
    return read(out_, into);
}

asio::awaitable<result<std::size_t>> channel::read_error_some(std::span<char> into) {
    return read(err_, into);
}

asio::awaitable<result<std::size_t>> channel::read(incoming& from, std::span<char> into) {
    auto const self = shared_from_this();
    while (from.size() == 0) {
        if (from.has_ended) co_return std::size_t{0};
        if (auto const* why = obstacle()) co_return *why;
        auto waiting = from.news.wait({});
        co_await std::move(waiting);
    }
    auto const n = std::min(into.size(), from.size());
    std::memcpy(into.data(), from.bytes.data() + from.taken, n);
    from.taken += n;
    if (from.size() == 0) {
        from.bytes.clear();
        from.taken = 0;
    }
    // libssh2 may hold more, of which no byte on the wire will remind us.
    if (from.was_full && from.size() < max_unread_bytes / 2) {
        from.was_full = false;
        connection_->pump();
    }
    co_return n;
}

void channel::discard_errors() {
    err_.is_wanted = false;
    connection_->pump();
}

asio::awaitable<result<void>> channel::write(std::string_view bytes) {
    auto const self = shared_from_this();
    while (true) {
        if (auto const* why = obstacle()) co_return *why;
        if (exit_ || wants_finish_) co_return error{errc::failed, "the remote end takes no more input", ""};
        auto const unsent = to_write_.size() - written_;
        auto const n = std::min(bytes.size(), max_unsent_bytes - std::min(unsent, max_unsent_bytes));
        to_write_.append(bytes.substr(0, n));
        bytes.remove_prefix(n);
        if (n > 0) connection_->pump();
        if (bytes.empty()) co_return result<void>{};
        if (to_write_.size() - written_ < max_unsent_bytes) continue;
        auto waiting = changed_.wait({});
        co_await std::move(waiting);
    }
}

void channel::finish_writing() {
    wants_finish_ = true;
    connection_->pump();
}

asio::awaitable<result<exit_status>> channel::wait_exit() {
    auto const self = shared_from_this();
    while (!exit_) {
        if (auto const* why = obstacle()) co_return *why;
        auto waiting = changed_.wait({});
        co_await std::move(waiting);
    }
    co_return *exit_;
}

bool channel::advance() {
    bool progress = start_command();
    if (raw_ && receive(out_)) progress = true;
    if (raw_ && receive(err_)) progress = true;
    if (raw_ && transmit()) progress = true;
    if (raw_ && finish()) progress = true;
    return progress;
}

bool channel::start_command() {
    if (!command_ || started_) return false;
    auto const code = libssh2_channel_process_startup(raw_, "exec", 4, command_->data(),
                                                      static_cast<unsigned>(command_->size()));
    if (code == LIBSSH2_ERROR_EAGAIN) return false;
    started_ = code;
    changed_.notify_all();
    return true;
}

bool channel::receive(incoming& into) {
    if (into.has_ended || failure_) return false;
    std::array<char, 32 * 1024> chunk;
    bool progress = false;
    while (into.size() < max_unread_bytes) {
        auto const n = libssh2_channel_read_ex(raw_, into.id, chunk.data(), chunk.size());
        if (n > 0) {
            if (into.is_wanted) into.bytes.append(chunk.data(), static_cast<std::size_t>(n));
            progress = true;
            continue;
        }
        if (n == 0)
            // Also 0 while the other stream holds data: not the end yet.
            into.has_ended = libssh2_channel_eof(raw_) == 1;
        else if (n != LIBSSH2_ERROR_EAGAIN)
            fail(connection_->explain("cannot read", static_cast<int>(n)));
        if (into.has_ended) progress = true;
        break;
    }
    into.was_full = into.size() >= max_unread_bytes;
    if (progress) into.news.notify_all();
    return progress;
}

bool channel::transmit() {
    if (failure_) return false;
    if (to_write_.empty()) {
        if (!wants_finish_ || has_finished_) return false;
        auto const code = libssh2_channel_send_eof(raw_);
        has_finished_ = code != LIBSSH2_ERROR_EAGAIN;
        return has_finished_;
    }
    if (!connection_->has_room()) return false;
    auto const n =
        libssh2_channel_write_ex(raw_, 0, to_write_.data() + written_, to_write_.size() - written_);
    if (n == 0 || n == LIBSSH2_ERROR_EAGAIN) return false;
    if (n < 0) {
        fail(connection_->explain("cannot write", static_cast<int>(n)));
        return false;
    }
    written_ += static_cast<std::size_t>(n);
    // Now and then only: erasing moves what is left.
    if (written_ >= to_write_.size() / 2) {
        to_write_.erase(0, written_);
        written_ = 0;
    }
    changed_.notify_all();
    return true;
}

bool channel::finish() {
    if (exit_ || !out_.has_ended || !err_.has_ended || libssh2_channel_wait_closed(raw_) != 0) return false;
    exit_ = exit_status{libssh2_channel_get_exit_status(raw_), {}};
    char* signal = nullptr;
    std::size_t length = 0;
    if (libssh2_channel_get_exit_signal(raw_, &signal, &length, nullptr, nullptr, nullptr, nullptr) == 0 &&
        signal) {
        exit_->signal.assign(signal, length);
        libssh2_free(connection_->raw(), signal);
    }
    changed_.notify_all();
    return true;
}

} // namespace daskd::ssh
