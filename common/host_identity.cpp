#include "common/host_identity.hpp"

#include <climits>

#include <array>
#include <fstream>
#include <unistd.h>

namespace daskd {
namespace {

std::string read_hostname() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

std::string read_boot_id() {
    std::string id;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
    return id;
}

} // namespace

host_identity this_host() {
    return {read_hostname(), read_boot_id()};
}

bool is_elsewhere(host_identity const& owner, host_identity const& here) {
    return !owner.hostname.empty() && owner.hostname != here.hostname && owner.boot_id != here.boot_id;
}

} // namespace daskd
