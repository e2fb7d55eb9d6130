// Moves the wall clock of one process, and what the kernel says of it; boot time stays as it is. Loaded with LD_PRELOAD.
// The file named by LOCKBRIDGE_TEST_CLOCK holds `OFFSET_SECONDS SYNCHRONISED`, read again on every call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static void setting(long *offset, int *synchronised) {
    *offset = 0;
    *synchronised = 1;
    const char *path = getenv("LOCKBRIDGE_TEST_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    char text[64] = {0}, *rest = text;
    if (read(file, text, sizeof text - 1) > 0) {
        *offset = strtol(text, &rest, 10);
        *synchronised = (int)strtol(rest, NULL, 10);
    }
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        long offset;
        int synchronised;
        setting(&offset, &synchronised);
        time->tv_sec += offset;
    }
    return result;
}

int gettimeofday(struct timeval *time, void *zone) {
    (void)zone;
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}

int adjtimex(struct timex *state) {
    long offset;
    int synchronised;
    setting(&offset, &synchronised);
    memset(state, 0, sizeof *state);
    if (!synchronised) state->status = STA_UNSYNC;
    return synchronised ? TIME_OK : TIME_ERROR;
}
