/* What the tests share: slices of texts, checks that say where they failed, JSON by jansson. */

#ifndef COINPAY_TESTS_SUPPORT_H
#define COINPAY_TESTS_SUPPORT_H

#ifdef __cplusplus
extern "C" {
#endif
#include <coinpay.h>
#ifdef __cplusplus
}
#endif

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

static inline void check(int holds, const char *what, const char *file, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: %s\n", file, line, what);
        exit(1);
    }
}

static inline coinpay_slice bytes(const void *data, size_t len)
{
    coinpay_slice slice;
    slice.data = (const uint8_t *)data;
    slice.len = len;
    return slice;
}

static inline coinpay_slice text(const char *text)
{
    return bytes(text, strlen(text));
}

static inline coinpay_slice none(void)
{
    return bytes(NULL, 0);
}

static inline int is_text(coinpay_slice slice, const char *text)
{
    return slice.len == strlen(text) && memcmp(slice.data, text, slice.len) == 0;
}

/* Reads a buffer as JSON and frees it. */
static inline json_t *taken(coinpay_buffer *buffer)
{
    json_error_t error;
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *value = json_loadb((const char *)buffer->data, buffer->len, flags, &error);
    if (value == NULL) {
        fprintf(stderr, "not JSON: %s: %s\n", error.text, (const char *)buffer->data);
        exit(1);
    }
    coinpay_buffer_free(buffer);
    return value;
}

/* A text in a document, by its path of names. The document keeps it. */
static inline const char *text_at(const json_t *document, const char *path)
{
    char names[200];
    char *name = names;
    CHECK(strlen(path) < sizeof names);
    strcpy(names, path);
    while (document != NULL && name != NULL) {
        char *dot = strchr(name, '.');
        if (dot != NULL) {
            *dot++ = '\0';
        }
        document = json_object_get(document, name);
        name = dot;
    }
    if (!json_is_string(document)) {
        fprintf(stderr, "no text at %s\n", path);
        exit(1);
    }
    return json_string_value(document);
}

/* The code in an error's document, which is freed; it has to be the status's name. */
static inline void expect_error(coinpay_status status, coinpay_buffer *err, const char *code)
{
    json_t *document = taken(err);
    if (strcmp(text_at(document, "code"), code) != 0) {
        fprintf(stderr, "%s instead of %s\n", text_at(document, "code"), code);
        exit(1);
    }
    CHECK(is_text(coinpay_status_name((uint32_t)status), code));
    CHECK(json_is_boolean(json_object_get(document, "retryable")));
    CHECK(json_is_integer(json_object_get(document, "http_status")));
    CHECK(strlen(text_at(document, "message")) > 0);
    json_decref(document);
}

/* A shop in memory, or at `database`, whose gateway listens on `port`. The caller frees it. */
static inline char *configuration(const char *database, int port)
{
    char *config = (char *)malloc(1000);
    CHECK(config != NULL);
    snprintf(config, 1000,
             "{\"mode\":\"test\",\"api_key\":\"cp_test_sandbox\",\"stock\":\"managed\","
             "\"business_id\":\"5a0db0c5-0000-4000-8000-000000000001\","
             "\"webhook_secrets\":[\"whsec_sandbox\"],\"database\":\"%s\","
             "\"base_url\":\"http://127.0.0.1:%d/api\"}",
             database, port);
    return config;
}

static inline coinpay_engine *opened(const char *database, int port)
{
    coinpay_engine *engine = NULL;
    coinpay_buffer err;
    char *config = configuration(database, port);
    coinpay_status status = coinpay_engine_open(text(config), &engine, &err);
    if (status != COINPAY_STATUS_OK) {
        fprintf(stderr, "the engine does not open: %s\n", (const char *)err.data);
        exit(1);
    }
    free(config);
    return engine;
}

/* One operation that has to go well. The caller frees the document. */
static inline json_t *run(const coinpay_engine *engine, const char *operation, const char *input)
{
    coinpay_buffer out, err;
    coinpay_status status =
        coinpay_engine_call(engine, text(operation), text(input), none(), &out, &err);
    if (status != COINPAY_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", operation, (const char *)err.data);
        exit(1);
    }
    return taken(&out);
}

#endif
