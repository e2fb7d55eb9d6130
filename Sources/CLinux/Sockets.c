#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int lb_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

int lb_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int lb_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int lb_unix_pair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, descriptors);
}

static int address(const char *path, struct sockaddr_un *result) {
    memset(result, 0, sizeof *result);
    result->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof result->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(result->sun_path, path);
    return 0;
}

int lb_unix_bind(int socket, const char *path) {
    struct sockaddr_un name;
    if (address(path, &name) != 0) return -1;
    return bind(socket, (const struct sockaddr *)&name, sizeof name);
}

int lb_unix_connect(int socket, const char *path) {
    struct sockaddr_un name;
    if (address(path, &name) != 0) return -1;
    return connect(socket, (const struct sockaddr *)&name, sizeof name);
}

int lb_accept(int socket) { return accept4(socket, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int lb_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

int lb_peer_groups(int socket, uint32_t *groups, int capacity) {
    _Static_assert(sizeof(gid_t) == sizeof(uint32_t), "group ids are 32 bits");
    socklen_t size = (socklen_t)capacity * sizeof(uint32_t);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0) return -1;
    return (int)(size / sizeof(uint32_t));
}
