// Between fork and exec only async-signal-safe calls are made: the parent has other threads, and their locks are copied held.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// What the child tells before exec: a failure, the walls that stand, or a descriptor for its parent.
enum { walls_report = -1, loopback_report = -2 };

typedef struct {
    int step;
    int code;
} failure;

static void give_up(int status, int step) {
    failure report = {step, errno};
    (void)!write(status, &report, sizeof report);
    _exit(127);
}

// Gives a descriptor to the parent.
static void hand_over(int status, int descriptor) {
    failure report = {loopback_report, 0};
    char room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&report, sizeof report};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    __builtin_memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    (void)!sendmsg(status, &message, MSG_NOSIGNAL);
}

// One report; a descriptor that came with it stands in `handed`. Answers its size, 0 at the end.
static ssize_t receive(int status, failure *report, int *handed) {
    char room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {report, sizeof *report};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t got = recvmsg(status, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *rights = got > 0 ? CMSG_FIRSTHDR(&message) : 0;
    if (rights && rights->cmsg_type == SCM_RIGHTS) __builtin_memcpy(handed, CMSG_DATA(rights), sizeof *handed);
    return got;
}

static int limit(int resource, int64_t value) {
    if (value < 0) return 0;
    struct rlimit bound = {(rlim_t)value, (rlim_t)value};
    return setrlimit(resource, &bound);
}

static void become(const lb_spawn_request *request, const int stdio[3], int status, pid_t parent) {
    setsid();
    for (int i = 0; i < 3; i++)
        if (dup2(stdio[i], i) < 0) give_up(status, lb_step_descriptors);
    int first = 3;
    if (request->handed_in >= 0) {
        if (status == 3) status = fcntl(status, F_DUPFD_CLOEXEC, 4);
        if (request->handed_in == 3 ? fcntl(3, F_SETFD, 0) : dup2(request->handed_in, 3) < 0) give_up(status, lb_step_descriptors);
        first = 4;
    }
    // All but the way back, which ends by itself at exec: raising the walls takes descriptors below the limit set here.
    if ((status > first && syscall(SYS_close_range, first, status - 1, 0) != 0) || syscall(SYS_close_range, status + 1, ~0U, 0) != 0)
        give_up(status, lb_step_descriptors);

    if (limit(RLIMIT_CORE, 0) || limit(RLIMIT_NOFILE, request->open_files) || limit(RLIMIT_NPROC, request->processes) ||
        limit(RLIMIT_CPU, request->processor_seconds))
        give_up(status, lb_step_limits);

    int walls = request->box && geteuid() == 0 ? lb_wall_network(request->box) : 0;
    if (walls & lb_wall_namespace && request->box->loopback_port) {
        int listener = lb_listen_on_loopback(request->box->loopback_port);
        if (listener < 0) give_up(status, lb_step_privileges);
        hand_over(status, listener);
        close(listener);
    }
    if (request->user >= 0) {
        gid_t group = (gid_t)request->group;
        uid_t user = (uid_t)request->user;
        if (setgroups(0, 0) || setresgid(group, group, group) || setresuid(user, user, user)) give_up(status, lb_step_identity);
        walls |= lb_wall_user;
    }
    if (chdir(request->working_directory) != 0) give_up(status, lb_step_directory);

    // After the user: a change of user clears it. The parent may have died before it was set.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) give_up(status, lb_step_privileges);
    if (getppid() != parent) _exit(127);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(status, lb_step_privileges);

    // By the system call, as libc's sigaction refuses two signals of its own, which may be inherited ignored. All zero is
    // SIG_DFL in the kernel's struct of at most 32 bytes; KILL and STOP refuse.
    char standard[32] = {0};
    for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, standard, 0, 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);

    if (request->box) {
        walls |= lb_wall_in(request->box);
        failure report = {walls_report, walls};
        (void)!write(status, &report, sizeof report);
    }
    execve(request->executable, request->arguments, request->environment);
    give_up(status, lb_step_execute);
}

static void close_all(int *descriptors, int count) {
    for (int i = 0; i < count; i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
}

// A pipe, or a pair of sockets that keeps messages apart, whose ends are not among 0, 1, 2: a parent without standard descriptors would get those.
static int pipe_above_stdio(int ends[2], int is_pair) {
    int raw[2];
    if (is_pair ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, raw) : pipe2(raw, O_CLOEXEC)) return -1;
    for (int i = 0; i < 2; i++) {
        ends[i] = raw[i] > 2 ? raw[i] : fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
        int code = errno;
        if (ends[i] != raw[i]) close(raw[i]);
        if (ends[i] < 0) {
            close(i == 0 ? raw[1] : ends[0]);
            ends[0] = ends[1] = -1;
            errno = code;
            return -1;
        }
    }
    return 0;
}

int lb_spawn(const lb_spawn_request *request, lb_spawned *spawned, int *code) {
    // input, output, error, status: read end first
    int ends[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
    for (int i = 0; i < 4; i++)
        if (pipe_above_stdio(ends + 2 * i, i == 3) != 0) {
            *code = errno;
            close_all(ends, 8);
            return lb_step_pipes;
        }
    int stdio[3] = {ends[0], ends[3], ends[5]};

    // No handler of the parent may run in the child before exec.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) become(request, stdio, ends[7], parent);
    int fork_code = errno;
    pthread_sigmask(SIG_SETMASK, &before, 0);
    if (pid < 0) {
        *code = fork_code;
        close_all(ends, 8);
        return lb_step_fork;
    }

    close(ends[0]), close(ends[3]), close(ends[5]), close(ends[7]);
    ends[0] = ends[3] = ends[5] = ends[7] = -1;
    failure report = {0, 0}, told;
    int walls = 0, loopback = -1;
    ssize_t got;
    while ((got = receive(ends[6], &told, &loopback)) == sizeof told || (got < 0 && errno == EINTR)) {
        if (got < 0 || told.step == loopback_report) continue;
        if (told.step == walls_report) walls = told.code;
        else report = told;
    }
    int process = -1;
    if (report.step == 0 && (process = lb_pidfd_open(pid)) < 0) {
        report.step = lb_step_descriptors;
        report.code = errno;
        kill(pid, SIGKILL);
    }
    if (report.step != 0) {
        while (waitpid(pid, 0, 0) < 0 && errno == EINTR) {}
        close_all(ends, 8);
        close_all(&loopback, 1);
        *code = report.code;
        return report.step;
    }
    close(ends[6]);
    *spawned = (lb_spawned){.pid = pid, .process = process, .input = ends[1], .output = ends[2], .error = ends[4], .walls = walls, .loopback = loopback};
    return 0;
}

int lb_kill_all_of(uint32_t user) {
    if (user == 0 || user == getuid()) {
        errno = EINVAL;
        return -1;
    }
    pid_t pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        // As that user kill(-1) reaches all of its processes and nobody else's. By the calls, as libc would ask other threads along.
        if (syscall(SYS_setresuid, user, user, user) == 0) kill(-1, SIGKILL);
        _exit(0);
    }
    while (waitpid(pid, 0, 0) < 0 && errno == EINTR) {}
    return 0;
}

int lb_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }  // close-on-exec by itself

int lb_reap(int pid, int *signal, int *status) {
    int result;
    pid_t got = waitpid(pid, &result, WNOHANG);
    if (got == 0) errno = EAGAIN;
    if (got <= 0) return -1;
    *signal = WIFSIGNALED(result) ? WTERMSIG(result) : 0;
    *status = WIFEXITED(result) ? WEXITSTATUS(result) : 0;
    return 0;
}
