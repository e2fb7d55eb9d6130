// A disk in memory for SQLite, which forgets what was not synced, tears writes, fills up and fails, at a moment that is told beforehand.
//
// Every file has what is on the platter and, in order, the writes since its last sync. Reads see both. When the power goes, the seed decides which
// sectors of those writes reached the platter. Nothing of it touches a real file, and the same calls with the same seed give the same disk.
// One process may use many disks; each is a VFS of its own name, made default for nobody.
#ifndef C_FAULTY_DISK_H
#define C_FAULTY_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct faulty_disk faulty_disk;

// What befalls one operation (a write, a truncation or a sync of any file).
enum {
    // All is well.
    FAULTY_DISK_NONE = 0,
    // The power goes: a write is torn, a sync never happens, and every operation fails until `faulty_disk_power_loss`.
    FAULTY_DISK_CRASH = 1,
    // A write that makes a file longer finds no room (SQLITE_FULL), and so do all later ones until `faulty_disk_plan` is called again.
    FAULTY_DISK_FULL = 2,
    // A write does the first half and fails (SQLITE_IOERR_WRITE); once.
    FAULTY_DISK_FAILED_WRITE = 3,
    // A sync fails (SQLITE_IOERR_FSYNC), and what was written since the last may or may not be on the platter; once.
    FAULTY_DISK_FAILED_SYNC = 4,
    // A sync says it is done and is not; once.
    FAULTY_DISK_LOST_SYNC = 5,
};

// How much of what was not synced survives a loss of power.
enum {
    // Nothing.
    FAULTY_DISK_KEEP_NOTHING = 0,
    // The first writes up to one the seed chooses, which is torn.
    FAULTY_DISK_KEEP_FIRST = 1,
    // Any sectors of any writes, as the seed chooses: later ones without earlier ones.
    FAULTY_DISK_KEEP_SOME = 2,
    // Everything.
    FAULTY_DISK_KEEP_ALL = 3,
};

// Makes a disk and registers it with SQLite under that name. NULL when memory is short or SQLite refuses.
faulty_disk *faulty_disk_make(const char *name, uint64_t seed);

// Unregisters and frees it. No connection may be open on it.
void faulty_disk_free(faulty_disk *disk);

// The fault that befalls the operation of that number, counted from the next one as 0; a fault that does not fit it waits for one it fits.
void faulty_disk_plan(faulty_disk *disk, int fault, uint64_t operation);

// Operations since the disk was made.
uint64_t faulty_disk_operations(const faulty_disk *disk);

// Whether the power went, or the planned fault befell something.
bool faulty_disk_has_struck(const faulty_disk *disk);

// The power goes, or went: what was not synced is kept as `keep` says. Connections still open see only failures from here on; close them.
void faulty_disk_power_loss(faulty_disk *disk, int keep);

// The process that had the files open ended: its connections see only failures from here on, and what it wrote stays as it is, synced or not.
void faulty_disk_end_process(faulty_disk *disk);

// A file's size, or -1 when there is none.
int64_t faulty_disk_size(const faulty_disk *disk, const char *path);

// Changes one byte of a file, as a failing platter or a hand does.
void faulty_disk_flip(faulty_disk *disk, const char *path, int64_t offset, uint8_t mask);

// Cuts a file off.
void faulty_disk_cut(faulty_disk *disk, const char *path, int64_t size);

// Remembers every file as it is now, for `faulty_disk_roll_back`, which puts them back. No connection may be open on it then.
void faulty_disk_remember(faulty_disk *disk);
void faulty_disk_roll_back(faulty_disk *disk);

#endif
