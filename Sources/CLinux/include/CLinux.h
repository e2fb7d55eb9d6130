// What Linux offers and Swift's Glibc module does not show. One function per system call (or per step that must be one),
// no state, no allocation. Unless a comment says otherwise a function answers -1 with errno set when it fails, and every
// descriptor it makes is close-on-exec. Units are in the names.
#pragma once
#include <stdint.h>

// MARK: - Readiness: epoll, eventfd, timerfd, signalfd

// Bits of interest and of readiness. A hang-up and an error are reported whether or not they were asked for.
enum { lb_readable = 1, lb_writable = 2, lb_hangup = 4, lb_error = 8 };
enum { lb_epoll_add = 1, lb_epoll_remove = 2, lb_epoll_change = 3 };

typedef struct {
    uint64_t token;
    uint32_t readiness;
} lb_event;

int lb_epoll_create(void);
int lb_epoll_control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t token);
// Waits without limit of time for up to `capacity` (at most 64) events; answers how many, 0 when a signal interrupted.
int lb_epoll_wait(int epoll, lb_event *events, int capacity);

int lb_eventfd(void);
// Adds one to the counter; a full counter is as good as an added one, so this cannot fail on a live eventfd.
void lb_eventfd_signal(int descriptor);
void lb_eventfd_clear(int descriptor);

int lb_timerfd(void);
// Arms for an absolute time on CLOCK_BOOTTIME (which goes on counting while the machine sleeps); negative disarms.
int lb_timerfd_arm(int descriptor, int64_t boot_milliseconds);
void lb_timerfd_clear(int descriptor);

// Blocks the signals in the calling thread (call it before others start) and makes a descriptor that reads them.
int lb_signalfd(const int *signals, int count);
// The next signal, 0 when there is none.
int lb_signalfd_next(int descriptor);
int lb_ignore_sigpipe(void);
// For the calling worker thread: blocks every signal, so that the loop's thread alone sees them, and takes a name (15 bytes).
void lb_prepare_worker(const char *name);

// MARK: - Clocks

int64_t lb_boot_milliseconds(void);
int64_t lb_wall_milliseconds(void);
// 1 when the kernel says its wall clock is disciplined, 0 when not.
int lb_wall_clock_synchronised(void);

// MARK: - Pipes and sockets

int lb_pipe(int descriptors[2]);
int lb_set_nonblocking(int descriptor);

// Stream sockets of the unix family. Paths are NUL-terminated and at most 107 bytes: ENAMETOOLONG beyond.
int lb_unix_socket(void);
int lb_unix_pair(int descriptors[2]);
int lb_unix_bind(int socket, const char *path);
int lb_unix_connect(int socket, const char *path);
// Accepted sockets are non-blocking.
int lb_accept(int socket);
int lb_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);
// The peer's supplementary groups as they were when it connected; answers how many, or -1 with ERANGE when there are more.
int lb_peer_groups(int socket, uint32_t *groups, int capacity);

// MARK: - Children

// The step a spawn failed at; 0 is no failure.
enum {
    lb_step_pipes = 1,
    lb_step_fork,
    lb_step_descriptors,
    lb_step_limits,
    lb_step_identity,
    lb_step_directory,
    lb_step_privileges,
    lb_step_execute,
};

// Walls that can stand around a child; which of them do depends on the kernel and on whether the parent is root.
enum {
    lb_wall_files = 1,       // landlock: no file but those named
    lb_wall_tcp = 2,         // landlock: no TCP
    lb_wall_scopes = 4,      // landlock: no abstract socket and no signal beyond the box
    lb_wall_calls = 8,       // seccomp: no call that reaches into other processes or the kernel; no socket but unix without network
    lb_wall_namespace = 16,  // an empty network namespace
    lb_wall_user = 32,       // a user of its own
    lb_wall_capabilities = 64,
};

typedef struct {
    int has_network;
    // Without network: where in its own empty namespace it may connect to, on 127.0.0.1; 0 for nowhere.
    uint16_t loopback_port;
    const char *const *readable;       // files and folders it may read and execute, NULL-terminated
    const char *const *writable;       // and those it may write
} lb_box;

// For the child between fork and exec: before the change of user, and last of all. Each answers the walls that stand.
int lb_wall_network(const lb_box *box);
// In a namespace of one's own: a socket that listens on 127.0.0.1, whose loopback it brings up.
int lb_listen_on_loopback(uint16_t port);
int lb_wall_in(const lb_box *box);

// For a process that has opened what it needed a capability for: gives up all of them for good.
int lb_drop_capabilities(void);

typedef struct {
    const char *executable;            // an absolute path: PATH is not searched
    char *const *arguments;            // with the program's name first, NULL-terminated
    char *const *environment;          // the whole of it, NULL-terminated
    const char *working_directory;
    int64_t open_files;                // negative: as in the parent
    int64_t processes;                 // negative: as in the parent
    int64_t processor_seconds;         // negative: as in the parent
    int64_t user;                      // negative: as in the parent; else `group` is set too and the others are dropped
    int64_t group;
    const lb_box *box;                 // NULL: no walls
    int handed_in;                     // the child's descriptor 3; negative for none
} lb_spawn_request;

typedef struct {
    int pid;
    int process;                       // pidfd
    int input, output, error;          // the parent's ends of the child's 0, 1 and 2
    int walls;                         // those that stand
    int loopback;                      // listens at the box's loopback_port; -1 where there is none
} lb_spawned;

// Starts a child: own session, limits, no core files, user, SIGKILL when the calling *thread* ends, no new privileges,
// signals as after boot, and no descriptor but 0, 1, 2 and the one handed in. Returns when the program runs (0) or with the step that failed
// and its errno in `code`. Blocks for as long as the executable's file system takes to answer.
int lb_spawn(const lb_spawn_request *request, lb_spawned *spawned, int *code);

// Kills every process of a user, which must not be root or our own. Blocks until the kill was sent.
int lb_kill_all_of(uint32_t user);

int lb_pidfd_open(int pid);
// Reaps an ended child: `signal` is the signal that ended it or 0, then `status` is its exit status. EAGAIN: not ended yet.
int lb_reap(int pid, int *signal, int *status);
