// A disk that fills up or fails under one process. Loaded with LD_PRELOAD.
// The file named by LOCKBRIDGE_TEST_DISK holds `full`, `failing` or anything else, read again on every call; `full` leaves exactly the room
// of the journal's reserve, which is there when the file `reserve` is not.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int mode_is(const char *mode) {
    const char *path = getenv("LOCKBRIDGE_TEST_DISK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    char text[16] = {0};
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 && strncmp(text, mode, strlen(mode)) == 0;
}

// The descriptor's path when it is a file of the journal's; else an empty one.
static void journal_file(int descriptor, char path[4096]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, 4095);
    path[count > 0 ? count : 0] = 0;
    const char *name = strrchr(path, '/');
    const char *names[] = {"/journal.sqlite", "/journal.sqlite-wal", "/anchor.new", "/reserve.new", "/snapshot.new"};
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return;
    path[0] = 0;
}

static int has_no_room(int descriptor, off_t end) {
    char path[4096];
    struct stat status;
    journal_file(descriptor, path);
    if (!path[0] || fstat(descriptor, &status) != 0 || end <= status.st_size || !mode_is("full")) return 0;
    strcpy(strrchr(path, '/'), "/reserve");
    if (access(path, F_OK) != 0) return 0;
    errno = ENOSPC;
    return 1;
}

#define REAL(name, ...) static ssize_t (*real)(__VA_ARGS__); if (!real) real = (ssize_t (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t place) {
    REAL("pwrite64", int, const void *, size_t, off64_t);
    return has_no_room(descriptor, place + (off_t)count) ? -1 : real(descriptor, bytes, count, place);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t place) {
    REAL("pwrite", int, const void *, size_t, off_t);
    return has_no_room(descriptor, place + (off_t)count) ? -1 : real(descriptor, bytes, count, place);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL("write", int, const void *, size_t);
    off_t place = lseek(descriptor, 0, SEEK_CUR);
    return place >= 0 && has_no_room(descriptor, place + (off_t)count) ? -1 : real(descriptor, bytes, count);
}

static int fails(int descriptor) {
    char path[4096];
    journal_file(descriptor, path);
    if (!path[0] || !mode_is("failing")) return 0;
    errno = EIO;
    return 1;
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return fails(descriptor) ? -1 : real(descriptor);
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails(descriptor) ? -1 : real(descriptor);
}

int statvfs(const char *path, struct statvfs *system) {
    static int (*real)(const char *, struct statvfs *);
    if (!real) real = (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
    int result = real(path, system);
    if (result == 0 && mode_is("full")) system->f_bavail = 0;
    return result;
}
