// The floor's locks: a child process over pipes. A line `u|l|r NUMBER LOCK` runs the motor or reads, and is answered `NUMBER BOLT`.
// Every motor run is written to the move log, one line by one write(2), before it turns and after it has stopped.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int move_log;

static void note(const char *lock, const char *move, const char *phase) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm day;
    gmtime_r(&now.tv_sec, &day);
    char line[256];
    char at[32];
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &day);
    int length = snprintf(line, sizeof line, "{\"lock\":\"%s\",\"move\":\"%s\",\"phase\":\"%s\",\"at\":\"%s.%03ldZ\"}\n", lock, move, phase, at,
                          now.tv_nsec / 1000000);
    if (write(move_log, line, (size_t)length) != length) exit(1);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    FILE *names = fopen(arguments[1], "r");
    move_log = open(arguments[2], O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (!names || move_log < 0) return 1;
    char (*name)[72] = NULL;
    char *bolts = NULL;
    int locks = 0, room = 0;
    char line[72];
    while (fscanf(names, "%71s%*[^\n]", line) == 1) {
        if (locks == room) {
            room = room ? 2 * room : 1024;
            name = realloc(name, (size_t)room * sizeof *name);
            bolts = realloc(bolts, (size_t)room);
            if (!name || !bolts) return 1;
        }
        strcpy(name[locks], line);
        bolts[locks++] = 'l';
    }
    char input[65536], output[65536];
    size_t held = 0;
    for (;;) {
        ssize_t got = read(0, input + held, sizeof input - held);
        if (got <= 0) return 0;
        held += (size_t)got;
        size_t start = 0, length = 0;
        char *end;
        while ((end = memchr(input + start, '\n', held - start))) {
            *end = 0;
            long number;
            int lock;
            char verb;
            if (sscanf(input + start, "%c %ld %d", &verb, &number, &lock) != 3 || lock < 0 || lock >= locks) return 1;
            if (verb != 'r' && bolts[lock] != verb) {
                const char *move = verb == 'u' ? "unlock" : "lock";
                note(name[lock], move, "start");
                bolts[lock] = verb;
                note(name[lock], move, "end");
            }
            length += (size_t)snprintf(output + length, sizeof output - length, "%ld %c\n", number, bolts[lock]);
            start = (size_t)(end - input) + 1;
            if (length > sizeof output - 64) {
                if (write(1, output, length) != (ssize_t)length) return 1;
                length = 0;
            }
        }
        memmove(input, input + start, held - start);
        held -= start;
        if (length > 0 && write(1, output, length) != (ssize_t)length) return 1;
    }
}
