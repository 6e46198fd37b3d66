#include "ctl/top/terminal.hpp"

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cwchar>
#include <langinfo.h>
#include <string>
#include <string_view>

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <ncurses.h>

namespace daskd::ctl::top {
namespace {

constexpr int control_c = 3;
constexpr int control_l = 12;
constexpr int control_z = 26;
constexpr int escape_delay_ms = 25;

short number_of(color hue) {
    switch (hue) {
    case color::red: return COLOR_RED;
    case color::green: return COLOR_GREEN;
    case color::yellow: return COLOR_YELLOW;
    case color::blue: return COLOR_BLUE;
    case color::magenta: return COLOR_MAGENTA;
    case color::cyan: return COLOR_CYAN;
    case color::plain:
    case color::dim:
    case color::bold: break;
    }
    return -1;
}

short pair_of(color hue) {
    return static_cast<short>(number_of(hue) + 1); // 0 is the terminal's own
}

/// For a terminal that knows ASCII only.
std::wstring as_ascii(std::wstring text) {
    for (auto& c : text) {
        constexpr wchar_t arrow = L'\u2192';
        if (c == arrow) c = L'>';
        constexpr wchar_t last = 0x7E;
        if (c > last) c = L'?';
    }
    return text;
}

std::wstring decoded(std::string_view utf8) {
    std::wstring text;
    for (std::size_t i = 0; i < utf8.size();) {
        auto const first = static_cast<unsigned char>(utf8[i]);
        std::size_t const length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        auto code = static_cast<unsigned>(length == 1 ? first : first & (0xFFU >> (length + 1)));
        for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k)
            code = code << 6U | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
        text += static_cast<wchar_t>(code);
        i += length;
    }
    return text;
}

special special_of(int code) {
    switch (code) {
    case KEY_UP: return special::up;
    case KEY_DOWN: return special::down;
    case KEY_PPAGE: return special::page_up;
    case KEY_NPAGE: return special::page_down;
    case KEY_HOME: return special::home;
    case KEY_END: return special::end;
    case KEY_ENTER:
    case '\r':
    case '\n': return special::enter;
    case KEY_BACKSPACE:
    case '\b':
    case 0x7F: return special::backspace;
    case 0x1B: return special::escape;
    default: return special::none;
    }
}

} // namespace

result<std::unique_ptr<terminal>> terminal::open(bool is_colored) {
    if (std::setlocale(LC_ALL, "") == nullptr) std::setlocale(LC_ALL, "C.UTF-8");
    bool const is_known = ::newterm(nullptr, stdout, stdin) != nullptr;
    // One that cannot move its cursor is a typewriter.
    if (!is_known || ::tigetstr("cup") == nullptr) {
        if (is_known) ::endwin();
        char const* kind = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe): one thread
        return error{errc::usage,
                     std::string("top cannot draw on this terminal: TERM is '") +
                         (kind == nullptr ? "" : kind) + "'",
                     "try: TERM=xterm daskctl top; or: daskctl status --watch"};
    }
    return std::unique_ptr<terminal>(new terminal(is_colored));
}

terminal::terminal(bool is_colored)
    : is_colored_(is_colored && ::has_colors()),
      is_utf8_(std::string_view(::nl_langinfo(CODESET)) == "UTF-8") {
    ::raw(); // Ctrl-C is a key
    ::noecho();
    ::nonl();
    ::keypad(stdscr, true);
    ::nodelay(stdscr, true);
    ::curs_set(0);
    ::set_escdelay(escape_delay_ms);
    if (!is_colored_) return;
    ::start_color();
    ::use_default_colors();
    for (auto const hue : {color::red, color::green, color::yellow, color::blue, color::magenta, color::cyan})
        ::init_pair(pair_of(hue), number_of(hue), -1);
}

terminal::~terminal() {
    ::endwin();
}

extent terminal::size() const {
    return {static_cast<std::size_t>(::getmaxy(stdscr)), static_cast<std::size_t>(::getmaxx(stdscr))};
}

glyphs const& terminal::can_draw() const {
    return is_utf8_ ? unicode_glyphs() : ascii_glyphs();
}

std::optional<key> terminal::read_key() {
    for (;;) {
        int const code = ::getch();
        if (code == ERR) return std::nullopt;
        if (code == control_c) return key{special::none, 'q'};
        if (code == control_l) ::clearok(stdscr, true);
        if (code == control_z) std::raise(SIGTSTP); // ncurses gives the terminal back, and takes it again
        if (auto const what = special_of(code); what != special::none) return key{what, 0};
        if (code >= ' ' && code < 0x7F) return key{special::none, static_cast<char>(code)};
    }
}

void terminal::draw(frame const& lines) {
    auto const columns = static_cast<int>(size().columns);
    ::erase();
    for (std::size_t row = 0; row < lines.size(); ++row) {
        ::move(static_cast<int>(row), 0);
        int used = 0;
        for (auto const& s : lines[row]) {
            attr_t how = A_NORMAL;
            if (s.is_bold || s.hue == color::bold) how |= A_BOLD;
            if (s.is_reversed) how |= A_REVERSE;
            if (s.hue == color::dim) how |= A_DIM;
            ::attr_set(how, is_colored_ ? pair_of(s.hue) : short{0}, nullptr);
            auto text = decoded(s.text);
            if (!is_utf8_) text = as_ascii(std::move(text));
            // A wide character takes two places: what would go to the next line is cut.
            std::size_t n = 0;
            for (; n < text.size(); ++n) {
                auto const places = std::max(0, ::wcwidth(text[n]));
                if (used + places > columns) break;
                used += places;
            }
            ::addnwstr(text.c_str(), static_cast<int>(n));
        }
    }
    ::attr_set(A_NORMAL, 0, nullptr);
    ::refresh();
}

} // namespace daskd::ctl::top
