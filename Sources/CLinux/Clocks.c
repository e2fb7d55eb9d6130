#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/timex.h>
#include <time.h>

static int64_t milliseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;  // cannot fail for the two clocks below
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t lb_boot_milliseconds(void) { return milliseconds(CLOCK_BOOTTIME); }
int64_t lb_wall_milliseconds(void) { return milliseconds(CLOCK_REALTIME); }

int lb_wall_clock_synchronised(void) {
    struct timex state = {0};
    int verdict = adjtimex(&state);
    return verdict >= 0 && verdict != TIME_ERROR && !(state.status & STA_UNSYNC);
}
