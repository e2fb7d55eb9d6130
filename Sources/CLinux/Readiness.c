#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

int lb_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int lb_epoll_control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {0};
    event.data.u64 = token;
    if (interest & lb_readable) event.events |= EPOLLIN;
    if (interest & lb_writable) event.events |= EPOLLOUT;
    int op = operation == lb_epoll_add ? EPOLL_CTL_ADD : operation == lb_epoll_remove ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    return epoll_ctl(epoll, op, descriptor, &event);
}

int lb_epoll_wait(int epoll, lb_event *events, int capacity) {
    struct epoll_event raw[64];
    int count = epoll_wait(epoll, raw, capacity < 64 ? capacity : 64, -1);
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        uint32_t bits = 0;
        if (raw[i].events & EPOLLIN) bits |= lb_readable;
        if (raw[i].events & EPOLLOUT) bits |= lb_writable;
        if (raw[i].events & EPOLLHUP) bits |= lb_hangup;
        if (raw[i].events & EPOLLERR) bits |= lb_error;
        events[i].token = raw[i].data.u64;
        events[i].readiness = bits;
    }
    return count;
}

int lb_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void lb_eventfd_signal(int descriptor) { (void)!eventfd_write(descriptor, 1); }

void lb_eventfd_clear(int descriptor) {
    eventfd_t value;
    (void)!eventfd_read(descriptor, &value);
}

int lb_timerfd(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int lb_timerfd_arm(int descriptor, int64_t boot_milliseconds) {
    struct itimerspec when = {0};
    if (boot_milliseconds >= 0) {
        when.it_value.tv_sec = boot_milliseconds / 1000;
        when.it_value.tv_nsec = (boot_milliseconds % 1000) * 1000000;
        if (boot_milliseconds == 0) when.it_value.tv_nsec = 1;  // all zero would disarm
    }
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, 0);
}

void lb_timerfd_clear(int descriptor) {
    uint64_t expirations;
    (void)!read(descriptor, &expirations, sizeof expirations);
}

int lb_signalfd(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++)
        if (sigaddset(&set, signals[i]) != 0) return -1;
    int failure = pthread_sigmask(SIG_BLOCK, &set, 0);
    if (failure != 0) {
        errno = failure;
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int lb_signalfd_next(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int lb_ignore_sigpipe(void) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    return sigaction(SIGPIPE, &action, 0);
}

void lb_prepare_worker(const char *name) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, 0);
    char shown[16] = {0};
    strncpy(shown, name, sizeof shown - 1);
    pthread_setname_np(pthread_self(), shown);
}
