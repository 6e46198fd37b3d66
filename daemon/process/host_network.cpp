#include "daemon/process/host_network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

namespace daskd::process {
namespace {

void add(std::vector<std::string>& all, std::string one) {
    if (!one.empty() && std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

std::string text_of(sockaddr const* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    void const* bytes = nullptr;
    if (address->sa_family == AF_INET)
        bytes = &reinterpret_cast<sockaddr_in const*>(address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = &reinterpret_cast<sockaddr_in6 const*>(address)->sin6_addr;
    if (bytes == nullptr || ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr)
        return "";
    return text.data();
}

} // namespace

host_network read_host_network() {
    host_network found;
    found.host_names = {"localhost"};
    found.addresses = {"127.0.0.1", "::1"};
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) add(found.host_names, name.data());

    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return found;
    std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const owner(list, &::freeifaddrs);
    for (auto const* one = list; one != nullptr; one = one->ifa_next) {
        add(found.interfaces, one->ifa_name);
        if (one->ifa_addr != nullptr) add(found.addresses, text_of(one->ifa_addr));
    }
    return found;
}

} // namespace daskd::process
