// The floor: one process on libmosquitto that takes a signed unlock from the broker to a motor and back, with the gateway's duties:
//
//   unlock   signature, id not seen, grant as quoted → record and id durable → `accepted`, the notice retained, grant status, events
//            → the broker has the notice → the motor, by a child over pipes → record durable → `unlocked`, snapshots, events
//   lock     signature, id not seen → at once: read, motor, read; its record durable → `accepted`
//            → read back as locked → record durable → `secured` twice, the notice cleared, snapshots, events
//
// As many messages as the gateway publishes, of the same kinds and about the same size. One thread for everything but the disk, which
// has its own: what comes while it syncs is one transaction. Unacknowledged publishes are held to 256, because libmosquitto walks its list;
// the socket is corked while it is written, because libmosquitto writes each packet by itself.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include "floor.h"

enum { WINDOW = 256, RING = 1 << 16, PAYLOAD = 2048 };

typedef enum { IDLE, ANNOUNCING, UNLOCKING, UNLOCKED, LOOKING, LOCKING, CONFIRMING } step;

typedef struct {
    char name[72], grant[ID_LENGTH + 1], grant_hash[64], *token;
    int64_t operation;
    int uses;
    bool unlocked;
} lock_state;

typedef struct {
    step step;
    int lock;
    int64_t since;
    char id[ID_LENGTH + 1], lock_id[ID_LENGTH + 1];
} operation;

typedef struct {
    int64_t number, operation;
    row_kind kind;
} held;

typedef struct {
    char *topic, *payload;
    int length;
    bool retain;
    int64_t notice;
} publication;

static struct mosquitto *mosq;
static const char *root, *gateway, *retailer, *resident;
static char command_topic[256];
static bool works = true, is_subscribed, has_published_in_turn;
static lock_state *locks;
static int lock_count;
static table lock_numbers, used_ids;
static operation operations[RING];
static int64_t last_operation, last_record, sequences[2], publication_count;
static held held_ring[RING];
static size_t held_first, held_end;
static publication waiting[RING];
static size_t waiting_first, waiting_end;
static int unacknowledged;
static int64_t notice_of_packet[65536];
static int to_child = -1, from_child = -1, wake = -1;
static char child_output[1 << 16], child_input[1 << 16];
static size_t child_output_length, child_input_length;

// MARK: - Time

static int64_t now_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static const char *stamp(int64_t at, char *out) {
    time_t seconds = at / 1000;
    struct tm day;
    gmtime_r(&seconds, &day);
    size_t length = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &day);
    snprintf(out + length, 32 - length, ".%03uZ", (unsigned)(at % 1000));
    return out;
}

// MARK: - Publishing

static void give(const publication *p) {
    static mosquitto_property *json, *event;
    if (!json) mosquitto_property_add_string(&json, MQTT_PROP_CONTENT_TYPE, "application/json");
    if (!event) mosquitto_property_add_string(&event, MQTT_PROP_CONTENT_TYPE, "application/cloudevents+json");
    int packet = 0;
    const mosquitto_property *type = p->length == 0 ? NULL : strstr(p->topic, "/event") ? event : json;
    if (mosquitto_publish_v5(mosq, &packet, p->topic, p->length, p->payload, 1, p->retain, type) != MOSQ_ERR_SUCCESS) die("publish");
    notice_of_packet[packet & 65535] = p->notice;
    unacknowledged++;
    // The first one of a turn leaves at once, so that the broker is at it while we go on.
    if (!has_published_in_turn && mosquitto_loop_write(mosq, 1) != MOSQ_ERR_SUCCESS) die("the broker has gone");
    has_published_in_turn = true;
}

static void publish(bool retain, int64_t notice, const char *topic, const char *payload, int length) {
    publication p = {(char *)topic, (char *)payload, length, retain, notice};
    publication_count++;
    if (unacknowledged < WINDOW && waiting_first == waiting_end) return give(&p);
    if (waiting_end - waiting_first == RING) die("too many publishes wait");
    p.topic = strdup(topic);
    p.payload = malloc((size_t)length + 1);
    if (!p.topic || !p.payload) die("no memory");
    memcpy(p.payload, payload, (size_t)length);
    waiting[waiting_end++ % RING] = p;
}

static void give_waiting(void) {
    while (unacknowledged < WINDOW && waiting_first < waiting_end) {
        publication *p = &waiting[waiting_first++ % RING];
        give(p);
        free(p->topic);
        free(p->payload);
    }
}

__attribute__((format(printf, 5, 6)))
static void tell(bool retain, int64_t notice, const char *who, const char *level, const char *format, ...) {
    char topic[256], payload[PAYLOAD];
    snprintf(topic, sizeof topic, "%s/to/%s/%s", root, who, level);
    va_list values;
    va_start(values, format);
    int length = vsnprintf(payload, sizeof payload, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof payload) die("a payload is too long");
    publish(retain, notice, topic, payload, length);
}

static void reply(const char *id, const char *status, bool is_final, int64_t relock_by, int64_t at) {
    char when[32], by[32], relock[64] = "";
    if (relock_by) snprintf(relock, sizeof relock, "\"relockBy\":\"%s\",", stamp(relock_by, by));
    tell(false, 0, retailer, "reply", "{\"kind\":\"command\",\"id\":\"%s\",\"status\":\"%s\",\"final\":%s,%s\"at\":\"%s\",\"timeTrust\":\"trusted\"}",
         id, status, is_final ? "true" : "false", relock, stamp(at, when));
}

static void event(const operation *op, int64_t record, const char *kind, const char *bolt, const char *previous, int64_t at) {
    char when[32];
    stamp(at, when);
    for (int i = 0; i < 2; i++)
        tell(false, 0, i == 0 ? resident : retailer, "event",
             "{\"specversion\":\"1.0\",\"id\":\"e%025lld\",\"source\":\"urn:lockbridge:gateway:%s\",\"type\":\"lockbridge.%s.v1\",\"subject\":\"lock/%s\","
             "\"time\":\"%s\",\"datacontenttype\":\"application/json\",\"dataschema\":\"urn:lockbridge:schema/%s.v1.json\",\"sequence\":\"%019lld\","
             "\"commandid\":\"%s\",\"timetrust\":\"trusted\",\"data\":{\"state\":\"%s\",\"previous\":\"%s\",\"door\":\"absent\",\"source\":\"remote\","
             "\"actor\":{\"kind\":\"retailer\",\"ref\":\"%s\"},\"confirmedBy\":\"bolt\",\"observedAt\":\"%s\",\"receivedAt\":\"%s\",\"adapter\":\"floor\"}}",
             (long long)record, gateway, kind, locks[op->lock].name, when, kind, (long long)++sequences[i], op->id, bolt, previous, retailer, when, when);
}

static void snapshot(const operation *op, int64_t at) {
    char when[32], level[96];
    stamp(at, when);
    snprintf(level, sizeof level, "lock/%s", locks[op->lock].name);
    for (int i = 0; i < 2; i++)
        tell(true, 0, i == 0 ? resident : retailer, level,
             "{\"bolt\":\"%s\",\"door\":\"absent\",\"battery\":{\"percent\":100,\"level\":\"ok\"},\"confirmedBy\":\"bolt\",\"observedAt\":\"%s\","
             "\"online\":true,\"relockAssurance\":\"lockAuto\",\"capabilities\":{\"lock\":true,\"unlock\":true,\"unlatch\":false,"
             "\"autoRelock\":{\"min\":1,\"max\":600,\"waitsForDoor\":false},\"doorSensor\":false,\"battery\":true,\"jam\":true,\"log\":false,"
             "\"actor\":true,\"connectMilliseconds\":500,\"motorMilliseconds\":0},\"operationSeconds\":3,\"sequence\":\"%019lld\"}",
             locks[op->lock].unlocked ? "unlocked" : "locked", when, (long long)sequences[i]);
}

static void grant_status(const operation *op, int64_t at) {
    lock_state *lock = &locks[op->lock];
    char when[32], level[96];
    stamp(at, when);
    snprintf(level, sizeof level, "grant/%s", lock->grant);
    for (int i = 0; i < 2; i++)
        tell(true, 0, i == 0 ? retailer : resident, level,
             "{\"status\":\"installed\",\"hash\":\"%s\",\"lock\":\"%s\",\"nbf\":\"%s\",\"exp\":\"%s\",\"openSeconds\":60,\"usesLeft\":%d,\"at\":\"%s\",\"grant\":\"%s\"}",
             lock->grant_hash, lock->name, when, when, 1000000 - lock->uses, when, lock->token);
}

static void notice(const operation *op, int64_t number, bool stands) {
    char level[96], since[32], by[32];
    snprintf(level, sizeof level, "obligation/%s", locks[op->lock].name);
    stamp(op->since, since);
    stamp(op->since + 11000, by);
    for (int i = 0; i < 2; i++) {
        const char *who = i == 0 ? retailer : resident;
        if (stands)
            tell(true, i == 0 ? number : 0, who, level, "{\"relockBy\":\"%s\",\"since\":\"%s\"}", by, since);
        else
            tell(true, 0, who, level, "%s", "");
    }
}

// MARK: - Records

static void act(row_kind kind, int64_t number, int64_t record) {
    operation *op = &operations[number % RING];
    int64_t at = now_milliseconds();
    switch (kind) {
    case ROW_ACCEPTED:
        reply(op->id, "accepted", false, op->since + 11000, at);
        grant_status(op, at);
        notice(op, number, true);
        event(op, record, "lock.unlockAccepted", "locked", "locked", at);
        break;
    case ROW_UNLOCKED:
        reply(op->id, "unlocked", false, op->since + 11000, at);
        snapshot(op, at);
        event(op, record, "lock.unlocked", "unlocked", "locked", at);
        break;
    case ROW_LOCK_ACCEPTED: reply(op->lock_id, "accepted", false, 0, at); break;
    case ROW_SECURED:
        reply(op->id, "secured", true, 0, at);
        reply(op->lock_id, "secured", true, 0, at);
        snapshot(op, at);
        notice(op, number, false);
        event(op, record, "lock.relocked", "locked", "unlocked", at);
        locks[op->lock].operation = 0;
        break;
    }
}

static void record(row_kind kind, int64_t number, const char *id) {
    operation *op = &operations[number % RING];
    static const char *const names[] = {"lock.unlockAccepted", "lock.unlocked", "lock.lockAccepted", "lock.relocked"};
    row entry = {.kind = kind, .number = ++last_record, .operation = number, .lock = op->lock, .at = now_milliseconds()};
    if (!works) return act(kind, number, entry.number);
    memcpy(entry.id, id, sizeof entry.id);
    memcpy(entry.grant, locks[op->lock].grant, sizeof entry.grant);
    char when[32];
    snprintf(entry.content, sizeof entry.content,
             "{\"v\":1,\"n\":%lld,\"kind\":\"%s\",\"at\":\"%s\",\"trust\":\"trusted\",\"owner\":\"%s\",\"data\":{\"operation\":%lld,\"lock\":\"%s\","
             "\"command\":{\"issuer\":\"%s\",\"id\":\"%s\",\"grant\":\"%s\"}},\"to\":[{\"principal\":\"%s\",\"sequence\":%lld},{\"principal\":\"%s\","
             "\"sequence\":%lld}],\"answers\":[{\"id\":\"%s\"}]}",
             (long long)entry.number, names[kind], stamp(entry.at, when), resident, (long long)number, locks[op->lock].name, retailer, id,
             entry.grant, resident, (long long)sequences[0], retailer, (long long)sequences[1], id);
    if (held_end - held_first == RING) die("too many records wait");
    held_ring[held_end++ % RING] = (held){entry.number, number, kind};
    store_put(&entry);
}

static void release(void) {
    uint64_t count;
    if (read(wake, &count, sizeof count) < 0 && errno != EAGAIN) die("eventfd");
    int64_t durable = store_durable();
    while (held_first < held_end && held_ring[held_first % RING].number <= durable) {
        held *h = &held_ring[held_first++ % RING];
        act(h->kind, h->operation, h->number);
    }
}

// MARK: - The child

static void flush_child(void) {
    size_t start = 0;
    while (start < child_output_length) {
        ssize_t wrote = write(to_child, child_output + start, child_output_length - start);
        if (wrote < 0) die("the child's pipe");
        start += (size_t)wrote;
    }
    child_output_length = 0;
}

static void answered(int64_t number, bool is_unlocked);

static void ask(char verb, int64_t number) {
    operation *op = &operations[number % RING];
    if (!works) return answered(number, op->step == UNLOCKING || op->step == LOOKING);
    if (child_output_length + 64 > sizeof child_output) flush_child();
    child_output_length += (size_t)sprintf(child_output + child_output_length, "%c %lld %d\n", verb, (long long)number, op->lock);
}

static void answered(int64_t number, bool is_unlocked) {
    operation *op = &operations[number % RING];
    locks[op->lock].unlocked = is_unlocked;
    switch (op->step) {
    case UNLOCKING:
        if (!is_unlocked) die("a lock did not unlock");
        op->step = UNLOCKED;
        return record(ROW_UNLOCKED, number, op->id);
    case LOOKING:
        op->step = LOCKING;
        return ask('l', number);
    case LOCKING:
        op->step = CONFIRMING;
        return ask('r', number);
    case CONFIRMING:
        if (is_unlocked) die("a lock did not lock");
        op->step = IDLE;
        return record(ROW_SECURED, number, op->lock_id);
    case IDLE: case ANNOUNCING: case UNLOCKED: die("an answer to nothing");
    }
}

static size_t read_child(void (*take)(int64_t, bool)) {
    ssize_t got = read(from_child, child_input + child_input_length, sizeof child_input - child_input_length - 1);
    if (got <= 0) die("the child has gone");
    child_input_length += (size_t)got;
    child_input[child_input_length] = 0;
    char *line = child_input, *end;
    size_t count = 0;
    for (; (end = strchr(line, '\n')); line = end + 1, count++) {
        char *rest;
        int64_t number = strtoll(line, &rest, 10);
        take(number, rest[1] == 'u');
    }
    child_input_length -= (size_t)(line - child_input);
    memmove(child_input, line, child_input_length);
    return count;
}

// A lock is read before anything is done with it.
static void first_reading(int64_t number, bool is_unlocked) { locks[number].unlocked = is_unlocked; }

static void read_all_locks(void) {
    for (int first = 0; first < lock_count; first += 512) {
        int left = 0;
        for (int i = first; i < lock_count && i < first + 512; i++, left++)
            child_output_length += (size_t)sprintf(child_output + child_output_length, "r %d %d\n", i, i);
        flush_child();
        while (left > 0) left -= (int)read_child(first_reading);
    }
}

static void start_child(const char *program, const char *names, const char *move_log) {
    int down[2], up[2];
    if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC)) die("pipe");
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(down[0], 0);
        dup2(up[1], 1);
        execl(program, program, names, move_log, NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    to_child = down[1];
    from_child = up[0];
}

// MARK: - Commands

static void refuse(const char *id, const char *reason) {
    char when[32];
    tell(false, 0, retailer, "reply", "{\"kind\":\"command\",\"id\":\"%s\",\"status\":\"refused\",\"final\":true,\"reason\":\"%s\",\"at\":\"%s\"}", id,
         reason, stamp(now_milliseconds(), when));
}

static void on_message(struct mosquitto *m, void *context, const struct mosquitto_message *message, const mosquitto_property *properties) {
    (void)m, (void)context, (void)properties;
    command c;
    if (message->retain || message->payloadlen <= 0 || strcmp(message->topic, command_topic) != 0) return;
    if (!token_read(message->payload, message->payloadlen, works, &c)) return refuse("", "badSignature");
    int64_t at = now_milliseconds();
    int number = table_find(&lock_numbers, c.lock);
    if (strcmp(c.audience, gateway) != 0) return refuse(c.id, "wrongGateway");
    if (number < 0) return refuse(c.id, "unknownLock");
    if (c.issued * 1000 > at + 5000 || c.expires * 1000 + 5000 <= at) return refuse(c.id, "expired");
    if (table_find(&used_ids, c.id) >= 0) return refuse(c.id, "idReused");
    lock_state *lock = &locks[number];
    if (c.is_lock) {
        operation *op = &operations[lock->operation % RING];
        if (lock->operation == 0 || op->step != UNLOCKED) return refuse(c.id, "noGrant");
        table_put(&used_ids, c.id, 0);
        memcpy(op->lock_id, c.id, sizeof c.id);
        op->step = LOOKING;
        record(ROW_LOCK_ACCEPTED, lock->operation, c.id);
        return ask('r', lock->operation);
    }
    if (strcmp(c.grant, lock->grant) != 0 || strcmp(c.grant_hash, lock->grant_hash) != 0) return refuse(c.id, "grantMismatch");
    if (c.open_seconds < 1 || c.open_seconds > 60) return refuse(c.id, "openSecondsTooLong");
    if (lock->operation != 0) return refuse(c.id, "busy");
    table_put(&used_ids, c.id, 0);
    lock->operation = ++last_operation;
    lock->uses++;
    operation *op = &operations[last_operation % RING];
    *op = (operation){.step = ANNOUNCING, .lock = number, .since = at};
    memcpy(op->id, c.id, sizeof c.id);
    record(ROW_ACCEPTED, last_operation, c.id);
}

static void on_publish(struct mosquitto *m, void *context, int packet, int code, const mosquitto_property *properties) {
    (void)m, (void)context, (void)properties;
    if (code >= 128) die("the broker refused a publish");
    unacknowledged--;
    int64_t number = notice_of_packet[packet & 65535];
    notice_of_packet[packet & 65535] = 0;
    if (number == 0) return;
    operations[number % RING].step = UNLOCKING;
    ask('u', number);
}

static void on_connect(struct mosquitto *m, void *context, int code, int flags, const mosquitto_property *properties) {
    (void)context, (void)flags, (void)properties;
    if (code != 0) die("the broker refused");
    char filter[256];
    snprintf(filter, sizeof filter, "%s/from/%s/+", root, retailer);
    mosquitto_subscribe_v5(m, NULL, filter, 1, MQTT_SUB_OPT_NO_LOCAL | MQTT_SUB_OPT_RETAIN_AS_PUBLISHED, NULL);
}

static void on_subscribe(struct mosquitto *m, void *context, int packet, int count, const int *codes, const mosquitto_property *properties) {
    (void)m, (void)context, (void)packet, (void)count, (void)codes, (void)properties;
    is_subscribed = true;
}

// MARK: - Start

// Lines `LOCK GRANT HASH TOKEN`.
static void read_locks(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) die("the file of locks");
    table_init(&lock_numbers, 72, 16384);
    static char name[72], grant[64], hash[64], token[1024];
    int room = 0;
    while (fscanf(file, "%71s %63s %63s %1023s", name, grant, hash, token) == 4) {
        if (lock_count == room) {
            room = room ? 2 * room : 1024;
            locks = realloc(locks, (size_t)room * sizeof *locks);
            if (!locks) die("no memory");
        }
        lock_state *lock = &locks[lock_count];
        memset(lock, 0, sizeof *lock);
        strcpy(lock->name, name);
        if (strlen(grant) != ID_LENGTH) die("the id of a grant");
        memcpy(lock->grant, grant, sizeof lock->grant);
        strcpy(lock->grant_hash, hash);
        lock->token = strdup(token);
        table_put(&lock_numbers, name, lock_count++);
    }
    fclose(file);
}

static void connect_broker(int port) {
    mosquitto_lib_init();
    mosq = mosquitto_new(gateway, true, NULL);
    mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(mosq, MOSQ_OPT_SEND_MAXIMUM, 65535);
    mosquitto_threaded_set(mosq, true);
    mosquitto_connect_v5_callback_set(mosq, on_connect);
    mosquitto_subscribe_v5_callback_set(mosq, on_subscribe);
    mosquitto_message_v5_callback_set(mosq, on_message);
    mosquitto_publish_v5_callback_set(mosq, on_publish);
    if (mosquitto_connect(mosq, "127.0.0.1", port, 30) != MOSQ_ERR_SUCCESS) die("no broker");
}

int main(int count, char **arguments) {
    if (count != 12) die("usage: floor PORT ROOT GATEWAY RETAILER RESIDENT KEY LOCKS DATABASE CHILD MOVE-LOG work|no-work");
    root = arguments[2];
    gateway = arguments[3];
    retailer = arguments[4];
    resident = arguments[5];
    works = strcmp(arguments[11], "work") == 0;
    snprintf(command_topic, sizeof command_topic, "%s/from/%s/command", root, retailer);
    tokens_init(arguments[6]);
    table_init(&used_ids, 24, 1024);
    read_locks(arguments[7]);
    wake = eventfd(0, EFD_NONBLOCK);
    if (works) {
        store_open(arguments[8], wake);
        start_child(arguments[9], arguments[7], arguments[10]);
        read_all_locks();
    }
    connect_broker(atoi(arguments[1]));
    bool was_ready = false;
    int64_t next_misc = 0;
    for (;;) {
        struct pollfd watched[3] = {{mosquitto_socket(mosq), POLLIN | (mosquitto_want_write(mosq) ? POLLOUT : 0), 0}, {wake, POLLIN, 0}, {from_child, POLLIN, 0}};
        if (poll(watched, 3, 1000) < 0 && errno != EINTR) die("poll");
        if (watched[0].revents && mosquitto_loop_read(mosq, 1) != MOSQ_ERR_SUCCESS) die("the broker has gone");
        if (watched[1].revents) release();
        if (watched[2].revents) read_child(answered);
        give_waiting();
        if (child_output_length > 0) flush_child();
        if (mosquitto_want_write(mosq)) {
            int on = 1, off = 0, number = mosquitto_socket(mosq);
            setsockopt(number, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
            if (mosquitto_loop_write(mosq, 1) != MOSQ_ERR_SUCCESS) die("the broker has gone");
            setsockopt(number, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
        }
        has_published_in_turn = false;
        int64_t at = now_milliseconds();
        if (at >= next_misc) {
            mosquitto_loop_misc(mosq);
            next_misc = at + 1000;
        }
        if (is_subscribed && !was_ready) {
            was_ready = true;
            if (write(1, "ready\n", 6) != 6) die("standard output");
        }
    }
}
