// Commands: three base64url parts, an Ed25519 signature over the first two (libsodium), and the members that matter.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "floor.h"

static unsigned char key[32];

void tokens_init(const char *public_key_hex) {
    if (sodium_init() < 0) die("libsodium");
    if (sodium_hex2bin(key, sizeof key, public_key_hex, strlen(public_key_hex), NULL, NULL, NULL) != 0) die("the public key");
}

static bool text(const char *json, const char *member, char *out, size_t size) {
    const char *found = strstr(json, member);
    if (!found) return false;
    found += strlen(member);
    const char *end = strchr(found, '"');
    if (!end || (size_t)(end - found) >= size) return false;
    memcpy(out, found, (size_t)(end - found));
    out[end - found] = 0;
    return true;
}

static long number(const char *json, const char *member) {
    const char *found = strstr(json, member);
    return found ? strtol(found + strlen(member), NULL, 10) : 0;
}

bool token_read(const char *payload, int length, bool check, command *out) {
    const char *first = memchr(payload, '.', (size_t)length);
    if (!first) return false;
    const char *second = memchr(first + 1, '.', (size_t)(payload + length - first - 1));
    if (!second) return false;
    char claims[LINE];
    size_t size = 0;
    if (sodium_base642bin((unsigned char *)claims, sizeof claims - 1, first + 1, (size_t)(second - first - 1), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    claims[size] = 0;
    if (check) {
        unsigned char signature[64];
        if (sodium_base642bin(signature, sizeof signature, second + 1, (size_t)(payload + length - second - 1), NULL, &size, NULL,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || size != sizeof signature)
            return false;
        if (crypto_sign_verify_detached(signature, (const unsigned char *)payload, (unsigned long long)(second - payload), key) != 0)
            return false;
    }
    memset(out, 0, sizeof *out);
    char action[16];
    if (!text(claims, "\"jti\":\"", out->id, sizeof out->id) || !text(claims, "\"lock\":\"", out->lock, sizeof out->lock) ||
        !text(claims, "\"aud\":\"", out->audience, sizeof out->audience) || !text(claims, "\"action\":\"", action, sizeof action))
        return false;
    out->is_lock = strcmp(action, "lock") == 0;
    out->issued = number(claims, "\"iat\":");
    out->expires = number(claims, "\"exp\":");
    out->open_seconds = (int)number(claims, "\"openSeconds\":");
    if (out->is_lock) return true;
    return text(claims, "\"grant\":\"", out->grant, sizeof out->grant) &&
           text(claims, "\"grantHash\":\"", out->grant_hash, sizeof out->grant_hash);
}
