// Durable rows in SQLite: WAL, synchronous=FULL, one transaction for everything that came while the disk was syncing.
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "floor.h"

typedef struct {
    row *rows;
    size_t count, room;
} batch;

static sqlite3 *db;
static sqlite3_stmt *put_record, *put_id, *put_obligation, *mark_obligation, *end_obligation, *count_use, *begin, *commit;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static batch gathering;
static _Atomic int64_t durable;
static int wake_descriptor;

static void run(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE) die(sqlite3_errmsg(db));
    sqlite3_reset(statement);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) die(sqlite3_errmsg(db));
    return statement;
}

static void spend(const row *row) {
    sqlite3_bind_text(put_id, 1, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put_id, 2, row->number);
    sqlite3_bind_int64(put_id, 3, row->at + 720000);
    run(put_id);
}

static void write_row(const row *row) {
    sqlite3_bind_int64(put_record, 1, row->number);
    sqlite3_bind_int64(put_record, 2, row->at);
    sqlite3_bind_text(put_record, 3, row->content, -1, SQLITE_STATIC);
    run(put_record);
    switch (row->kind) {
    case ROW_ACCEPTED:
        spend(row);
        sqlite3_bind_int64(put_obligation, 1, row->operation);
        sqlite3_bind_int(put_obligation, 2, row->lock);
        run(put_obligation);
        sqlite3_bind_text(count_use, 1, row->grant, -1, SQLITE_STATIC);
        run(count_use);
        break;
    case ROW_UNLOCKED:
        sqlite3_bind_int64(mark_obligation, 1, row->operation);
        run(mark_obligation);
        break;
    case ROW_LOCK_ACCEPTED: spend(row); break;
    case ROW_SECURED:
        sqlite3_bind_int64(end_obligation, 1, row->operation);
        run(end_obligation);
        break;
    }
}

static void *work(void *unused) {
    (void)unused;
    batch writing = {0};
    for (;;) {
        pthread_mutex_lock(&lock);
        while (gathering.count == 0) pthread_cond_wait(&more, &lock);
        batch taken = gathering;
        gathering = writing;
        gathering.count = 0;
        pthread_mutex_unlock(&lock);
        writing = taken;
        run(begin);
        for (size_t i = 0; i < writing.count; i++) write_row(&writing.rows[i]);
        run(commit);
        atomic_store(&durable, writing.rows[writing.count - 1].number);
        uint64_t one = 1;
        if (write(wake_descriptor, &one, sizeof one) < 0) die("eventfd");
    }
    return NULL;
}

void store_open(const char *path, int wake) {
    wake_descriptor = wake;
    if (sqlite3_open(path, &db) != SQLITE_OK) die("the database");
    const char *schema =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE IF NOT EXISTS records (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, content TEXT NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS used_ids (jti TEXT PRIMARY KEY, n INTEGER NOT NULL, dropAfter INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS obligations (operation INTEGER PRIMARY KEY, lock INTEGER NOT NULL, unlocked INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS uses (id TEXT PRIMARY KEY, spent INTEGER NOT NULL) STRICT, WITHOUT ROWID;";
    if (sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK) die(sqlite3_errmsg(db));
    put_record = prepare("INSERT INTO records VALUES (?, ?, ?)");
    put_id = prepare("INSERT INTO used_ids VALUES (?, ?, ?)");
    put_obligation = prepare("INSERT INTO obligations VALUES (?, ?, 0)");
    mark_obligation = prepare("UPDATE obligations SET unlocked = 1 WHERE operation = ?");
    end_obligation = prepare("DELETE FROM obligations WHERE operation = ?");
    count_use = prepare("INSERT INTO uses VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET spent = spent + 1");
    begin = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0) die("a thread");
    pthread_detach(thread);
}

void store_put(const row *row_to_put) {
    pthread_mutex_lock(&lock);
    if (gathering.count == gathering.room) {
        gathering.room = gathering.room ? 2 * gathering.room : 64;
        gathering.rows = realloc(gathering.rows, gathering.room * sizeof(row));
        if (!gathering.rows) die("no memory");
    }
    gathering.rows[gathering.count++] = *row_to_put;
    bool is_first = gathering.count == 1;
    pthread_mutex_unlock(&lock);
    if (is_first) pthread_cond_signal(&more);
}

int64_t store_durable(void) { return atomic_load(&durable); }
