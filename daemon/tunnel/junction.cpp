#include "daemon/tunnel/junction.hpp"

#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace daskd::tunnel {

namespace asio = boost::asio;
using ssh::byte_stream;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_waiting_bytes = std::size_t{1} << 20;
constexpr std::size_t read_size_bytes = 256 * 1024;
/// Between two signs that a mouth takes something.
constexpr std::size_t slice_bytes = 64 * 1024;
/// A mouth that takes nothing for so long is passed by.
constexpr auto patience = 2s;
constexpr auto answer_limit = 20s;
constexpr auto end_limit = 5s;

} // namespace

struct junction::mouth {
    mouth(std::size_t its_number, std::string its_name) : number(its_number), name(std::move(its_name)) {}

    std::size_t number;
    std::string name;
    std::string loopback;
    std::shared_ptr<byte_stream> link; ///< null: there is none
    bool is_ending = false;
    std::string queue;             ///< to go
    std::size_t sending_bytes = 0; ///< are on their way
    std::uint64_t sent_slices = 0;
    bool is_passed_by = false;
    int answered = 0; ///< the revision of the routes that it knows
    std::map<int, std::string> failed;
    async::notifier to_send;
    async::notifier changed; ///< room, an answer, the end

    [[nodiscard]] bool has_room() const { return queue.size() + sending_bytes < most_waiting_bytes; }
    void put(std::string_view bytes) {
        queue += bytes;
        to_send.notify_all();
    }
};

junction::junction(asio::any_io_executor executor, callbacks calls)
    : executor_(std::move(executor)), calls_(std::move(calls)) {
    known(here);
}

junction::mouth_ptr junction::find(std::string const& name) const {
    auto const it = std::ranges::find(mouths_, name, [](auto const& m) { return m->name; });
    return it == mouths_.end() ? nullptr : *it;
}

junction::mouth_ptr junction::with_number(std::size_t number) const {
    return number < mouths_.size() ? mouths_[number] : nullptr;
}

junction::mouth_ptr junction::known(std::string const& name) {
    if (auto m = find(name)) return m;
    return mouths_.emplace_back(std::make_shared<mouth>(mouths_.size(), name));
}

bool junction::is_attached(std::string const& name) const {
    auto const m = find(name);
    return m && m->link && !m->is_ending;
}

std::vector<mouth_place> junction::places() const {
    std::vector<mouth_place> all;
    for (auto const& m : mouths_)
        all.push_back({m->name, m->loopback});
    return all;
}

void junction::tell(mouth& to, json const& order) {
    if (to.link) to.put(control_frame(order.dump()));
}

void junction::tell_routes(mouth& to) {
    auto numbers = json::object();
    for (auto const& m : mouths_)
        numbers[m->name] = m->number;
    auto const role = role_of({to.name, to.loopback}, places(), homes_);
    auto listen = json::object();
    for (auto const& [port, home] : role.listen)
        listen[std::to_string(port)] = home;
    tell(to, {{"op", "routes"},
              {"revision", revision_},
              {"peers", std::move(numbers)},
              {"listen", std::move(listen)},
              {"serve", role.serve},
              {"shares", shares_loopback(to)},
              {"tolerance_s", std::chrono::duration<double>(tolerance_).count()}});
}

void junction::tell_all_routes() {
    ++revision_;
    for (auto const& m : mouths_)
        tell_routes(*m);
}

void junction::set_routes(port_homes homes, std::chrono::milliseconds tolerance) {
    if (homes == homes_ && tolerance == tolerance_) return;
    homes_ = std::move(homes);
    tolerance_ = tolerance;
    for (auto const& [port, home] : homes_)
        known(home);
    tell_all_routes();
}

/// There is a way between it and each of the others, or what was on its way is lost.
void junction::announce(mouth& about) {
    for (auto const& other : mouths_) {
        if (other.get() == &about || !other->link || !about.link) continue;
        tell(*other, {{"op", "up"}, {"peer", about.name}});
        tell(about, {{"op", "up"}, {"peer", other->name}});
    }
}

asio::awaitable<result<std::map<int, std::string>>> junction::attach(std::string name,
                                                                     std::shared_ptr<byte_stream> link) {
    auto const self = shared_from_this();
    bool const is_new = !find(name);
    auto const m = known(name);
    if (m->link) detach(*m, m->link);
    m->link = link;
    m->is_ending = false;
    m->answered = 0;
    async::spawn_task(executor_, "tunnel from " + name, receive(self, m, link));
    async::spawn_task(executor_, "tunnel to " + name, send(self, m, link));
    if (is_new || revision_ == 0)
        tell_all_routes(); // the others must know its number
    else
        tell_routes(*m);
    announce(*m);
    auto const until = std::chrono::steady_clock::now() + answer_limit;
    while (m->link == link && m->answered < revision_ && std::chrono::steady_clock::now() < until) {
        auto waiting = m->changed.wait(until);
        co_await std::move(waiting);
    }
    if (m->link != link) co_return error{errc::failed, "the tunnel's end there has closed", ""};
    if (m->answered < revision_) {
        detach(*m, link);
        co_return error{errc::timed_out, "the tunnel's end there does not answer", ""};
    }
    co_return m->failed;
}

void junction::detach(mouth& from, std::shared_ptr<byte_stream> link) {
    if (!link || from.link != link) return;
    from.link.reset();
    link->close();
    from.queue.clear();
    from.sending_bytes = 0;
    from.is_passed_by = false;
    from.to_send.notify_all();
    from.changed.notify_all();
    for (auto const& other : mouths_)
        tell(*other, {{"op", "down"}, {"peer", from.name}});
}

asio::awaitable<void> junction::end(std::string name) {
    auto const m = find(name);
    if (!m) co_return;
    auto const link = m->link;
    m->is_ending = true;
    tell(*m, {{"op", "end"}});
    auto const until = std::chrono::steady_clock::now() + end_limit;
    while (link && m->link == link && std::chrono::steady_clock::now() < until) {
        auto waiting = m->changed.wait(until);
        co_await std::move(waiting);
    }
    detach(*m, link);
    if (m->link) co_return; // there is another already
    for (auto const& other : mouths_)
        tell(*other, {{"op", "gone"}, {"peer", name}});
    bool const shared = shares_loopback(*m);
    m->loopback.clear();
    if (shared) tell_all_routes(); // another listens in its place
}

asio::awaitable<void> junction::ended(std::string name) {
    auto const m = find(name);
    while (m && m->is_ending && m->link) {
        auto waiting = m->changed.wait({}); // `end` gives up by itself
        co_await std::move(waiting);
    }
}

bool junction::shares_loopback(mouth const& with) const {
    return !with.loopback.empty() && std::ranges::any_of(mouths_, [&](auto const& m) {
        return m.get() != &with && m->loopback == with.loopback;
    });
}

void junction::leave() {
    for (auto const& m : mouths_) {
        m->is_ending = true;
        detach(*m, m->link);
    }
}

void junction::on_control(mouth& from, std::string_view text) {
    auto const said = parse_json(text);
    if (!said || !said->is_object()) return;
    auto const event = said->value("event", "");
    if (event == "hello") on_hello(from, *said);
    if (event != "listening" || said->value("revision", 0) < revision_) return;
    from.failed.clear();
    for (auto const& [port, why] : said->at("failed").items())
        from.failed[std::stoi(port)] = why.get<std::string>();
    from.answered = revision_;
    from.changed.notify_all();
    for (auto const& [port, why] : std::map(from.failed))
        calls_.on_port_taken(from.name, port, why);
}

void junction::on_hello(mouth& from, json const& said) {
    auto const loopback = said.at("loopback").get<std::string>();
    if (from.loopback == loopback) return;
    from.loopback = loopback;
    if (shares_loopback(from)) tell_all_routes();
}

asio::awaitable<void> junction::pass_on(mouth_ptr from, frame_header header, std::string_view content) {
    auto const to = with_number(header.peer);
    if (!to) co_return;
    while (to->link && !to->is_passed_by && !to->has_room()) {
        auto const before = to->sent_slices;
        auto waiting = to->changed.wait(std::chrono::steady_clock::now() + patience);
        co_await std::move(waiting);
        if (to->has_room() || to->sent_slices != before) continue;
        spdlog::warn("tunnel: {} takes nothing, and is passed by", to->name);
        to->is_passed_by = true;
    }
    if (!to->link || to->is_passed_by) co_return;
    header.peer = static_cast<std::uint16_t>(from->number);
    to->queue += packed(header);
    to->put(content);
}

asio::awaitable<void> junction::receive(std::shared_ptr<junction> self, mouth_ptr from,
                                        std::shared_ptr<byte_stream> link) {
    std::vector<char> chunk(read_size_bytes);
    std::string pending;
    bool is_good = true;
    while (is_good) {
        auto reading = link->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n || *n == 0) break;
        pending.append(chunk.data(), *n);
        std::string_view rest = pending;
        while (auto const header = header_of(rest)) {
            is_good = header->length <= longest_content && header->kind <= frame_kind::resume;
            if (!is_good || rest.size() < header_bytes + header->length) break;
            auto const content = rest.substr(header_bytes, header->length);
            rest.remove_prefix(header_bytes + header->length);
            if (header->kind == frame_kind::control) {
                try {
                    self->on_control(*from, content);
                } catch (std::exception const& e) { // JSON of another shape
                    spdlog::warn("tunnel: {} says what is not understood: {}", from->name, e.what());
                    is_good = false;
                }
            } else {
                auto passing = self->pass_on(from, *header, content);
                co_await std::move(passing);
            }
        }
        pending.erase(0, pending.size() - rest.size());
    }
    if (from->link != link) co_return;
    bool const is_ending = from->is_ending;
    self->detach(*from, link);
    if (!is_ending) self->calls_.on_lost(from->name);
}

asio::awaitable<void> junction::send(std::shared_ptr<junction> self, mouth_ptr to,
                                     std::shared_ptr<byte_stream> link) {
    std::string sending;
    while (to->link == link) {
        if (to->queue.empty()) {
            if (std::exchange(to->is_passed_by, false)) self->announce(*to);
            auto waiting = to->to_send.wait({});
            co_await std::move(waiting);
            continue;
        }
        sending.clear();
        sending.swap(to->queue);
        for (std::size_t at = 0; at < sending.size(); at += slice_bytes) {
            to->sending_bytes = sending.size() - at;
            to->changed.notify_all();
            auto writing = link->write(std::string_view(sending).substr(at, slice_bytes));
            auto const written = co_await std::move(writing);
            if (to->link != link) co_return;
            if (!written) break; // the receiver hears of it
            ++to->sent_slices;
        }
        to->sending_bytes = 0;
        to->changed.notify_all();
    }
}

} // namespace daskd::tunnel
