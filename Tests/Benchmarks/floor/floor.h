// The floor: what the gateway's duties cost when they are written in C for this one purpose and nothing else.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_LENGTH = 22, LINE = 4096 };

// MARK: - tokens.c: what a signed command says

typedef struct {
    char id[ID_LENGTH + 1];
    char grant[ID_LENGTH + 1];
    char grant_hash[64];
    char lock[72];
    char audience[32];
    long issued, expires;
    int open_seconds;
    bool is_lock;
} command;

void tokens_init(const char *public_key_hex);
// False for what is no command signed with the key. `check` is off for the run without work.
bool token_read(const char *payload, int length, bool check, command *out);

// MARK: - store.c: durable rows, one transaction for all that gathered while the disk synced

typedef enum { ROW_ACCEPTED, ROW_UNLOCKED, ROW_LOCK_ACCEPTED, ROW_SECURED } row_kind;

typedef struct {
    row_kind kind;
    int64_t number;
    int64_t operation;
    int lock;
    int64_t at;
    char id[ID_LENGTH + 1];
    char grant[ID_LENGTH + 1];
    char content[768];
} row;

// Opens the database and starts its thread; `wake` is an eventfd that is signalled after each commit.
void store_open(const char *path, int wake);
void store_put(const row *row);
// Everything up to this number is on disk.
int64_t store_durable(void);

// MARK: - table.c: names to numbers, and ids seen

typedef struct {
    char *keys;
    int32_t *values;
    size_t width, slots, count;
} table;

void table_init(table *t, size_t width, size_t expected);
// The value of a key, or -1.
int32_t table_find(const table *t, const char *key);
void table_put(table *t, const char *key, int32_t value);

void die(const char *what);
