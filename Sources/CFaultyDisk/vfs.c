// SQLite's view of the disk: https://www.sqlite.org/c3ref/io_methods.html
#include <stdlib.h>
#include <string.h>

#include "disk.h"

typedef struct {
    sqlite3_file base;
    faulty_disk *disk;
    stored_file *file;
    uint64_t power;
    int level;
    bool is_mapped, deletes_on_close;
} open_file;

#define ENTER(opened) open_file *it = (open_file *)(opened); faulty_disk *disk = it->disk; pthread_mutex_lock(&disk->mutex)
#define LEAVE(result) do { int code = (result); pthread_mutex_unlock(&disk->mutex); return code; } while (0)
// A connection from before the power went, or while there is none, gets nothing.
#define DEAD (disk->has_no_power || it->power != disk->power)

static void unlock_to(open_file *it, int level) {
    if (it->power != it->disk->power) return;
    stored_file *file = it->file;
    if (it->level == SQLITE_LOCK_EXCLUSIVE && level < SQLITE_LOCK_EXCLUSIVE) file->exclusive--;
    if (it->level >= SQLITE_LOCK_PENDING && level < SQLITE_LOCK_PENDING) file->waiting--;
    if (it->level >= SQLITE_LOCK_RESERVED && level < SQLITE_LOCK_RESERVED) file->reserved--;
    if (it->level >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED) file->shared--;
    it->level = level;
}

static int io_close(sqlite3_file *opened) {
    ENTER(opened);
    unlock_to(it, SQLITE_LOCK_NONE);
    if (it->deletes_on_close && it->file->path && !it->file->is_deleted) it->file->is_deleted = true;
    disk_close(disk, it->file);
    LEAVE(SQLITE_OK);
}

static int io_read(sqlite3_file *opened, void *bytes, int count, sqlite3_int64 offset) {
    ENTER(opened);
    if (DEAD) LEAVE(SQLITE_IOERR_READ);
    int64_t there = it->file->now.size - offset;
    if (there < 0) there = 0;
    if (there > count) there = count;
    if (there > 0) memcpy(bytes, it->file->now.bytes + offset, (size_t)there);
    if (there == count) LEAVE(SQLITE_OK);
    memset((uint8_t *)bytes + there, 0, (size_t)(count - there));
    LEAVE(SQLITE_IOERR_SHORT_READ);
}

static int io_write(sqlite3_file *opened, const void *bytes, int count, sqlite3_int64 offset) {
    ENTER(opened);
    if (DEAD) LEAVE(SQLITE_IOERR_WRITE);
    LEAVE(disk_write(disk, it->file, bytes, count, offset));
}

static int io_truncate(sqlite3_file *opened, sqlite3_int64 size) {
    ENTER(opened);
    if (DEAD) LEAVE(SQLITE_IOERR_TRUNCATE);
    LEAVE(disk_truncate(disk, it->file, size));
}

static int io_sync(sqlite3_file *opened, int flags) {
    (void)flags;
    ENTER(opened);
    if (DEAD) LEAVE(SQLITE_IOERR_FSYNC);
    LEAVE(disk_sync(disk, it->file));
}

static int io_size(sqlite3_file *opened, sqlite3_int64 *size) {
    ENTER(opened);
    if (DEAD) LEAVE(SQLITE_IOERR_FSTAT);
    *size = it->file->now.size;
    LEAVE(SQLITE_OK);
}

static int io_lock(sqlite3_file *opened, int level) {
    ENTER(opened);
    stored_file *file = it->file;
    if (DEAD) LEAVE(SQLITE_IOERR_LOCK);
    if (it->level >= level) LEAVE(SQLITE_OK);
    if (it->level < SQLITE_LOCK_SHARED) {
        if (file->waiting > 0 || file->exclusive > 0) LEAVE(SQLITE_BUSY);
        file->shared++;
        it->level = SQLITE_LOCK_SHARED;
    }
    if (level >= SQLITE_LOCK_RESERVED && it->level < SQLITE_LOCK_RESERVED) {
        if (file->reserved > 0) LEAVE(SQLITE_BUSY);
        file->reserved++;
        it->level = SQLITE_LOCK_RESERVED;
    }
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        if (it->level < SQLITE_LOCK_PENDING) {
            file->waiting++;
            it->level = SQLITE_LOCK_PENDING;
        }
        if (file->shared > 1) LEAVE(SQLITE_BUSY);
        file->exclusive++;
        it->level = SQLITE_LOCK_EXCLUSIVE;
    }
    LEAVE(SQLITE_OK);
}

static int io_unlock(sqlite3_file *opened, int level) {
    ENTER(opened);
    unlock_to(it, level);
    LEAVE(SQLITE_OK);
}

static int io_check_reserved(sqlite3_file *opened, int *is_reserved) {
    ENTER(opened);
    *is_reserved = it->file->reserved > 0;
    LEAVE(SQLITE_OK);
}

static int io_control(sqlite3_file *opened, int verb, void *argument) {
    (void)opened;
    (void)verb;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int io_sector_size(sqlite3_file *opened) {
    (void)opened;
    return 4096;
}

// As SQLite's own Unix VFS says of any disk.
static int io_characteristics(sqlite3_file *opened) {
    (void)opened;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int io_shm_map(sqlite3_file *opened, int region, int bytes, int extend, void volatile **memory) {
    ENTER(opened);
    stored_file *file = it->file;
    *memory = NULL;
    if (DEAD) LEAVE(SQLITE_IOERR_SHMMAP);
    if (!it->is_mapped) {
        it->is_mapped = true;
        file->mapped++;
    }
    if (region >= file->region_count) {
        if (!extend) LEAVE(SQLITE_OK);
        void **regions = realloc(file->regions, (size_t)(region + 1) * sizeof *regions);
        if (!regions) LEAVE(SQLITE_IOERR_NOMEM);
        file->regions = regions;
        file->region_bytes = bytes;
        while (file->region_count <= region) {
            if (!(regions[file->region_count] = calloc(1, (size_t)bytes))) LEAVE(SQLITE_IOERR_NOMEM);
            file->region_count++;
        }
    }
    *memory = file->regions[region];
    LEAVE(SQLITE_OK);
}

static int io_shm_lock(sqlite3_file *opened, int first, int count, int flags) {
    ENTER(opened);
    stored_file *file = it->file;
    bool locks = flags & SQLITE_SHM_LOCK, is_shared = flags & SQLITE_SHM_SHARED;
    if (it->power != disk->power) LEAVE(locks ? SQLITE_IOERR_SHMLOCK : SQLITE_OK);
    for (int slot = first; slot < first + count && locks; slot++)
        if (file->shm_exclusive[slot] || (!is_shared && file->shm_shared[slot] > 0)) LEAVE(SQLITE_BUSY);
    for (int slot = first; slot < first + count; slot++) {
        if (is_shared) file->shm_shared[slot] += locks ? 1 : -1;
        else file->shm_exclusive[slot] = locks;
    }
    LEAVE(SQLITE_OK);
}

static void io_shm_barrier(sqlite3_file *opened) {
    (void)opened;
    __sync_synchronize();
}

static int io_shm_unmap(sqlite3_file *opened, int deletes) {
    ENTER(opened);
    stored_file *file = it->file;
    if (it->is_mapped && it->power == disk->power) {
        it->is_mapped = false;
        if (--file->mapped == 0 && deletes) disk_forget_shared_memory(disk, file);
    }
    LEAVE(SQLITE_OK);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = io_close,
    .xRead = io_read,
    .xWrite = io_write,
    .xTruncate = io_truncate,
    .xSync = io_sync,
    .xFileSize = io_size,
    .xLock = io_lock,
    .xUnlock = io_unlock,
    .xCheckReservedLock = io_check_reserved,
    .xFileControl = io_control,
    .xSectorSize = io_sector_size,
    .xDeviceCharacteristics = io_characteristics,
    .xShmMap = io_shm_map,
    .xShmLock = io_shm_lock,
    .xShmBarrier = io_shm_barrier,
    .xShmUnmap = io_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *opened, int flags, int *given) {
    faulty_disk *disk = vfs->pAppData;
    open_file *it = (open_file *)opened;
    it->base.pMethods = NULL;
    pthread_mutex_lock(&disk->mutex);
    if (disk->has_no_power) LEAVE(SQLITE_CANTOPEN);
    stored_file *file = path ? disk_find(disk, path) : NULL;
    if (!file) {
        if (path && !(flags & SQLITE_OPEN_CREATE)) LEAVE(SQLITE_CANTOPEN);
        file = disk_add(disk, path);
    }
    if (!file) LEAVE(SQLITE_NOMEM);
    file->open++;
    *it = (open_file){.base = {&methods}, .disk = disk, .file = file, .power = disk->power,
                      .deletes_on_close = flags & SQLITE_OPEN_DELETEONCLOSE};
    if (given) *given = flags;
    LEAVE(SQLITE_OK);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs_folder) {
    (void)syncs_folder;
    faulty_disk *disk = vfs->pAppData;
    pthread_mutex_lock(&disk->mutex);
    stored_file *file = disk_find(disk, path);
    if (disk->has_no_power) LEAVE(SQLITE_IOERR_DELETE);
    if (!file) LEAVE(SQLITE_IOERR_DELETE_NOENT);
    disk_delete(disk, file);
    LEAVE(SQLITE_OK);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)flags;
    faulty_disk *disk = vfs->pAppData;
    pthread_mutex_lock(&disk->mutex);
    *result = disk_find(disk, path) != NULL;
    LEAVE(SQLITE_OK);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int room, char *full) {
    (void)vfs;
    sqlite3_snprintf(room, full, "%s", path);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    memset(bytes, 7, (size_t)count);
    return count;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *julian_day) {
    (void)vfs;
    *julian_day = 2461000.5;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int room, char *text) {
    (void)vfs;
    if (room > 0) text[0] = 0;
    return 0;
}

faulty_disk *faulty_disk_make(const char *name, uint64_t seed) {
    faulty_disk *disk = calloc(1, sizeof *disk);
    if (!disk) return NULL;
    disk->name = strdup(name);
    disk->state = seed;
    pthread_mutex_init(&disk->mutex, NULL);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(open_file),
        .mxPathname = 512,
        .zName = disk->name,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
    };
    if (disk->name && sqlite3_vfs_register(&disk->vfs, 0) == SQLITE_OK) return disk;
    free(disk->name);
    free(disk);
    return NULL;
}

void faulty_disk_free(faulty_disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    for (stored_file *file = disk->files; file; file = file->next) {
        file->open = 0;
        file->is_remembered = false;
    }
    while (disk->files) disk_delete(disk, disk->files);
    for (int i = 0; i < disk->gone_count; i++) free(disk->gone[i]);
    free(disk->gone);
    pthread_mutex_destroy(&disk->mutex);
    free(disk->name);
    free(disk);
}
