#include "daemon/launch/agent_file.hpp"

#include "common/read_file.hpp"
#include "daemon/launch/agent_program.hpp"

#include <cstring>
#include <fstream>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace daskd::launch {

result<void> write_agent_program(cluster_paths const& paths) {
    auto const path = paths.agent_program();
    std::string_view const program(reinterpret_cast<char const*>(agent_program_data), agent_program_size);
    if (read_file(path) == program) return {};
    auto const temporary = path.string() + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(program.data(), static_cast<std::streamsize>(program.size()));
    file.close();
    std::error_code ec;
    if (file) std::filesystem::rename(temporary, path, ec);
    if (!file || ec)
        return error{errc::failed, "cannot write " + path.string(),
                     "is the file system of the runtime directory full?"};
    return {};
}

result<async::unique_fd> listen_for_child(std::filesystem::path const& path) {
    async::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    bool const listens = fd && ::fchmod(fd.get(), 0600) == 0 &&
                         ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                         ::listen(fd.get(), 16) == 0;
    if (!listens) return system_error("cannot listen on " + path.string());
    return fd;
}

} // namespace daskd::launch
