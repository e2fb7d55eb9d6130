// A hash table with open addressing over keys of a fixed width.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "floor.h"

void die(const char *what) {
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static size_t slot_of(const table *t, const char *key) {
    uint64_t hash = 1469598103934665603u;
    for (const char *c = key; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    size_t slot = (hash ^ hash >> 32) & (t->slots - 1);
    while (t->values[slot] >= 0 && strncmp(t->keys + slot * t->width, key, t->width) != 0) slot = (slot + 1) & (t->slots - 1);
    return slot;
}

void table_init(table *t, size_t width, size_t expected) {
    t->width = width;
    t->count = 0;
    for (t->slots = 64; t->slots < 2 * expected; t->slots *= 2) {}
    t->keys = calloc(t->slots, width);
    t->values = malloc(t->slots * sizeof *t->values);
    if (!t->keys || !t->values) die("no memory");
    memset(t->values, -1, t->slots * sizeof *t->values);
}

int32_t table_find(const table *t, const char *key) { return t->values[slot_of(t, key)]; }

void table_put(table *t, const char *key, int32_t value) {
    if (2 * (t->count + 1) > t->slots) {
        table larger;
        table_init(&larger, t->width, 2 * t->slots);
        for (size_t i = 0; i < t->slots; i++)
            if (t->values[i] >= 0) table_put(&larger, t->keys + i * t->width, t->values[i]);
        free(t->keys);
        free(t->values);
        *t = larger;
    }
    size_t slot = slot_of(t, key);
    if (t->values[slot] < 0) t->count++;
    strncpy(t->keys + slot * t->width, key, t->width);
    t->values[slot] = value;
}
