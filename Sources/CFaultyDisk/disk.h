// The files of a disk, below SQLite's view of them.
#ifndef FAULTY_DISK_FILES_H
#define FAULTY_DISK_FILES_H

#include <pthread.h>
#include <sqlite3.h>

#include "CFaultyDisk.h"

#define SECTOR 512
#define LOCK_SLOTS SQLITE_SHM_NLOCK

typedef struct {
    uint8_t *bytes;
    int64_t size;
    int64_t room;
} content;

// A write since the last sync; a truncation has no bytes.
typedef struct pending {
    struct pending *next;
    int64_t offset;
    int64_t length;
    uint8_t bytes[];
} pending;

typedef struct stored_file {
    struct stored_file *next;
    char *path;
    content now, platter, remembered;
    bool is_remembered;
    pending *first, *last;
    int open;
    bool is_deleted;
    // SQLite's locks: of the file, and of its shared memory.
    int shared, reserved, waiting, exclusive;
    void **regions;
    int region_count, region_bytes, mapped;
    int shm_shared[LOCK_SLOTS];
    bool shm_exclusive[LOCK_SLOTS];
} stored_file;

struct faulty_disk {
    sqlite3_vfs vfs;
    char *name;
    uint64_t state;
    uint64_t operations, planned_at;
    int fault;
    bool is_planned, has_struck, is_full, has_no_power;
    // Raised by a loss of power: connections opened before it are dead.
    uint64_t power;
    stored_file *files;
    // Shared memory that connections from before a loss of power may still look at.
    void **gone;
    int gone_count;
    pthread_mutex_t mutex;
};

stored_file *disk_find(const faulty_disk *disk, const char *path);
stored_file *disk_add(faulty_disk *disk, const char *path);
void disk_close(faulty_disk *disk, stored_file *file);
void disk_delete(faulty_disk *disk, stored_file *file);
void disk_forget_shared_memory(faulty_disk *disk, stored_file *file);
int disk_write(faulty_disk *disk, stored_file *file, const void *bytes, int64_t length, int64_t offset);
int disk_truncate(faulty_disk *disk, stored_file *file, int64_t size);
int disk_sync(faulty_disk *disk, stored_file *file);

#endif
