#pragma once

#include <string>

namespace daskd::app {

/// The end of the start-up pipe that a daemon in the background tells its starter by. In the foreground it
/// tells nobody.
class starter_link {
public:
    starter_link() = default;
    explicit starter_link(int fd) : fd_(fd) {}
    /// The control socket answers: the starter ends with code 0.
    void ready();
    /// It did not work: the starter prints `text` and ends with `code`.
    void failed(int code, std::string const& text);
    [[nodiscard]] bool is_background() const { return was_background_; }
    static starter_link background(int fd) {
        starter_link l(fd);
        l.was_background_ = true;
        return l;
    }

private:
    void tell(char code, std::string const& text);
    int fd_ = -1;
    bool was_background_ = false;
};

/// Forks: the child goes on in a session of its own, with no descriptor but the link's and its standard
/// streams on /dev/null. The parent waits for the child's word and does not return.
[[nodiscard]] starter_link go_to_background();

} // namespace daskd::app
