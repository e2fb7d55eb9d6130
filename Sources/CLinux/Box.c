// The walls around a child, raised between fork and exec: system calls only, no libc that allocates or takes locks.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: - Files (landlock(7))

// Rights by the version of the interface that brought them; the headers of Debian 12 know the first two.
static const uint64_t files_of_version[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
// What makes sense on something that is no folder: execute, write, read, truncate, ioctl on devices.
static const uint64_t of_a_file = 0x1 | 0x2 | 0x4 | 0x4000 | 0x8000;
// execute, read file, read folder
static const uint64_t reading = 0x1 | 0x4 | 0x8;

typedef struct {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
} ruleset;

static void allow(int rules, const char *const *paths, uint64_t rights) {
    for (; paths && *paths; paths++) {
        int path = open(*paths, O_PATH | O_CLOEXEC);
        if (path < 0) continue;  // What is not there needs no rule.
        struct stat info;
        uint64_t granted = fstat(path, &info) == 0 && S_ISDIR(info.st_mode) ? rights : rights & of_a_file;
        struct landlock_path_beneath_attr rule = {.allowed_access = granted, .parent_fd = path};
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        close(path);
    }
}

static int wall_in_files(const lb_box *box) {
    long version = syscall(SYS_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    ruleset handled = {.files = files_of_version[version > 5 ? 5 : version]};
    // No TCP to bind or connect; no abstract socket and no process outside to reach.
    if (version >= 4 && !box->has_network) handled.network = 0x3;
    const struct {
        uint64_t allowed, port;
    } to_proxy = {0x2, box->loopback_port};
    if (version >= 6) handled.scopes = 0x3;
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    if (rules < 0) return 0;
    allow(rules, box->readable, handled.files & reading);
    allow(rules, box->writable, handled.files);
    if (handled.network && box->loopback_port) syscall(SYS_landlock_add_rule, rules, 2, &to_proxy, 0);
    int raised = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return raised ? lb_wall_files | (version >= 4 && !box->has_network ? lb_wall_tcp : 0) | (version >= 6 ? lb_wall_scopes : 0) : 0;
}

// MARK: - System calls (seccomp(2))

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no seccomp filter for this architecture"
#endif

// What looks into or moves other processes, the kernel or its namespaces. An adapter has no use for any of them.
static const int denied[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsmount,
    SYS_fsconfig, SYS_fspick, SYS_mount_setattr, SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_quotactl, SYS_acct, SYS_swapon,
    SYS_swapoff, SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_bpf, SYS_perf_event_open,
    SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_personality, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime,
    SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_vhangup, SYS_fanotify_init, SYS_lookup_dcookie,
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};
// New ways in that a filter can't look into: answered as by an old kernel, so that libraries take the old way.
static const int unknown[] = {SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};

enum { namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP };
enum { most_instructions = 2 * (sizeof denied + sizeof unknown) / sizeof(int) + 32 };

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IF_NOT(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define ANSWER(code) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int wall_in_calls(const lb_box *box) {
    struct sock_filter program[most_instructions];
    unsigned short count = 0;
#define ADD(...) program[count++] = (struct sock_filter)__VA_ARGS__
    ADD(LOAD(arch));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    ADD(LOAD(nr));
#if defined(__x86_64__)
    // The x32 numbers of the same calls.
    ADD(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    ADD(ANSWER(ENOSYS));
#endif
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        ADD(IF_NOT(denied[i], 1));
        ADD(ANSWER(EPERM));
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        ADD(IF_NOT(unknown[i], 1));
        ADD(ANSWER(ENOSYS));
    }
    // clone: threads and processes, and no namespace.
    ADD(IF_NOT(SYS_clone, 4));
    ADD(LOAD(args[0]));
    ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1));
    ADD(ANSWER(EPERM));
    ADD(ALLOW);
    // socket: unix, and internet where the manifest has it. No netlink, no packets, no bluetooth.
    ADD(IF_NOT(SYS_socket, 7));
    ADD(LOAD(args[0]));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 4, 0));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, box->has_network || box->loopback_port ? AF_INET : AF_UNIX, 3, 0));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, box->has_network ? AF_INET6 : AF_UNIX, 2, 0));
    ADD(ANSWER(EAFNOSUPPORT));
    ADD(ALLOW);
    ADD(ALLOW);
    ADD(ALLOW);
#undef ADD
    struct sock_fprog filter = {.len = count, .filter = program};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 ? lb_wall_calls : 0;
}

// MARK: - Capabilities(7)

// Root without capabilities owns files and is no more than their owner.
static int wall_in_capabilities(void) {
    for (int capability = 0; capability < 64; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    return syscall(SYS_capset, &header, none) == 0 ? lb_wall_capabilities : 0;
}

int lb_drop_capabilities(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return wall_in_capabilities() != 0 ? 0 : -1;
}

// MARK: - In order

int lb_wall_network(const lb_box *box) {
    // Needs a capability, so it comes before the change of user. An empty namespace: not even a loopback that is up.
    return !box->has_network && unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0 ? lb_wall_namespace : 0;
}

int lb_listen_on_loopback(uint16_t port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return -1;
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (ioctl(listener, SIOCSIFFLAGS, &loopback) == 0 && bind(listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, 16) == 0)
        return listener;
    close(listener);
    return -1;
}

int lb_wall_in(const lb_box *box) {
    int walls = wall_in_capabilities();
    walls |= wall_in_files(box);
    return walls | wall_in_calls(box);
}
