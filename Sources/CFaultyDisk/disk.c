#include "disk.h"

#include <stdlib.h>
#include <string.h>

// SplitMix64.
static uint64_t next_random(faulty_disk *disk) {
    uint64_t z = (disk->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static bool resize(content *content, int64_t size) {
    if (size > content->room) {
        int64_t room = size * 2 > 65536 ? size * 2 : 65536;
        uint8_t *bytes = realloc(content->bytes, (size_t)room);
        if (!bytes) return false;
        content->bytes = bytes;
        content->room = room;
    }
    if (size > content->size) memset(content->bytes + content->size, 0, (size_t)(size - content->size));
    content->size = size;
    return true;
}

static bool put(content *content, const uint8_t *bytes, int64_t length, int64_t offset) {
    if (offset + length > content->size && !resize(content, offset + length)) return false;
    memcpy(content->bytes + offset, bytes, (size_t)length);
    return true;
}

static bool copy(content *to, const content *from) { return resize(to, 0) && resize(to, from->size) && (from->size == 0 || put(to, from->bytes, from->size, 0)); }

static void forget_pending(stored_file *file) {
    while (file->first) {
        pending *gone = file->first;
        file->first = gone->next;
        free(gone);
    }
    file->last = NULL;
}

static bool note(stored_file *file, const uint8_t *bytes, int64_t length, int64_t offset) {
    pending *write = malloc(sizeof *write + (size_t)length);
    if (!write) return false;
    write->next = NULL;
    write->offset = offset;
    write->length = bytes ? length : -1;
    if (bytes) memcpy(write->bytes, bytes, (size_t)length);
    if (file->last) file->last->next = write; else file->first = write;
    file->last = write;
    return true;
}

stored_file *disk_find(const faulty_disk *disk, const char *path) {
    for (stored_file *file = disk->files; file; file = file->next)
        if (!file->is_deleted && file->path && strcmp(file->path, path) == 0) return file;
    return NULL;
}

stored_file *disk_add(faulty_disk *disk, const char *path) {
    stored_file *file = calloc(1, sizeof *file);
    if (!file) return NULL;
    if (path && !(file->path = strdup(path))) {
        free(file);
        return NULL;
    }
    file->next = disk->files;
    disk->files = file;
    return file;
}

void disk_forget_shared_memory(faulty_disk *disk, stored_file *file) {
    for (int i = 0; i < file->region_count; i++) {
        void **gone = realloc(disk->gone, (size_t)(disk->gone_count + 1) * sizeof *gone);
        if (!gone) continue;
        disk->gone = gone;
        gone[disk->gone_count++] = file->regions[i];
    }
    free(file->regions);
    file->regions = NULL;
    file->region_count = 0;
}

static void destroy(faulty_disk *disk, stored_file *file) {
    for (stored_file **link = &disk->files; *link; link = &(*link)->next)
        if (*link == file) {
            *link = file->next;
            break;
        }
    forget_pending(file);
    disk_forget_shared_memory(disk, file);
    free(file->now.bytes);
    free(file->platter.bytes);
    free(file->remembered.bytes);
    free(file->path);
    free(file);
}

void disk_close(faulty_disk *disk, stored_file *file) {
    if (--file->open == 0 && (file->is_deleted || !file->path) && !file->is_remembered) destroy(disk, file);
}

void disk_delete(faulty_disk *disk, stored_file *file) {
    file->is_deleted = true;
    if (file->open == 0 && !file->is_remembered) destroy(disk, file);
}

// The fault of this operation, if it is its turn; `fits` is the faults that can befall it.
static int strikes(faulty_disk *disk, unsigned fits) {
    uint64_t number = disk->operations++;
    if (!disk->is_planned || number < disk->planned_at || !(fits & 1u << disk->fault)) return FAULTY_DISK_NONE;
    disk->is_planned = false;
    disk->has_struck = true;
    return disk->fault;
}

int disk_write(faulty_disk *disk, stored_file *file, const void *bytes, int64_t length, int64_t offset) {
    bool grows = offset + length > file->now.size;
    unsigned fits = 1u << FAULTY_DISK_CRASH | 1u << FAULTY_DISK_FAILED_WRITE | (grows ? 1u << FAULTY_DISK_FULL : 0);
    int fault = strikes(disk, fits);
    if (fault == FAULTY_DISK_FULL) disk->is_full = true;
    if (disk->is_full && grows) return SQLITE_FULL;
    if (fault == FAULTY_DISK_FAILED_WRITE) length /= 2;
    if (!put(&file->now, bytes, length, offset) || !note(file, bytes, length, offset)) return SQLITE_IOERR_NOMEM;
    if (fault == FAULTY_DISK_CRASH) disk->has_no_power = true;
    return fault == FAULTY_DISK_NONE ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int disk_truncate(faulty_disk *disk, stored_file *file, int64_t size) {
    int fault = strikes(disk, 1u << FAULTY_DISK_CRASH);
    if (!resize(&file->now, size) || !note(file, NULL, 0, size)) return SQLITE_IOERR_NOMEM;
    if (fault == FAULTY_DISK_CRASH) disk->has_no_power = true;
    return fault == FAULTY_DISK_NONE ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

// Brings writes to the platter as `keep` says.
static void settle(faulty_disk *disk, stored_file *file, int keep) {
    uint64_t count = 0, place = 0;
    for (pending *write = file->first; write; write = write->next) count++;
    uint64_t torn = count ? next_random(disk) % (count + 1) : 0;
    for (pending *write = file->first; write; write = write->next, place++) {
        if (keep == FAULTY_DISK_KEEP_NOTHING || (keep == FAULTY_DISK_KEEP_FIRST && place > torn)) break;
        bool whole = keep == FAULTY_DISK_KEEP_ALL || (keep == FAULTY_DISK_KEEP_FIRST && place < torn);
        if (write->length < 0) {
            if (whole || next_random(disk) & 1) resize(&file->platter, write->offset);
            continue;
        }
        for (int64_t done = 0; done < write->length;) {
            int64_t part = SECTOR - (write->offset + done) % SECTOR;
            if (part > write->length - done) part = write->length - done;
            if (whole || next_random(disk) & 1) put(&file->platter, write->bytes + done, part, write->offset + done);
            done += part;
        }
    }
    forget_pending(file);
}

int disk_sync(faulty_disk *disk, stored_file *file) {
    int fault = strikes(disk, 1u << FAULTY_DISK_CRASH | 1u << FAULTY_DISK_FAILED_SYNC | 1u << FAULTY_DISK_LOST_SYNC);
    switch (fault) {
    case FAULTY_DISK_CRASH:
        disk->has_no_power = true;
        return SQLITE_IOERR_FSYNC;
    case FAULTY_DISK_FAILED_SYNC:
        // As Linux does it: the pages count as clean, whether they are on the platter or not.
        settle(disk, file, FAULTY_DISK_KEEP_SOME);
        return SQLITE_IOERR_FSYNC;
    case FAULTY_DISK_LOST_SYNC: return SQLITE_OK;
    default:
        settle(disk, file, FAULTY_DISK_KEEP_ALL);
        return SQLITE_OK;
    }
}

void faulty_disk_plan(faulty_disk *disk, int fault, uint64_t operation) {
    pthread_mutex_lock(&disk->mutex);
    disk->fault = fault;
    disk->is_planned = fault != FAULTY_DISK_NONE;
    disk->planned_at = disk->operations + operation;
    disk->has_struck = false;
    disk->is_full = false;
    pthread_mutex_unlock(&disk->mutex);
}

uint64_t faulty_disk_operations(const faulty_disk *disk) { return disk->operations; }

bool faulty_disk_has_struck(const faulty_disk *disk) { return disk->has_struck; }

// Nobody has the files open any more; those who had see failures.
static void let_go(faulty_disk *disk) {
    disk->power++;
    for (stored_file *file = disk->files; file; file = file->next) {
        file->shared = file->reserved = file->waiting = file->exclusive = file->mapped = 0;
        disk_forget_shared_memory(disk, file);
        memset(file->shm_shared, 0, sizeof file->shm_shared);
        memset(file->shm_exclusive, 0, sizeof file->shm_exclusive);
    }
}

void faulty_disk_end_process(faulty_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    let_go(disk);
    pthread_mutex_unlock(&disk->mutex);
}

void faulty_disk_power_loss(faulty_disk *disk, int keep) {
    pthread_mutex_lock(&disk->mutex);
    let_go(disk);
    disk->has_no_power = false;
    disk->is_planned = false;
    disk->is_full = false;
    for (stored_file *file = disk->files; file; file = file->next) {
        settle(disk, file, keep);
        copy(&file->now, &file->platter);
    }
    pthread_mutex_unlock(&disk->mutex);
}

int64_t faulty_disk_size(const faulty_disk *disk, const char *path) {
    stored_file *file = disk_find(disk, path);
    return file ? file->now.size : -1;
}

void faulty_disk_flip(faulty_disk *disk, const char *path, int64_t offset, uint8_t mask) {
    stored_file *file = disk_find(disk, path);
    if (!file) return;
    if (offset < file->now.size) file->now.bytes[offset] ^= mask;
    if (offset < file->platter.size) file->platter.bytes[offset] ^= mask;
}

void faulty_disk_cut(faulty_disk *disk, const char *path, int64_t size) {
    stored_file *file = disk_find(disk, path);
    if (!file) return;
    if (size < file->now.size) resize(&file->now, size);
    if (size < file->platter.size) resize(&file->platter, size);
}

void faulty_disk_remember(faulty_disk *disk) {
    for (stored_file *file = disk->files; file; file = file->next) {
        file->is_remembered = !file->is_deleted && file->path != NULL;
        if (file->is_remembered) copy(&file->remembered, &file->now);
    }
}

void faulty_disk_roll_back(faulty_disk *disk) {
    for (stored_file *file = disk->files, *next; file; file = next) {
        next = file->next;
        forget_pending(file);
        if (!file->is_remembered) {
            destroy(disk, file);
            continue;
        }
        file->is_deleted = false;
        copy(&file->now, &file->remembered);
        copy(&file->platter, &file->remembered);
    }
    // Of two files of one path the older was deleted and made anew.
    for (stored_file *file = disk->files; file; file = file->next)
        for (stored_file *other = file->next, *next; other; other = next) {
            next = other->next;
            if (strcmp(file->path, other->path) == 0) destroy(disk, other);
        }
}
