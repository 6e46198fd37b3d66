#pragma once

#include "daemon/async/notifier.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace daskd::async {

/// What has been asked over a connection and waits for its answer. Answers come in any order and are told
/// apart by the id of their question.
template <typename Answer>
class open_questions {
    using book = std::map<std::uint64_t, std::optional<Answer>>;

public:
    /// From being asked until the asker has its answer or waits no more.
    class question {
    public:
        question(std::shared_ptr<book> all, notifier& answered, std::uint64_t its_id)
            : id(its_id), all_(std::move(all)), answered_(answered) {
            all_->emplace(id, std::nullopt);
        }
        ~question() { all_->erase(id); }
        question(question const&) = delete;
        question& operator=(question const&) = delete;

        /// Waits until `limit` at most; empty: no answer has come. Throws when the waiting coroutine is
        /// cancelled.
        boost::asio::awaitable<std::optional<Answer>> answer(std::optional<notifier::time_point> limit) {
            while (is_open() && (!limit || std::chrono::steady_clock::now() < *limit))
                co_await answered_.wait(limit);
            co_return all_->at(id);
        }
        [[nodiscard]] bool is_open() const { return !all_->at(id); }

        std::uint64_t const id;

    private:
        std::shared_ptr<book>
            all_; ///< whoever waits may be destroyed with the io_context, after the book's owner
        notifier& answered_;
    };

    /// An id that no other question has.
    std::uint64_t new_id() { return next_id_++; }
    [[nodiscard]] question ask() { return {all_, answered_, new_id()}; }

    /// Nothing, where nobody waits for it.
    void answer(std::uint64_t id, Answer a) {
        auto const it = all_->find(id);
        if (it == all_->end()) return;
        it->second = std::move(a);
        answered_.notify_all();
    }
    void answer_all(Answer const& a) {
        for (auto& [id, answer] : *all_)
            if (!answer) answer = a;
        answered_.notify_all();
    }

private:
    std::uint64_t next_id_ = 1;
    std::shared_ptr<book> all_ = std::make_shared<book>();
    notifier answered_;
};

} // namespace daskd::async
