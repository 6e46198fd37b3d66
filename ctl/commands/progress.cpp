#include "ctl/commands/progress.hpp"

#include "ctl/render/event.hpp"
#include "ctl/render/progress.hpp"
#include "ctl/render/table.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace daskd::ctl {
namespace {

/// How much of a line fits; the cursor needs a place too.
std::optional<std::size_t> line_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col - 1U;
}

/// Lines that are drawn over themselves. While it lives, Ctrl-C takes them away before it ends the program as
/// it would have.
class redrawn_lines {
public:
    redrawn_lines() : before_(std::signal(SIGINT, erase_and_end)) { set_rows(1); }
    ~redrawn_lines() {
        std::signal(SIGINT, before_);
        std::fwrite(erasure_.data(), 1, erasure_size_, stderr);
    }
    redrawn_lines(redrawn_lines const&) = delete;
    redrawn_lines& operator=(redrawn_lines const&) = delete;

    void draw(std::vector<std::string> const& lines) {
        std::string text(erasure_.data(), erasure_size_);
        for (std::size_t i = 0; i < lines.size(); ++i)
            text += (i == 0 ? "" : "\n") + lines[i];
        set_rows(lines.size()); // before: an interrupt may come in the middle
        std::fputs(text.c_str(), stderr);
    }

private:
    /// What takes so many rows away, from the last of them.
    static void set_rows(std::size_t rows) {
        auto const up = rows > 1 ? "\033[" + std::to_string(rows - 1) + "A" : "";
        auto const text = "\r" + up + "\033[J";
        text.copy(erasure_.data(), erasure_.size());
        erasure_size_ = static_cast<std::sig_atomic_t>(text.size());
    }
    static void erase_and_end(int signal) {
        (void)!::write(STDERR_FILENO, erasure_.data(), static_cast<std::size_t>(erasure_size_));
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }

    // For the signal's sake: it finds no object.
    static inline std::array<char, 32> erasure_{};
    static inline std::sig_atomic_t volatile erasure_size_ = 0;
    void (*before_)(int);
};

/// What the cluster tells while it is waited for.
class watcher {
public:
    /// Over a connection of its own; none without a daemon.
    static std::optional<watcher> connect(context const& ctx) {
        auto daemon = ctx.find_daemon();
        if (!daemon || !*daemon) return std::nullopt;
        watcher w(std::move(**daemon));
        auto const status = w.daemon_.call({"cluster.subscribe"});
        if (!status || !w.daemon_.call({"events.subscribe"})) return std::nullopt;
        return w.show(*status) ? std::optional(std::move(w)) : std::nullopt;
    }

    [[nodiscard]] int descriptor() const { return daemon_.descriptor(); }
    /// False: the daemon is gone.
    bool hear() {
        for (;;) {
            auto const news = daemon_.notification(milliseconds(0));
            if (!news) return false;
            if (!*news) return true;
            auto const method = (*news)->value("method", "");
            if (method == "status" && !show((*news)->at("params"))) return false;
            if (method == "event") hear_event((*news)->at("params"));
        }
    }
    [[nodiscard]] std::vector<std::string> lines(std::optional<std::size_t> width) const {
        auto all = render_progress_lines(view_, width);
        if (!notice_.empty()) all.push_back(width ? cut_to(notice_, *width) : notice_);
        return all;
    }

private:
    explicit watcher(client daemon) : daemon_(std::move(daemon)) {}

    bool show(json const& status) {
        auto view = cluster_view_from_json(status);
        if (view) view_ = std::move(*view);
        return view.has_value();
    }
    /// What takes time beside processes is told by events: an image that is fetched, a host that does not
    /// answer.
    void hear_event(json const& event) {
        auto const kind = event.value("kind", "");
        if (kind != "cluster.notice" && kind != "agent.state") return;
        auto const text = event.value("text", "");
        if (!text.empty()) notice_ = text.substr(0, text.find('\n'));
    }

    client daemon_;
    cluster_view view_;
    std::string notice_;
};

} // namespace

void show_progress_until(context const& ctx, int descriptor, std::optional<milliseconds> limit) {
    auto cluster = watcher::connect(ctx);
    auto const until = after(limit);
    redrawn_lines screen;
    while (cluster) {
        screen.draw(cluster->lines(line_width()));
        std::array<pollfd, 2> readable{{{descriptor, POLLIN, 0}, {cluster->descriptor(), POLLIN, 0}}};
        auto const left = until ? std::chrono::ceil<milliseconds>(*until - std::chrono::steady_clock::now())
                                : milliseconds(-1);
        if (until && left <= milliseconds(0)) break;
        int const ready = ::poll(readable.data(), readable.size(), static_cast<int>(left.count()));
        if (ready == 0 || readable[0].revents != 0) break;
        if (readable[1].revents != 0 && !cluster->hear()) break;
    }
}

} // namespace daskd::ctl
