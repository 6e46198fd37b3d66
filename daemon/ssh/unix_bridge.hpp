#pragma once

#include <string>
#include <string_view>

namespace daskd::ssh {

/// One word for a POSIX shell.
[[nodiscard]] inline std::string shell_word(std::string_view word) {
    std::string text = "'";
    for (char const c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// A Python program that carries bytes between its own input and output and the Unix socket that it is given.
/// It closes its error output with its output: sshd tells of the end of both at once.
inline constexpr std::string_view unix_bridge = R"(import os, select, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
ways = {0: s.sendall, s.fileno(): sys.stdout.buffer.raw.write}
while ways:
    for fd in select.select(list(ways), [], [])[0]:
        data = os.read(fd, 65536)
        if data:
            while data:
                data = data[ways[fd](data) or len(data):]
            continue
        del ways[fd]
        s.shutdown(socket.SHUT_WR) if fd == 0 else os.closerange(1, 3)
)";

} // namespace daskd::ssh
