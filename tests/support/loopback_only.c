/* Grid Engine listens on all interfaces, whatever it is told: preloaded, this makes it listen on 127.0.0.1. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in in;

    if (address->sa_family != AF_INET || length < sizeof in)
        return real(fd, address, length);
    in = *(const struct sockaddr_in *)address;
    if (in.sin_addr.s_addr == htonl(INADDR_ANY))
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return real(fd, (struct sockaddr *)&in, sizeof in);
}
